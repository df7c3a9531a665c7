"""`winback simulate`: scripted people through a flow, in virtual time. Prints; bot.simulate does the work."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path

import click
from sqlalchemy import bindparam, select

from bot.cli.context import Context, pass_context
from bot.cli.flow_sources import own_intents_apart, taught_in_shop
from bot.models import Flow as FlowRow
from bot.models import FlowRevision, Shop
from bot.shops import ShopSettings
from bot.simulate.count import troubles
from bot.simulate.people import BadPeople, People, people
from bot.simulate.run import BEGINS, Plan, own_replies
from bot.simulate.run import simulate as let_live
from bot.simulate.shop import SimulatedShop
from bot.simulate.show import in_words
from flows.parser import MAX_BYTES, library, read_flow

DESK = "front_desk"
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
"""Further than anybody means, and near enough for every reckoning with days."""
_CURRENT = (
    select(FlowRow.name, FlowRevision.source)
    .join(
        FlowRevision,
        (FlowRevision.shop_id == FlowRow.shop_id) & (FlowRevision.id == FlowRow.current_revision_id),
    )
    .where(FlowRow.shop_id == bindparam("shop"))
)


@click.command()
@click.option(
    "--flow",
    "name",
    required=True,
    metavar="FLOW",
    help="A flow file, one of the library, or a published one.",
)
@click.option(
    "--customers", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True, help="How many."
)
@click.option(
    "--weeks", type=click.FloatRange(0.1, 104), default=12, show_default=True, help="How long they live."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same answer.")
@click.option(
    "--from",
    "begins",
    type=click.DateTime(["%Y-%m-%d"]),
    help=f"First day, at 10:00 in New York ({BEGINS:%Y-%m-%d}).",
)
@click.option(
    "--nlu", is_flag=True, help="Read their words with the model, instead of knowing what they mean."
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="The answer is the same with any.",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="SHARE=VALUE",
    help="Change a share or an inclination's weight.",
)
@click.option(
    "--people",
    "people_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with other people.",
)
@click.option(
    "--show", type=click.IntRange(min=0), default=0, metavar="N", help="Print so many conversations."
)
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
@pass_context
def simulate(
    context: Context,
    name: str,
    customers: int,
    weeks: float,
    seed: int,
    begins: datetime | None,
    nlu: bool,
    processes: int,
    changes: tuple[str, ...],
    people_file: Path | None,
    show: int,
    as_json: bool,
) -> None:
    """Let scripted people live through a flow: real engine, gate and opt-out rules, no database.

    Exit 1 when a text was sent that never should, or somebody got stuck. Their habits are assumptions, not a forecast.
    """
    if math.isnan(weeks):  # no bound of a range holds it
        raise click.UsageError("--weeks is a number of weeks from 0.1 to 104")
    source, shop, others = _flow(context, name)
    if unsaid := sorted(own_replies(source)):
        click.echo(
            f"nobody here says {', '.join(unsaid)}: the people know the intents that come with Winback",
            err=True,
        )
    plan = Plan(
        flow=source,
        customers=customers,
        weeks=weeks,
        seed=seed,
        begins=_first_moment(begins),
        people=_people(changes, people_file),
        shop=shop,
        others=others,
        nlu=(context.settings.nlu.sure, context.settings.nlu.unsure) if nlu else None,
    )
    with _progress(customers) as done:
        outcome = let_live(plan, processes=processes, progress=done)
    shown = outcome.shown[:show]
    if as_json:
        figures = outcome.figures | {"shown": [each.as_json() for each in shown]}
        click.echo(json.dumps(figures, ensure_ascii=False, indent=1))
    else:
        click.echo(in_words(outcome.figures))
        for each in shown:
            click.echo("\n" + each.as_text())
    sys.exit(1 if troubles(outcome.figures) else 0)


def _flow(context: Context, name: str) -> tuple[str, SimulatedShop, dict[str, str]]:
    """The source of the flow that is meant, the shop to simulate (the real one's settings for one of its flows), and the
    flows that it may run."""
    file = Path(name)
    if file.suffix in (".yml", ".yaml") or file.is_file():
        if not file.is_file():
            raise click.UsageError(f"there is no file {name}")
        source = _checked(context, file.read_text("utf-8", errors="replace"), name)
        return source, SimulatedShop(), _neighbours(file, taught_in_shop(context))
    if name == DESK:
        raise click.UsageError("the front desk begins with nobody; it answers in every simulation")
    shop_id, why = _shop(context)
    if shop_id is not None and (found := _published(context, shop_id, name)):
        click.echo(f"simulating {name} as the shop has published it", err=True)
        return found
    known = library()
    if name not in known:
        names = ", ".join(each for each in known if each != DESK)
        more = f" ({why})" if why else ""
        raise click.UsageError(
            f"no flow is called {name}: name a file, a published flow, or one of {names}{more}"
        )
    if shop_id is not None:
        click.echo(f"simulating {name} of the library: the shop has published none of that name", err=True)
    else:
        click.echo(f"simulating {name} of the library", err=True)
    return known[name], SimulatedShop(), {}


def _shop(context: Context) -> tuple[int | None, str | None]:
    """The shop that is meant, or None where none is known: nothing is installed here, or nobody said which one; and why.

    Raises click.ClickException for anything else: a database that does not answer, a shop that there is not.
    """
    settings = context.settings
    if settings.database_url is None and not (settings.home / "winback.db").exists():
        return None, None
    try:
        return context.shop_id(), None
    except click.UsageError as error:
        if context.shop is not None:
            raise
        return None, error.message


def _checked(context: Context, source: str, file: str) -> str:
    """The source, unless it has errors: then they are printed, and that is all."""
    flow, problems = read_flow(source, file, taught_in_shop(context))
    if flow is None:
        for problem in problems:
            click.echo(f"{problem}", err=True)
        if word := own_intents_apart(context, problems):
            click.echo(word, err=True)
        sys.exit(1)
    if flow.desk:
        raise click.UsageError("a front desk begins with nobody; simulate another flow")
    return source


def _published(context: Context, shop_id: int, name: str) -> tuple[str, SimulatedShop, dict[str, str]] | None:
    """A flow of the shop, with that shop's name, zone and settings, and what else it has published; None: it has none of
    that name."""
    with context.app.database.read() as session:
        current = {row.name: row.source for row in session.execute(_CURRENT, {"shop": shop_id})}
        if name not in current:
            return None
        shop = session.get_one(Shop, shop_id)
        settings = ShopSettings.model_validate(shop.settings)
        as_it_is = SimulatedShop(
            shop.name,
            shop.text_name,
            shop.site_url,
            shop.contact,
            shop.zone,
            settings.model_copy(update={"order_data_days": None}),
        )
        return current[name], as_it_is, {flow: source for flow, source in current.items() if flow != name}


def _neighbours(file: Path, taught: frozenset[str]) -> dict[str, str]:
    """The flow files beside a file: what its `run:` may lead to."""
    found: dict[str, str] = {}
    for each in sorted(file.parent.glob("*.yml")):
        source = each.read_text("utf-8", errors="replace")
        flow, _ = read_flow(source, str(each), taught) if len(source) <= MAX_BYTES else (None, [])
        if flow is not None and not flow.desk:
            found[flow.name] = source
    return found


def _people(changes: tuple[str, ...], file: Path | None) -> People:
    try:
        return people(changes, file.read_text("utf-8", errors="replace") if file else None)
    except BadPeople as error:
        raise click.UsageError(str(error)) from error


def _first_moment(day: datetime | None) -> datetime:
    if day is not None and not FIRST_DAY <= day.date() <= LAST_DAY:
        raise click.UsageError(f"--from is a day from {FIRST_DAY} to {LAST_DAY}")
    return BEGINS if day is None else datetime.combine(day.date(), time(BEGINS.hour), UTC)


@contextmanager
def _progress(customers: int) -> Iterator[Callable[[int], None] | None]:
    """A bar on a terminal's stderr; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("customers"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=customers)
        yield lambda more: bar.update(task, advance=more)
