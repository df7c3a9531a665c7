"""`winback flow publish` and `list`: which revision of a flow counts. `bot.flows_store` keeps them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import select

from bot.cli.context import Context, pass_context
from bot.models import Flow as FlowRow
from bot.models import FlowRevision
from flows.parser import library

if TYPE_CHECKING:
    from bot.history.rehearsal import Choice


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--library", "from_library", is_flag=True, help="The flows that come with Winback.")
@click.option(
    "--choose",
    type=click.Choice(["stay", "migrate", "drain"]),
    help="What becomes of those who are under way (they stay, unless it is asked and answered).",
)
@click.option(
    "--map", "maps", multiple=True, metavar="OLD=NEW", help="With migrate: see `winback flow rehearse`."
)
@pass_context
def publish(
    context: Context,
    files: tuple[Path, ...],
    from_library: bool,
    choose: Choice | None,
    maps: tuple[str, ...],
) -> None:
    """Publish flow files. Starts nobody.

    Where people are under way in another revision, what it means for them is shown first; they stay where they are
    unless you choose otherwise. Exit status 1: a file has errors, and was not published.
    """
    from bot.cli.rehearse import publish_one

    sources = [(str(file), file.read_text("utf-8", errors="replace")) for file in files]
    if from_library:
        sources += [(f"{name}.yml", source) for name, source in library().items()]
    shop_id = context.shop_id()
    done = [publish_one(context, shop_id, file, source, choose, maps) for file, source in sources]
    sys.exit(0 if all(done) else 1)


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
