"""`winback flow publish` and `list`: which revision of a flow counts. `bot.flows_store` keeps them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import select

from bot.cli.context import Context, pass_context
from bot.cli.flow_test import at_hand, beside, reader_of, report, test_one
from bot.models import Flow as FlowRow
from bot.models import FlowRevision
from bot.teaching.lines import names
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
@click.option("--no-tests", is_flag=True, help="Publish although the flow's own tests fail.")
@pass_context
def publish(
    context: Context,
    files: tuple[Path, ...],
    from_library: bool,
    choose: Choice | None,
    maps: tuple[str, ...],
    no_tests: bool,
) -> None:
    """Publish flow files. Starts nobody.

    Where people are under way in another revision, what it means for them is shown first; they stay where they are
    unless you choose otherwise. Exit status 1: a file has errors, or one of its own tests fails, and it was not
    published.
    """
    from bot.cli.rehearse import publish_one

    sources = [(str(file), file.read_text("utf-8", errors="replace")) for file in files]
    if from_library:
        sources += [(f"{name}.yml", source) for name, source in library().items()]
    shop_id = context.shop_id()
    named = {str(file) for file in files}
    tested = {str(file) for file in files if no_tests or _goes_as_written(context, file)}
    done = [
        publish_one(context, shop_id, file, source, choose, maps)
        for file, source in sources
        if file in tested or file not in named
    ]
    if any("intents:" in source for _, source in sources):
        click.echo(
            "What `intents:` teach is read within a minute; `winback nlu train` does it now, and says how it fares."
        )
    sys.exit(0 if all(done) and len(done) == len(sources) else 1)


def _goes_as_written(context: Context, file: Path) -> bool:
    """Whether the flow's own tests pass; those that fail are told. A file with errors is for publishing to refuse."""
    source, other = file.read_text("utf-8", errors="replace"), beside(file)
    if "tests:" not in source and other is None:
        return True
    with context.app.database.read() as session:
        taught = names(session, context.shop_id())
    reads = reader_of(context, [source])
    results, unread = test_one(str(file), source, other, reads, at_hand([source]), taught)
    failed = [result for result in results if not result.passed]
    wrong_beside = [problem for problem in unread if problem.file != str(file)]
    if not failed and not wrong_beside:
        return True
    report(failed, wrong_beside, [])
    click.echo(
        f"{file} was not published: its own tests fail (--no-tests publishes it all the same).", err=True
    )
    return False


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
