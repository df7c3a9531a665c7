"""`winback lapsed`: who has not ordered for a while. Owns the command; the definition is bot.audience.lapsed's."""

from __future__ import annotations

import json
from datetime import datetime

import click

from bot.audience.lapsed import count_lapsed, end_of_day
from bot.cli.context import Context, pass_context
from bot.cli.days import Day
from bot.clock import domain_now
from bot.models import Shop
from flows.zones import zone_named


@click.command()
@click.option(
    "--days", required=True, type=click.IntRange(min=0), metavar="N", help="Last order at least N days ago."
)
@click.option("--to", "days_to", type=click.IntRange(min=0), metavar="M", help="And at most M days ago.")
@click.option(
    "--as-of",
    type=Day(),
    metavar="DATE",
    help="As it was at the end of that day; today if absent.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_context
def lapsed(context: Context, days: int, days_to: int | None, as_of: datetime | None, as_json: bool) -> None:
    """Count the customers whose last order is at least N days old.

    Orders after DATE do not exist yet. Neither consent nor holdout is taken off: not all of these may be texted.
    """
    if days_to is not None and days_to < days:
        raise click.UsageError("--to must not be less than --days")
    shop_id = context.shop_id()
    with context.app.database.read() as session:
        if as_of is None:
            at = domain_now(session, context.app.real_now)
        else:
            at = end_of_day(session, shop_id, as_of.date())
        number = count_lapsed(session, shop_id, days_from=days, days_to=days_to, as_of=at)
        shop = session.get_one(Shop, shop_id)
        day = as_of.date() if as_of else at.astimezone(zone_named(shop.zone)).date()
    if as_json:
        answer: dict[str, object] = {"lapsed": number, "days": days, "as_of": day.isoformat()}
        click.echo(json.dumps(answer | ({"to": days_to} if days_to is not None else {})))
    else:
        range_ = f"{days} days or more" if days_to is None else f"{days} to {days_to} days"
        click.echo(
            f"{number:,} customer{'' if number == 1 else 's'} of {shop.name} had their last order {range_} "
            f"before {day.isoformat()}."
        )
