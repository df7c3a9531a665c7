"""`winback flow diff`: what an edit changed, in words. `flows.play.diff` compares."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from bot.cli.context import Context, pass_context
from bot.cli.flow_sources import source_of
from flows.play.diff import Change, Changes, changes


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="The changes as a JSON object.")
@pass_context
def diff(context: Context, old: str, new: str, as_json: bool) -> None:
    """Say what NEW says and does otherwise than OLD: files, flows that come with Winback, or NAME@REVISION of the shop."""
    found = changes(source_of(context, old).to_look_at(), source_of(context, new).to_look_at())
    if as_json:
        told = {
            "only_words": found.kind.only_words,
            "only_offers": found.kind.only_offers,
            "renamed": dict(found.renamed),
            "changes": [asdict(change) for change in found.all],
        }
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    where = ""
    for change in found.all:
        if change.where != where:
            where = change.where
            click.echo(click.style(where, bold=True))
        click.echo(f"  {change.what}{': ' + _words(change) if change.words else ''}")
    click.echo(_in_short(found))


def _words(change: Change) -> str:
    """The text with what went and what came, marked without colours, too."""
    marks = {"same": ("", "", None), "old": ("[-", "-]", "red"), "new": ("{+", "+}", "green")}
    return " ".join(
        click.style(f"{marks[how][0]}{words}{marks[how][1]}", fg=marks[how][2]) for how, words in change.words
    )


def _in_short(found: Changes) -> str:
    if not found.all:
        return "Nothing changed."
    if found.kind.only_words:
        return "Only words changed: who is under way goes on where they stand."
    if found.kind.only_offers:
        return "Only offers and words changed: who has had the old offer keeps it."
    count = sum(1 for change in found.all if change.sort == "structure")
    changed = "1 change" if count == 1 else f"{count} changes"
    return f"{changed} of structure: `winback flow rehearse` shows what it means for who is under way."
