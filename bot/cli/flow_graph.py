"""`winback flow graph`: a flow as a picture, or as Mermaid text. `flows.play` draws."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.context import Context, pass_context
from bot.cli.flow_sources import source_of


@click.command()
@click.argument("flow")
@click.option(
    "--format",
    "form",
    type=click.Choice(["svg", "mermaid"]),
    help="svg unless given, or where OUT ends in .mmd or .md mermaid.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it there; else it is printed."
)
@pass_context
def graph(context: Context, flow: str, form: str | None, out: Path | None) -> None:
    """Draw what leads where in FLOW: a file, one that comes with Winback, or NAME@REVISION of the shop."""
    from flows.play.graph import mermaid
    from flows.play.picture import svg

    read = source_of(context, flow).flow()
    if form is None:
        form = "mermaid" if out is not None and out.suffix in (".mmd", ".md") else "svg"
    drawn = svg(read) if form == "svg" else mermaid(read)
    if out is None:
        click.echo(drawn, nl=False)
        return
    out.write_text(drawn, "utf-8")
    click.echo(f"Drawn in {out}.")
