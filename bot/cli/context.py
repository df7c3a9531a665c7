"""What every command gets: the global options, the composed application, and the one shop that is meant."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.processes.demo_mode import with_provider
from bot.settings import BadSettings, Settings, load

if TYPE_CHECKING:
    from bot.compose import App


@dataclass(frozen=True)
class Context:
    """The global options of one call of `winback`."""

    shop: str | None
    config: str | None

    @functools.cached_property
    def settings(self) -> Settings:
        """The operator's settings, with the stand-in for a provider where there is no Twilio account.

        Raises click.ClickException with everything that is wrong in them.
        """
        try:
            return with_provider(load(Path(self.config) if self.config else None))
        except BadSettings as error:
            raise click.ClickException(str(error)) from error

    @functools.cached_property
    def app(self) -> App:
        """The application; opening it connects to nothing yet."""
        from bot.compose import compose  # here, so that `winback up` stays small

        return compose(self.settings)

    def shop_id(self) -> int:
        """The shop that is meant: the one named by --shop, or the only one, or the only one beside the demo.

        Raises click.UsageError that lists the shops when that is not clear, click.ClickException as `ready` does.
        """
        from sqlalchemy import select

        from bot.models import Shop

        self.ready()
        with self.app.database.read() as session:
            shops = session.execute(select(Shop.id, Shop.slug, Shop.demo).order_by(Shop.id)).all()
        if self.shop:
            named = [shop.id for shop in shops if shop.slug == self.shop]
            if named:
                return int(named[0])
        real = [shop for shop in shops if not shop.demo] or shops
        if not self.shop and len(real) == 1:
            return int(real[0].id)
        names = ", ".join(shop.slug for shop in shops) or "none; `winback init` makes one"
        raise click.UsageError(f"say which shop with --shop SLUG before the command (there are: {names})")

    def ready(self) -> None:
        """Raises click.ClickException with the remedy unless the database is there, of this version, and ours.

        Ours means: made with this secret key. With another one, an import would not know who opted out.
        """
        from sqlalchemy.exc import SQLAlchemyError

        from bot.processes.identity import check_key
        from bot.schema import check

        app = self.app
        try:
            app.settings.secret()
            check(app.database)
            with app.database.read() as session:
                check_key(session, app.keys)
        except SQLAlchemyError as error:
            raise click.ClickException("the database does not answer; `winback doctor` says why") from error
        except RuntimeError as error:  # wrong schema, wrong key, none
            raise click.ClickException(str(error)) from error


pass_context = click.make_pass_decorator(Context)
