"""`winback rfm`: how many customers are in each segment. Owns the command; the rule is bot.audience.rfm's."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

import click

from bot.audience.lapsed import end_of_day
from bot.audience.rfm import table
from bot.cli.context import Context, pass_context
from bot.cli.days import Day
from bot.clock import domain_now
from bot.models import Shop
from flows.zones import zone_named


@click.command()
@click.option(
    "--as-of",
    type=Day(),
    metavar="DATE",
    help="As it was at the end of that day; today if absent.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts; money in cents.")
@pass_context
def rfm(context: Context, as_of: datetime | None, as_json: bool) -> None:
    """Count the customers in each segment, by recency, frequency and value, with their orders and what they spent.

    Orders after DATE do not exist yet. Neither consent nor holdout is taken off: not all of these may be texted.
    """
    shop_id = context.shop_id()
    with context.app.database.read() as session:
        if as_of is None:
            at = domain_now(session, context.app.real_now)
        else:
            at = end_of_day(session, shop_id, as_of.date())
        rows = table(session, shop_id, at)
        shop = session.get_one(Shop, shop_id)
        day = as_of.date() if as_of else at.astimezone(zone_named(shop.zone)).date()
    if as_json:
        click.echo(json.dumps({"as_of": day.isoformat(), "segments": [asdict(row) for row in rows]}))
        return
    click.echo(f"{shop.name}, {day.isoformat()}")
    click.echo(f"{'segment':12} {'customers':>10} {'orders':>10} {'money ' + shop.currency:>16}")
    for row in rows:
        click.echo(f"{row.segment:12} {row.customers:>10,} {row.orders:>10,} {row.spent_cents / 100:>16,.2f}")
    if not any(row.customers for row in rows):
        click.echo("Nobody has ordered yet.")
