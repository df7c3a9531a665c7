"""`winback nlu`: read a text, measure the reader, train its model. Prints; nlu does the work."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot.cli.context import Context, pass_context
from bot.cli.lazy import LazyGroup
from bot.clock import real_now
from nlu.interpretation import Interpretation

HELDOUT = Path("tests/nlu/heldout")
COMMANDS = {
    # name: (module, attribute, one line)
    "read": ("bot.cli.nlu", "read_command", "What the reader makes of TEXT, and why."),
    "evaluate": ("bot.cli.nlu_evaluate", "evaluate_command", "Measure the reader on labelled lines."),
    "train": ("bot.cli.nlu", "train_command", "Train the shipped model from nlu/data and write its card."),
    "rasa": ("bot.cli.nlu_rasa", "rasa", "Read through a Rasa server of your own."),
}


@click.command(cls=LazyGroup, table=COMMANDS)
def nlu() -> None:
    """Read a text, evaluate the reader, train it; or have Rasa read."""


@click.command("read")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print the interpretation as JSON.")
@pass_context
def read_command(context: Context, text: str, as_json: bool) -> None:
    """What the reader makes of TEXT, and why."""
    reading = context.app.reader.read(text, today=real_now().date())
    if as_json:
        click.echo(json.dumps(reading.as_document(), ensure_ascii=False, indent=2, sort_keys=True))
    else:
        click.echo(_in_words(reading))


@click.command("train")
@click.option("--json", "as_json", is_flag=True, help="Print the model card as JSON.")
def train_command(as_json: bool) -> None:
    """Train the shipped model from nlu/data and write its card. Same data, same bytes."""
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


def _in_words(reading: Interpretation) -> str:
    parts = [
        f"{reading.intent} ({reading.confidence:.2f}{'' if reading.understood else ', not understood'})",
        f"consent   {reading.opt_out.replace('_', ' ')}",
        f"mood      {reading.mood}",
        f"language  {reading.language or 'can not be told'}",
    ]
    if reading.also:
        parts.append(f"also      {reading.also}")
    parts += [f"{name:<9} {value}" for name, value in reading.slots.items()]
    parts += [f"why       {why}" for why in reading.why]
    parts.append("ranking   " + ", ".join(f"{intent} {share:.2f}" for intent, share in reading.ranking))
    parts.append(f"model     {reading.model}")
    return "\n".join(parts)
