"""`winback nlu train` and `lines`: what a shop teaches the reader; for the makers, the shipped linear model. Prints.

Owns the options and the report. Lines and fitting are `bot.teaching`'s.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

import click

from bot.cli.context import Context, pass_context
from bot.cli.flow_check import say
from bot.clock import domain_now
from flows.problems import Problem
from nlu.training_data import Example

HELDOUT = Path("tests/nlu/heldout")
LANGUAGES = ("en", "es")


@click.command("train")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="Of the files' lines.  [default: that of the folder, as in es/gift_wrap.yml; else en]",
)
@click.option(
    "--shipped", is_flag=True, help="Make the shipped linear model from nlu/data instead (scikit-learn)."
)
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
@pass_context
def train_command(
    context: Context, files: tuple[Path, ...], language: str | None, shipped: bool, as_json: bool
) -> None:
    """Teach the reader what the shop's customers mean: its own intents, and corrected lines, from FILES in Rasa's NLU format
    and from what was taken before. In force with the next text. Exit status 1: a file has errors, and nothing was taken."""
    if shipped:
        if files or language:
            raise click.UsageError("--shipped takes the lines that come with Winback, and no others")
        _shipped(as_json)
        return
    from bot.teaching.from_file import read_lines
    from bot.teaching.lines import add
    from bot.teaching.refit import refit

    shop_id = context.shop_id()
    lines: list[Example] = []
    problems: list[Problem] = []
    for file in files:
        spoken = language or (file.resolve().parent.name if file.resolve().parent.name in LANGUAGES else "en")
        found, wrong = read_lines(file.read_text("utf-8", errors="replace"), str(file), spoken)
        lines += found
        problems += wrong
    say(problems)
    if any(problem.severity == "error" for problem in problems):
        sys.exit(1)
    app = context.app
    with app.database.write() as session:
        added = (
            add(session, shop_id, lines, origin="file", at=domain_now(session, app.real_now))
            if lines
            else None
        )
    begun = time.perf_counter()
    fitted = refit(app.database, shop_id, app.real_now, app.settings.home)
    seconds = time.perf_counter() - begun
    if as_json:
        told = [{"code": each.code, "intent": each.intent, "words": each.words} for each in fitted.told]
        document: dict[str, object] = {
            "version": fitted.version,
            "lines": fitted.lines,
            "seconds": round(seconds, 1),
            "told": told,
        }
        document["own"] = {
            name: {"lines": of, "recognised": right} for name, (right, of) in fitted.own.items()
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    if added:
        click.echo(
            f"{added.new} new lines, {added.changed} that mean something else now, {added.known} known"
        )
    if fitted.version is None:
        click.echo("Nothing is taught: texts are read by the shipped model alone. FILE.yml teaches lines.")
        return
    for name, (right, of) in fitted.own.items():
        click.echo(f"{name:<20} {right:>3} of {of:>3} of its lines are recognised when left out")
    for each in fitted.told:
        click.echo(f"{each.intent}: {each.words}", err=True)
    click.echo(f"{fitted.lines} lines in {seconds:.1f} s: {fitted.version} reads from the next text on")


@click.command("lines")
@click.option("--waiting", is_flag=True, help="Those alone that nobody has looked at yet.")
@click.option("--take", type=int, metavar="NUMBER", help="Take this line.")
@click.option("--refuse", type=int, metavar="NUMBER", help="Refuse this line.")
@click.option("--forget", metavar="INTENT", help="Take back all lines of an intent.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: a list of objects.")
@pass_context
def lines_command(
    context: Context, waiting: bool, take: int | None, refuse: int | None, forget: str | None, as_json: bool
) -> None:
    """What the shop has taught the reader, and what waits to be looked at. `winback nlu train` puts changes into force at
    once; else they are within a minute."""
    from bot.teaching.lines import lines_of, remove, review

    shop_id, app = context.shop_id(), context.app
    if sum(each is not None for each in (take, refuse, forget)) > 1:
        raise click.UsageError("one of --take, --refuse and --forget at a time")
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        number = take if take is not None else refuse
        if number is not None and not review(session, shop_id, number, take=take is not None, at=now):
            raise click.UsageError(f"there is no line {number} (`winback nlu lines` shows them)")
        if forget is not None and not remove(session, shop_id, at=now, intent=forget):
            raise click.UsageError(f"there are no lines of {forget} (`winback nlu lines` shows them)")
        rows = lines_of(session, shop_id, "waiting" if waiting else None)
        found = [
            {
                "number": row.id,
                "language": row.language,
                "intent": row.intent,
                "text": row.text,
                "origin": row.flow or row.origin,
                "state": row.state,
            }
            for row in rows
        ]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in found:
        click.echo(
            f"{each['number']:>6}  {each['state']:<8} {each['language']} {each['intent']:<18} {each['text']}"
        )
    counts = Counter(str(each["state"]) for each in found)
    click.echo(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "No lines.")


def _shipped(as_json: bool) -> None:
    from nlu.classifier import WEIGHTS
    from nlu.train import train

    try:
        card = train(heldout=HELDOUT)
    except ImportError as error:
        raise click.UsageError("training needs scikit-learn: pip install 'winback[train]'") from error
    if as_json:
        click.echo(json.dumps(card, indent=2, ensure_ascii=False))
        return
    lines = ", ".join(f"{count} {language}" for language, count in card["lines"].items())
    click.echo(
        f"{card['model']}: {lines} lines, {card['pieces']} pieces -> {WEIGHTS} ({WEIGHTS.stat().st_size // 1024} KB)"
    )
    for language, found in (card["heldout"] or {}).items():
        click.echo(f"held out {language}: {found['right']:.1%} right of {found['lines']}, by the model alone")
