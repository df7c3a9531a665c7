"""`winback replay`: the journal run again, looked back into, or run under another flow. Owns the command and its forms."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import Context, pass_context
from bot.clock import domain_now

if TYPE_CHECKING:
    from bot.history.moment import Moment
    from bot.history.replay import Replayed
    from flows.definition import Flow

SHOWN = 5
"""Differences that people are shown; --json has them all."""


@click.command()
@click.argument("conversation", required=False)
@click.option("--all", "everything", is_flag=True, help="Every conversation of the shop.")
@click.option(
    "--until",
    metavar="TIME",
    help="Show how it stood at that second (2026-11-21T20:00:05Z, or 2026-11-21 20:00 as UTC).",
)
@click.option(
    "--as-if", "as_if", metavar="FLOW@REVISION", help="Show what would have been said instead; or a FILE."
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_context
def replay(
    context: Context,
    conversation: str | None,
    everything: bool,
    until: str | None,
    as_if: str | None,
    as_json: bool,
) -> None:
    """Run the journal again, and compare what the engine decides with what it decided then, byte by byte.

    CONVERSATION is its number as logs and traces print it, the customer's phone, or the id of any text of it. With --json:
    {turns, differences: [{conversation, enrolment, turn, then, now}], erased, other_engine}. Exit status 1: a difference.
    """
    from bot.history.replay import replay_conversation
    from bot.history.whose import conversation_named

    if everything == bool(conversation) or (everything and (until or as_if)) or (until and as_if):
        raise click.UsageError("say which CONVERSATION, with --until or --as-if if you like, or --all")
    shop_id = context.shop_id()
    if conversation is None:
        _compared(_all(context, shop_id, quiet=as_json), as_json)
        return
    with context.app.database.read() as session:
        found = conversation_named(session, context.app.keys, shop_id, conversation)
        if found is None:
            raise click.UsageError(f"this shop has no conversation {conversation}")
        if until is None and as_if is None:
            _compared(replay_conversation(session, found), as_json)
            return
    if until is not None:
        _look_back(context, found, _time(until), as_json)
    elif as_if is not None:
        _otherwise(context, shop_id, found, as_if, as_json)


def _all(context: Context, shop_id: int, *, quiet: bool) -> Replayed:
    from bot.cli.bars import counted
    from bot.history.replay import replay_all, rows_kept

    with context.app.database.read() as session:
        total = rows_kept(session, shop_id)
    with counted("turns", total, quiet=quiet) as seen:
        return replay_all(context.app.database, shop_id, seen)


def _compared(found: Replayed, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        sys.exit(1 if found.differences else 0)
    click.echo(
        f"{found.turns:,} turns replayed, {len(found.differences):,} differences."
        + (f" {found.erased:,} turns are erased." if found.erased else "")
        + (
            f" {found.other_engine:,} were taken by another version of the program, and are not compared."
            if found.other_engine
            else ""
        )
    )
    for each in found.differences[:SHOWN]:
        click.echo(f"\nconversation {each.conversation}, passage {each.enrolment}, turn {each.turn}")
        click.echo(f"  then: {each.then}\n  now:  {each.now}")
    if len(found.differences) > SHOWN:
        click.echo(f"\nand {len(found.differences) - SHOWN:,} more; --json has them all.")
    sys.exit(1 if found.differences else 0)


def _look_back(context: Context, conversation: int, at: datetime, as_json: bool) -> None:
    from bot.history.moment import moment

    with context.app.database.read() as session:
        found = moment(session, conversation, at)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
    else:
        _show(found)


def _show(found: Moment) -> None:
    holder = {"bot": "the bot speaks", "nobody": "handed off, waiting for a person"}.get(
        found.holder or "", "a person speaks"
    )
    click.echo(f"Conversation {found.conversation} at {found.at:%Y-%m-%d %H:%M:%S} UTC: {holder}.")
    if not found.passages:
        click.echo("No passage had begun by then.")
    for each in found.passages:
        where = (
            f"at {each.node}, {each.phase.replace('_', ' ')}"
            if each.node
            else each.phase or "not known any more"
        )
        if each.phase == "ended":
            where = f"ended: {(each.outcome or '').replace('_', ' ')}"
        revision = f", revision {each.revision}" if each.revision else ""
        click.echo(f"  {each.flow}{revision} (passage {each.enrolment}, turn {each.turn}): {where}")
        if each.next_timer:
            click.echo(f"    silence ends {each.next_timer:%Y-%m-%d %H:%M:%S} UTC")
        known = {name: value for name, value in each.values.items() if value is not None}
        if known:
            click.echo("    knows " + ", ".join(f"{name} = {value}" for name, value in known.items()))
    for line in found.said:
        late = "" if line.who == "customer" or line.left else "  (had not left)"
        click.echo(f"  {line.at:%m-%d %H:%M:%S}  {line.who:<8}  {line.words}{late}")


def _otherwise(context: Context, shop_id: int, conversation: int, name: str, as_json: bool) -> None:
    from bot.cli.side_by_side import side_by_side
    from bot.history.otherwise import as_if

    with context.app.database.read() as session:
        flow = _flow(context, shop_id, name)
        now = domain_now(session, context.app.real_now)
        passages = as_if(session, conversation, flow, now)
    if as_json:
        shown = [each.to_json() for each in passages]
        click.echo(
            json.dumps(
                {"conversation": conversation, "flow": flow.name, "passages": shown},
                indent=1,
                ensure_ascii=False,
            )
        )
        return
    if not passages:
        click.echo(f"This customer has never been in {flow.name}.")
    for each in passages:
        click.echo(f"{flow.name}, passage {each.enrolment}:")
        side_by_side(each.turns)
        if not each.complete:
            click.echo("A part of this passage was erased; what came after it is not followed.")
        elif not each.differs:
            click.echo("Not a word would have been different.")


def _flow(context: Context, shop_id: int, name: str) -> Flow:
    from bot.cli.flow_check import say
    from bot.cli.flow_sources import taught_in_shop
    from bot.history.otherwise import revision_named
    from flows.parser import read_flow

    file = Path(name)
    if file.suffix in (".yml", ".yaml") or file.is_file():
        if not file.is_file():
            raise click.UsageError(f"there is no file {name}")
        flow, problems = read_flow(file.read_text("utf-8", errors="replace"), name, taught_in_shop(context))
        if flow is None:
            say(problems)
            sys.exit(1)
        return flow
    with context.app.database.read() as session:
        try:
            return revision_named(session, shop_id, name)
        except LookupError as error:
            raise click.UsageError(str(error)) from error


def _time(typed: str) -> datetime:
    try:
        at = datetime.fromisoformat(typed.strip())
    except ValueError as error:
        raise click.UsageError(f"--until {typed}: write 2026-11-21T20:00:05Z, or 2026-11-21 20:00") from error
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:  # the first or the last day that there is, in another zone
        raise click.UsageError(f"--until {typed}: there is no such time in UTC") from error
