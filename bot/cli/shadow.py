"""`winback flow shadow`: an edit run over past conversations. Owns the command and how it is shown."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli.context import Context, pass_context
from bot.cli.flow_check import say

NODES = 12
"""Nodes that people are shown; --json has them all."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only passages that began from then on.",
)
@click.option(
    "--limit", type=click.IntRange(min=0), default=3, show_default=True, help="So many transcripts are shown."
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@pass_context
def shadow(context: Context, file: Path, since: datetime | None, limit: int, as_json: bool) -> None:
    """Run an edited flow over the conversations of the past: who would have got another text, where, and which.

    The customers say what they said then; nothing is sent and nothing is written. Exit status 1: the file has errors.
    """
    from bot.cli.bars import counted
    from bot.cli.flow_sources import taught_in_shop
    from bot.cli.side_by_side import side_by_side
    from bot.history.replay import rows_kept
    from bot.history.shadow import shadow as run
    from flows.parser import read_flow

    shop_id = context.shop_id()
    flow, problems = read_flow(file.read_text("utf-8", errors="replace"), str(file), taught_in_shop(context))
    if flow is None or any(each.severity == "error" for each in problems):
        say(problems)
        sys.exit(1)
    with context.app.database.read() as session:
        total = rows_kept(session, shop_id)
    began = since.replace(tzinfo=UTC) if since else None
    try:
        with counted("turns", total, quiet=as_json) as seen:
            found = run(context.app, shop_id, flow, since=began, limit=limit, seen=seen)
    except LookupError as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
        return
    share = f" ({found.differ / found.passages:.0%})" if found.passages else ""
    click.echo(
        f"{found.flow}: {found.passages:,} passages run again, {found.differ:,}{share} would have got another text."
        + (f" {found.unknown:,} are erased in part and were not run." if found.unknown else "")
    )
    for node, count in list(found.where.items())[:NODES]:
        click.echo(f"  {count:>7,}  first at {node}")
    for each in found.first:
        click.echo(f"\nConversation {each.conversation}, passage {each.passage.enrolment}:")
        side_by_side(each.passage.turns)
