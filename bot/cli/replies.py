"""`winback replies`: the replies that a shop keeps ready for its staff, listed, checked, written to a file and read from one.

Owns the commands. The file's form and its checks are bot.inbox.ready's.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import Context, pass_context

if TYPE_CHECKING:
    from bot.inbox import Actor


@click.group()
def replies() -> None:
    """Replies that staff have ready, in each language."""


@replies.command("list")
@click.option("--language", metavar="CODE", help="In that language alone, as en.")
@click.option("--search", metavar="WORDS", default="", help="Words of the name or of the text.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: a list of objects.")
@pass_context
def list_(context: Context, language: str | None, search: str, as_json: bool) -> None:
    """List them, the most used first."""
    from bot.inbox.ready import ready

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        found = ready(session, shop_id, language=language, search=search)
    if as_json:
        rows = [
            {
                "name": each.name,
                "language": each.language,
                "body": each.body,
                "used": each.used,
                "parts": each.parts,
            }
            for each in found
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for each in found:
        parts = f"{each.parts} part" + ("s" if each.parts > 1 else "")
        click.echo(f"{each.name} ({each.language}, {parts}, used {each.used} times): {each.body}")
    if not found:
        click.echo("None." if language or search else "None yet. `winback replies import FILE` reads some.")


@replies.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_context
def import_(context: Context, file: Path) -> None:
    """Read replies from a YAML file. With a fault in it nothing is changed; what it does not name stays.

    \b
    replies:
      late-parcel:
        en: "Sorry, {{ customer.first_name | default: 'there' }}: it left on Monday."
        es: "Lo siento: tu paquete sali\u00f3 el lunes."
    """
    from bot.clock import domain_now
    from bot.inbox.ready import Imported, Unfit, take_file

    shop_id = context.shop_id()
    source = file.read_text("utf-8", errors="replace")
    with context.app.database.write() as session:
        now = domain_now(session, context.app.real_now)
        done = take_file(session, source, file.name, _command(shop_id), now)
    if isinstance(done, Unfit):
        for problem in done.problems:
            click.echo(str(problem), err=True)
        raise SystemExit(1)
    assert isinstance(done, Imported)
    click.echo(f"{done.new} new, {done.changed} changed, {done.same} as they were.")


@replies.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@pass_context
def export(context: Context, file: Path | None) -> None:
    """Write them all to a YAML file that `import` reads; without FILE, to the screen."""
    from bot.inbox.ready import as_file

    shop_id = context.shop_id()
    with context.app.database.read() as session:
        told = as_file(session, shop_id)
    if file is None:
        click.echo(told, nl=False)
        return
    file.write_text(told, "utf-8")
    click.echo(f"Written to {file}.")


@replies.command()
@click.argument("name")
@click.option("--language", metavar="CODE", help="In that language alone.")
@pass_context
def drop(context: Context, name: str, language: str | None) -> None:
    """Keep a reply no more."""
    from bot.clock import domain_now
    from bot.inbox.ready import drop as drop_it
    from bot.inbox.ready import ready

    shop_id = context.shop_id()
    with context.app.database.write() as session:
        now = domain_now(session, context.app.real_now)
        found = [
            each for each in ready(session, shop_id, language=language, limit=10_000) if each.name == name
        ]
        for each in found:
            drop_it(session, each.id, _command(shop_id), now)
    if not found:
        raise click.UsageError(f"there is no reply {name} (`winback replies list` lists them)")
    click.echo(f"{name}: dropped")


def _command(shop_id: int) -> Actor:
    """Whoever has the machine is the owner."""
    from bot.inbox import Actor

    return Actor(shop_id, 0, "command", "owner")
