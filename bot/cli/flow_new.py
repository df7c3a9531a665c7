"""`winback flow new`: a flow file to begin with, copied from one that comes with Winback."""

from __future__ import annotations

import re
from pathlib import Path

import click

from flows.parser import library, published

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FLOW_LINE = re.compile(r"^flow:.*$", re.MULTILINE)


@click.command()
@click.argument("name")
@click.option(
    "--from", "recipe", default="winback_offer", show_default=True, help="A flow that comes with Winback."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it there instead of NAME.yml here."
)
def new(name: str, recipe: str, out: Path | None) -> None:
    """Copy a recipe to NAME.yml, to be made your own: its comments say what is what."""
    if not _NAME.fullmatch(name):
        raise click.UsageError("a flow's name is made of small letters, digits and _, as in my_winback")
    recipes = {each: source for each, source in library().items() if not published(source).desk}
    if recipe not in recipes:
        raise click.UsageError(f"there is no recipe {recipe}; there are {', '.join(recipes)}")
    if name in library():
        raise click.UsageError(
            f"{name} comes with Winback; give yours another name, so that both can be published"
        )
    target = out or Path(f"{name}.yml")
    if target.exists():
        raise click.UsageError(f"{target} is there already; choose another name, or remove it")
    text = _FLOW_LINE.sub(f"flow: {name}", recipes[recipe], count=1)
    try:
        target.write_text(text, "utf-8")
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror}") from error
    click.echo(str(target))
    click.echo(f"Change its texts, then: winback flow check {target}; winback flow chat {target}", err=True)
