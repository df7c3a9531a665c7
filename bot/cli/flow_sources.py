"""Which flow a command means: a file, one that comes with Winback, or a revision of the shop (NAME@REVISION).

Owns finding its text, and what the shop has taught besides, where there is a shop. What is in it: `flows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bot.cli.context import Context
from bot.cli.flow_check import say
from flows.definition import Flow
from flows.parser import draft, library, read_flow
from flows.problems import Problem


@dataclass(frozen=True, slots=True)
class Source:
    """A flow's text. `name` is what problems call it; `file` is None for what cannot be written to."""

    name: str
    text: str
    file: Path | None = None
    taught: frozenset[str] = frozenset()
    """Intents that the shop taught elsewhere."""

    def flow(self) -> Flow:
        """The flow. Says its errors and exits 1 when it has some."""
        flow, problems = read_flow(self.text, self.name, self.taught)
        if flow is None:
            say([problem for problem in problems if problem.severity == "error"])
            click.get_current_context().exit(1)
        return flow

    def to_look_at(self) -> Flow:
        """The flow, to be tried or compared before it is right. Says its errors, and goes on where it can be built at all;
        exits 1 where it can't."""
        flow, problems = read_flow(self.text, self.name, self.taught)
        if flow is not None:
            return flow
        say([problem for problem in problems if problem.severity == "error"])
        built = draft(self.text, self.name, self.taught)
        if built is None:
            click.get_current_context().exit(1)
        click.echo("It can't be published like this. Here it is as it stands:", err=True)
        return built


def source_of(context: Context, named: str) -> Source:
    """The text of what is named. Raises click.UsageError that says what could have been meant."""
    path = Path(named)
    if path.is_file():
        text = path.read_bytes().decode("utf-8", errors="replace")
        return Source(named, text, path, taught_in_shop(context))
    name, at, number = named.partition("@")
    if at and number.isdigit() and name:
        return Source(named, _revision(context, name, int(number)), None, taught_in_shop(context))
    if named in library():
        return Source(f"{named}.yml", library()[named])
    raise click.UsageError(
        f"there is no file {named}, and no flow of that name comes with Winback (those are {', '.join(library())}); "
        "a published revision is NAME@NUMBER"
    )


def taught_in_shop(context: Context) -> frozenset[str]:
    """Own intents that the shop has taught, whatever flow is looked at; none where there is no shop, or it isn't clear which."""
    shop_id = shop_if_any(context)
    if shop_id is None:
        return frozenset()
    from bot.teaching.lines import names

    with context.app.database.read() as session:
        return names(session, shop_id)


def own_intents_apart(context: Context, problems: Sequence[Problem]) -> str | None:
    """What to say where a flow leads from intents that nobody here knows, and no shop is at hand that could have taught them;
    None where that is no question."""
    if shop_if_any(context) is not None or all(each.code != "unknown-intent" for each in problems):
        return None
    return (
        "No shop is at hand here, so what one has taught is not known: if that is an intent of its own, run this where the "
        "shop's database is, with `--shop NAME` where there are several."
    )


def shop_if_any(context: Context) -> int | None:
    """The shop that is meant, for what works without one as well: there may be no database, no key, or several shops.
    Raises click.UsageError where --shop names none."""
    from sqlalchemy import make_url

    try:
        where = make_url(context.settings.database)
        if where.get_backend_name() == "sqlite" and not Path(where.database or "").is_file():
            return None  # to look would make it
        return context.shop_id()
    except click.ClickException:
        if context.shop:
            raise
        return None


def _revision(context: Context, name: str, number: int) -> str:
    from sqlalchemy import select

    from bot.models import Flow as FlowRow
    from bot.models import FlowRevision

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        source = session.execute(
            select(FlowRevision.source)
            .join(
                FlowRow,
                (FlowRow.shop_id == FlowRevision.shop_id) & (FlowRow.id == FlowRevision.flow_id),
            )
            .where(FlowRow.shop_id == shop_id, FlowRow.name == name, FlowRevision.number == number)
        ).scalar()
    if source is None:
        raise click.UsageError(
            f"the shop has no revision {number} of a flow {name!r} (see `winback flow list`)"
        )
    return str(source)
