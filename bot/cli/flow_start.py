"""`winback flow start`, `stop`, `resume` and `try`: who enters a published flow, and when nobody does any more."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import assert_never

import click
from sqlalchemy import select

from bot import flows_store
from bot.audience import starts
from bot.audience.trial import NotPlaying, Playing, Unconfirmed, try_out
from bot.cli.context import Context, pass_context
from bot.clock import domain_now
from bot.models import FlowRevision, Sender, Shop
from bot.phones import BadPhone, mask, parse_phone
from bot.sending.breaker import held_flows
from bot.sending.breaker import resume as let_go_on
from bot.sending.feeds import waits_for_orders


@click.command()
@click.argument("name")
@click.option(
    "--daily", type=click.IntRange(min=1), help="At most so many a day (the shop's setting unless given)."
)
@click.option("--total", type=click.IntRange(min=1), help="At most so many in all.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON; starts only with --yes.")
@pass_context
def start(
    context: Context, name: str, daily: int | None, total: int | None, yes: bool, as_json: bool
) -> None:
    """Say how many would be texted, over how many days, at what cost; ask; then start."""
    revision = _revision(context, name)
    with context.app.database.read() as session:
        now = domain_now(session, context.app.real_now)
        plan = starts.plan(session, revision, now, daily_limit=daily, total=total)
        shop = session.get_one(Shop, revision.shop_id)
        live, unheard = shop.state == "live", waits_for_orders(shop, now)
        running = starts.running(session, revision.shop_id, revision.flow_id)
        held = next((each.why for each in held_flows(session, revision.shop_id) if each.name == name), None)
    if plan.kind == "keyword" and (daily or total):
        raise click.UsageError(
            "--daily and --total are for flows that look for customers; here they come by themselves"
        )
    if as_json:
        click.echo(json.dumps(asdict(plan)))
    else:
        click.echo(plan.in_words())
    if plan.kind == "manual":
        raise click.ClickException(
            f"there is nothing to start: give {name} a trigger, or `run` it from another flow"
        )
    if plan.codes_left is not None and plan.codes_left < plan.customers and not as_json:
        click.echo(
            f"It offers codes and has {plan.codes_left:,} left: whoever comes too late for one is offered nothing. "
            "`winback coupons add` brings more."
        )
    if unheard and plan.kind != "keyword" and not as_json:
        click.echo(
            f"But {unheard}: nobody is enrolled before `winback import orders` or POST /api/v1/orders brings some "
            "(the setting order_data_days)."
        )
    if plan.customers == 0 and plan.waits_for is None and not as_json:
        click.echo("Nobody fits now; `winback import` ends with a table of who may be texted and why not.")
    if as_json and not yes:
        return
    if running is not None:
        raise click.ClickException(
            f"{name} is running already"
            + ("" if plan.kind == "keyword" else f", {running.daily_limit:,} a day")
            + f": `winback flow stop {name}` before another start"
        )
    if held:
        raise click.ClickException(
            f"{name} is held: {held}. Look at its texts; `winback flow resume {name}` lets it go on"
        )
    if not live:
        raise click.ClickException(
            "the shop is not live, so nothing was started: `winback resume` makes it live"
        )
    if not yes and not click.confirm("Start?"):
        return
    with context.app.database.write() as session:
        starts.start(session, revision, now, daily_limit=daily, total=total, by="command")
    if not as_json:
        click.echo(
            "Started. `winback pause` holds everything at once; `winback flow stop` enrols nobody more."
        )


@click.command()
@click.argument("name")
@pass_context
def stop(context: Context, name: str) -> None:
    """Enrol nobody more. Conversations under way go on."""
    revision = _revision(context, name)
    with context.app.database.write() as session:
        stopped = starts.stop(session, revision.shop_id, revision.flow_id)
    click.echo("Stopped." if stopped else "It was not running.")


@click.command()
@click.argument("name")
@pass_context
def resume(context: Context, name: str) -> None:
    """Let a flow go on that was held because too many opted out, or too many of its texts failed."""
    revision = _revision(context, name)
    with context.app.database.write() as session:
        now = domain_now(session, context.app.real_now)
        waiting = let_go_on(session, revision.shop_id, name, now, by="command")
    if waiting is None:
        click.echo("It was not held.")
        return
    woken = f" {waiting:,} texts waited; each leaves inside its customer's hours." if waiting else ""
    click.echo(f"{name} goes on.{woken}")


@click.command("try")
@click.argument("name")
@click.option("--phone", required=True, help="Your own phone.")
@pass_context
def try_(context: Context, name: str, phone: str) -> None:
    """Play a flow by real texts to your own phone: waits shortened to a minute, left out of results.

    The phone proves that it is yours by texting a code to the shop's number; then call this again.
    """
    revision = _revision(context, name)
    try:
        number = parse_phone(phone, "US")
    except BadPhone as error:
        raise click.UsageError(f"{phone}: {error}") from error
    with context.app.database.write() as session:
        now = domain_now(session, context.app.real_now)
        trial = try_out(session, context.app.keys, revision, number, now, by="command")
        ours = session.execute(
            select(Sender.number)
            .where(Sender.shop_id == revision.shop_id, Sender.active.is_(True))
            .order_by(Sender.id)
        ).scalar()
    match trial:
        case Playing():
            context.app.bell.ring("turns")
            click.echo(
                f"The first text leaves for {mask(number)} at once, or when the sending hours there begin. "
                "Answer as a customer would."
            )
        case Unconfirmed(code=code):
            click.echo(f"Is this phone yours? Text {code} from it to {ours}, then run this again.")
            sys.exit(1)
        case NotPlaying(why=why):
            raise click.ClickException(why)
        case _:
            assert_never(trial)


def _revision(context: Context, name: str) -> FlowRevision:
    shop_id = context.shop_id()
    with context.app.database.read() as session:
        revision = flows_store.current(session, shop_id, name)
    if revision is None:
        raise click.UsageError(f"no flow {name!r} is published (`winback flow list` shows which are)")
    return revision
