"""`winback flow`: check, publish, start, stop and try the merchant's dialogues."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import assert_never

import click
from sqlalchemy import select

from bot import flows_store
from bot.audience import starts
from bot.audience.trial import NotPlaying, Playing, Unconfirmed, try_out
from bot.cli.context import Context, pass_context
from bot.clock import domain_now
from bot.compliance.publishing import content_problems
from bot.compliance.reach import window_problems
from bot.models import Flow as FlowRow
from bot.models import FlowRevision, Sender, Shop
from bot.phones import BadPhone, mask, parse_phone
from bot.sending.breaker import held_flows
from bot.sending.breaker import resume as let_go_on
from bot.sending.feeds import waits_for_orders
from flows.parser import library, read_flow
from flows.problems import Problem


@click.group()
def flow() -> None:
    """Check, publish, start and try flows."""


@flow.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="Problems as a JSON list.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Say everything that is wrong with flow files; exit 1 on errors."""
    found: list[Problem] = []
    for file in files:
        source = file.read_text("utf-8", errors="replace")
        read, problems = read_flow(source, str(file))
        found += problems
        if read is not None:
            found += window_problems(read, source, str(file))
        found += content_problems(source, str(file))
    if as_json:
        click.echo(json.dumps([asdict(problem) for problem in found], indent=1))
    else:
        _say(found)
        if not found:
            click.echo("Nothing wrong.")
    sys.exit(1 if any(problem.severity == "error" for problem in found) else 0)


@flow.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--library", "from_library", is_flag=True, help="The flows that come with Winback.")
@pass_context
def publish(context: Context, files: tuple[Path, ...], from_library: bool) -> None:
    """Publish flow files. Starts nobody, and changes no conversation that is under way."""
    sources = [(str(file), file.read_text("utf-8", errors="replace")) for file in files]
    if from_library:
        sources += [(f"{name}.yml", source) for name, source in library().items()]
    shop_id, failed = context.shop_id(), False
    for file, source in sources:
        with context.app.database.write() as session:
            now = domain_now(session, context.app.real_now)
            done, problems = flows_store.publish(session, shop_id, source, file=file, by="command", now=now)
        _say(problems)
        if done is None:
            failed = True
        else:
            click.echo(f"{done.name}: revision {done.number}" + ("" if done.new else ", as it was"))
    sys.exit(1 if failed else 0)


@flow.command("list")
@pass_context
def list_(context: Context) -> None:
    """The published flows."""
    with context.app.database.read() as session:
        rows = session.execute(
            select(
                FlowRow.name,
                FlowRow.held_at,
                FlowRow.held_why,
                FlowRevision.number,
                FlowRevision.hash,
                FlowRevision.published_at,
            )
            .join(FlowRevision, FlowRevision.id == FlowRow.current_revision_id)
            .where(FlowRow.shop_id == context.shop_id())
            .order_by(FlowRow.name)
        ).all()
    for row in rows:
        click.echo(
            f"{row.name:24} revision {row.number} ({row.hash}) of {row.published_at:%Y-%m-%d %H:%M} UTC"
            + (f", held since {row.held_at:%Y-%m-%d %H:%M} UTC: {row.held_why}" if row.held_at else "")
        )


@flow.command()
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
    if as_json:
        click.echo(json.dumps(asdict(plan)))
    else:
        click.echo(
            f"{plan.flow} (revision {plan.revision}) would text {plan.customers:,} customers, {plan.per_day:,} a day "
            f"over {plan.days:,} days, newest lapsed first; {plan.control:,} more are the holdout and get nothing.\n"
            f"At most {plan.texts_at_most:,} texts if nobody answers, about ${plan.cost_at_most_cents / 100:,.2f}. "
            f"They leave only inside each customer's hours."
        )
    if plan.codes_left is not None and plan.codes_left < plan.customers and not as_json:
        click.echo(
            f"It offers codes and has {plan.codes_left:,} left: whoever comes too late for one is offered nothing. "
            "`winback coupons add` brings more."
        )
    if unheard and not as_json:
        click.echo(
            f"But {unheard}: nobody is enrolled before `winback import orders` or POST /api/v1/orders brings some "
            "(the setting order_data_days)."
        )
    if plan.customers == 0 and not as_json:
        click.echo("Nobody fits now; `winback import` ends with a table of who may be texted and why not.")
    if as_json and not yes:
        return
    if running is not None:
        raise click.ClickException(
            f"{name} is running already, {running.daily_limit:,} a day: `winback flow stop {name}` before another start"
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


@flow.command()
@click.argument("name")
@pass_context
def stop(context: Context, name: str) -> None:
    """Enrol nobody more. Conversations under way go on."""
    revision = _revision(context, name)
    with context.app.database.write() as session:
        stopped = starts.stop(session, revision.shop_id, revision.flow_id)
    click.echo("Stopped." if stopped else "It was not running.")


@flow.command()
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


@flow.command("try")
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


def _say(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem), err=problem.severity == "error")
