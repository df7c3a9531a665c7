"""`winback import`: customers, orders and products from CSV files. Owns the options and what is printed; bot.importing does the work.

Progress goes to stderr, so that --json leaves stdout to scripts.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session

from bot.audience.recovery import orders_arrived
from bot.cli.context import Context, pass_context
from bot.cli.import_tables import print_outcome, print_plan
from bot.clock import domain_now
from bot.importing.columns import MissingColumns
from bot.importing.csvfile import BadFile
from bot.importing.dates import DateOrder
from bot.importing.plan import Plan, make_plan
from bot.importing.progress import AlreadyRunning
from bot.importing.run import Outcome, run_import
from bot.importing.standing import standing
from bot.importing.synonyms import Kind
from bot.importing.trial import Trial, try_import
from bot.importing.values import parse_country
from bot.importing.write_orders import AfterOrders
from bot.models import Shop
from bot.orders import OrderIn, Recorded

ORDERS: dict[str, DateOrder] = {"mdy": "mdy", "dmy": "dmy"}


def _tell_conversations(now: datetime) -> AfterOrders:
    """An imported order ends its customer's flow as one from the API does."""

    def tell(session: Session, shop_id: int, recorded: Sequence[tuple[OrderIn, Recorded]]) -> None:
        fresh = [what.order_id for _, what in recorded if what.began_to_count and what.order_id is not None]
        if fresh:
            orders_arrived(session, shop_id, fresh, now)

    return tell


def _pairs(_ctx: click.Context, _param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for pair in pairs:
        field, sign, column = pair.partition("=")
        if not sign:
            raise click.BadParameter('write it as --map phone="Billing Phone"')
        chosen.setdefault(field.strip(), []).append(column.strip())
    return chosen


def _country(_ctx: click.Context, _param: click.Parameter, raw: str | None) -> str | None:
    code = parse_country(raw) if raw else None
    if raw and code is None:
        raise click.BadParameter(f"«{raw}» is no country; write it as US")
    return code


@click.command("import")
@click.argument("kind", type=click.Choice(["customers", "orders", "products"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show how the file would be read; write nothing.")
@click.option(
    "--map",
    "chosen",
    multiple=True,
    callback=_pairs,
    metavar='FIELD="Column"',
    help="Say which column it is.",
)
@click.option(
    "--country",
    callback=_country,
    metavar="CODE",
    help="For numbers of rows without one; the shop's if absent.",
)
@click.option(
    "--date-order",
    type=click.Choice(list(ORDERS)),
    help="What 3/4/2026 means, where the file leaves it open.",
)
@click.option(
    "--consent-wording", metavar="TEXT", help="What those with an SMS consent agreed to, word for word."
)
@click.option(
    "--rejected", type=click.Path(dir_okay=False, path_type=Path), help="Instead of FILE.rejected.csv."
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_context
def import_(
    context: Context,
    kind: Kind,
    file: Path,
    dry_run: bool,
    chosen: dict[str, list[str]],
    country: str | None,
    date_order: str | None,
    consent_wording: str | None,
    rejected: Path | None,
    as_json: bool,
) -> None:
    """Import customers, orders or products from a CSV file.

    Columns are guessed; look at them with --dry-run first. An import that was interrupted goes on when it is called again,
    and one that is repeated changes nothing. Nobody gets consent to texts but those for whom the file documents it.
    """
    shop_id = context.shop_id()
    database = context.app.database
    with database.read() as session:
        shop, now = session.get_one(Shop, shop_id), domain_now(session, context.app.real_now)
    try:
        plan = make_plan(
            file,
            kind,
            chosen=chosen,
            country=country or shop.country,
            zone=shop.zone,
            currency=shop.currency,
            latest=max(now, context.app.real_now()) + timedelta(days=1),
            date_order=ORDERS[date_order] if date_order else None,
            wording=consent_wording,
        )
    except (BadFile, MissingColumns) as error:
        raise click.UsageError(str(error)) from error
    gc.freeze()  # what is loaded stays: a full collection in a write transaction would hold the lock for 0.1 s
    errors = Console(stderr=True)
    with _bar(errors, file) as bar:
        task = bar.add_task(file.name, total=plan.survey.size)

        def on_bytes(read: int) -> None:
            bar.update(task, completed=read)

        if dry_run:
            trial: Trial = try_import(plan, on_bytes)
        else:
            try:
                outcome = run_import(
                    database,
                    context.app.keys,
                    shop_id,
                    plan,
                    now=now,
                    rejected_path=rejected or file.with_name(file.name + ".rejected.csv"),
                    on_bytes=on_bytes,
                    after_orders=_tell_conversations(now),
                )
            except AlreadyRunning as error:
                raise click.ClickException(str(error)) from error
            except PermissionError as error:
                raise click.UsageError(
                    f"cannot write {error.filename}: name another place with --rejected"
                ) from error
    if dry_run:
        click.echo(json.dumps(trial.as_dict())) if as_json else print_plan(plan, trial)
        return
    with database.read() as session:
        table = standing(session, shop_id, outcome.counts.reasons, now)
    if as_json:
        click.echo(json.dumps(_answer(plan, outcome) | {"standing": table.as_dict()}))
    else:
        print_outcome(plan, outcome, table)


def _bar(errors: Console, file: Path) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)


def _answer(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    counts = outcome.counts
    return {
        "kind": plan.reading.kind,
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "rejected_file": str(outcome.rejected_file) if outcome.rejected_file else None,
        "resumed": outcome.resumed,
    }
