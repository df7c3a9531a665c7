"""`winback shop`: look at a shop's settings, and change them.

Owns the reading of what is typed. Names, defaults and limits are bot.shops's; what a setting does, whoever reads it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import Context, pass_context
from bot.cli.facts import fact, facts, forget_fact

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.shops import ShopSettings


@click.group()
def shop() -> None:
    """Look at a shop's settings and answers, and change them."""


for _command in (facts, fact, forget_fact):
    shop.add_command(_command)


@shop.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts: an object of all settings.")
@pass_context
def settings(context: Context, as_json: bool) -> None:
    """List the shop's settings: what is set, and what each means. Those that were changed are marked."""
    from bot.shops import ShopSettings

    found, changed = _settings(context)
    values = found.model_dump(mode="json")
    if as_json:
        click.echo(json.dumps(values, indent=2, ensure_ascii=False))
        return
    for name, field in ShopSettings.model_fields.items():
        click.echo(f"{'*' if name in changed else ' '} {name} = {_shown(values[name])}")
        if field.description:
            click.echo(f"      {field.description}")


@shop.command("set")
@click.argument("name")
@click.argument("values", nargs=-1, metavar="VALUE...")
@click.option("--add", is_flag=True, help="To a list: keep what is in it.")
@pass_context
def set_(context: Context, name: str, values: tuple[str, ...], add: bool) -> None:
    """Change a setting; lists take several values, and none empties them. In force with the next text.

    A VALUE is a number, true, false, null (for «unset»), a word, or JSON.
    """
    from pydantic import ValidationError

    from bot.alerts.addresses import fault_of
    from bot.models import Shop
    from bot.shops import ShopSettings

    _known(name)
    typed = _typed(name, values)
    if add and not isinstance(typed, list):
        raise click.UsageError(f"{name} is no list: there is nothing to add to")
    shop_id = context.shop_id()
    with context.app.database.write() as session:
        row = session.get_one(Shop, shop_id)
        if add:
            typed = list(dict.fromkeys([*row.settings.get(name, []), *typed]))
        try:
            meant = ShopSettings.model_validate({**row.settings, name: typed})
        except ValidationError as error:
            why = "; ".join(str(each["msg"]) for each in error.errors())
            raise click.UsageError(f"{name}: {why}") from error
        if name == "notify" and meant.notify.webhook:
            private = context.app.settings.notify.private_webhooks
            if fault := fault_of(meant.notify.webhook, private=private):
                raise click.UsageError(f"webhook: {fault}")
        value = meant.model_dump(mode="json")[name]
        row.settings = {**row.settings, name: value}
        _note(session, context, shop_id, f"{name} = {_shown(value)}")
    click.echo(f"{name} = {_shown(value)}")


@shop.command()
@click.argument("name")
@pass_context
def unset(context: Context, name: str) -> None:
    """Give a setting its default back."""
    from bot.models import Shop

    _known(name)
    shop_id = context.shop_id()
    with context.app.database.write() as session:
        row = session.get_one(Shop, shop_id)
        row.settings = {key: value for key, value in row.settings.items() if key != name}
        _note(session, context, shop_id, f"{name} unset")
    found, _ = _settings(context)
    click.echo(f"{name} = {_shown(found.model_dump(mode='json')[name])}, the default")


def _note(session: Session, context: Context, shop_id: int, what: str) -> None:
    from bot.clock import domain_now
    from bot.models import Audit

    at = domain_now(session, context.app.real_now)
    details = {"what": what[:500]}
    session.add(Audit(shop_id=shop_id, actor="command", action="setting changed", details=details, at=at))


def _settings(context: Context) -> tuple[ShopSettings, set[str]]:
    from bot.models import Shop
    from bot.shops import ShopSettings

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        stored = session.get_one(Shop, shop_id).settings
    return ShopSettings.model_validate(stored), set(stored)


def _known(name: str) -> None:
    from bot.shops import ShopSettings

    if name not in ShopSettings.model_fields:
        raise click.UsageError(f"no setting is called {name} (`winback shop settings` lists them)")


def _typed(name: str, values: tuple[str, ...]) -> Any:
    """What was meant. A list's values stay the words that they are; one that is written as JSON is read as such."""
    from bot.shops import ShopSettings

    several = isinstance(ShopSettings.model_fields[name].default, tuple)
    if several and not (len(values) == 1 and values[0].startswith("[")):
        return list(values)
    if len(values) != 1:
        raise click.UsageError(f"{name} takes one value")
    try:
        return json.loads(values[0])
    except ValueError:
        return values[0]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(each) for each in value) or "(nothing)"
    return "unset" if value is None else value if isinstance(value, str) else json.dumps(value)
