"""`winback flow publish` and `list`: which revision of a flow counts. `bot.flows_store` keeps them."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import select

from bot import flows_store
from bot.cli.context import Context, pass_context
from bot.cli.flow_check import say
from bot.clock import domain_now
from bot.models import Flow as FlowRow
from bot.models import FlowRevision
from flows.parser import library


@click.command()
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
        say(problems)
        if done is None:
            failed = True
        else:
            click.echo(f"{done.name}: revision {done.number}" + ("" if done.new else ", as it was"))
    sys.exit(1 if failed else 0)


@click.command("list")
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
