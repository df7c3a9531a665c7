"""`winback nlu`: read a text, measure the reader, teach it. Prints; nlu does the work."""

from __future__ import annotations

import json

import click

from bot.cli.context import Context, pass_context
from bot.cli.lazy import LazyGroup
from bot.clock import real_now
from nlu.interpretation import Interpretation

COMMANDS = {
    # name: (module, attribute, one line)
    "read": ("bot.cli.nlu", "read_command", "What the reader makes of TEXT, and why."),
    "evaluate": ("bot.cli.nlu_evaluate", "evaluate_command", "Measure the reader on labelled lines."),
    "train": (
        "bot.cli.nlu_train",
        "train_command",
        "Teach the reader the shop's own intents and corrections.",
    ),
    "lines": (
        "bot.cli.nlu_train",
        "lines_command",
        "What the shop has taught, and what waits to be looked at.",
    ),
    "rasa": ("bot.cli.nlu_rasa", "rasa", "Read through a Rasa server of your own."),
}


@click.command(cls=LazyGroup, table=COMMANDS)
def nlu() -> None:
    """Read a text, evaluate the reader, teach it; or have Rasa read."""


@click.command("read")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print the interpretation as JSON.")
@click.option(
    "--taught", is_flag=True, help="With what the shop has taught (the one of --shop, or the only one)."
)
@pass_context
def read_command(context: Context, text: str, as_json: bool, taught: bool) -> None:
    """What the reader makes of TEXT, and why."""
    reader = context.app.reader
    if taught or context.shop:
        from bot.teaching.refit import readers_for

        shop_id = context.shop_id()
        with context.app.database.read() as session:
            reader = readers_for(session, reader, [shop_id])[shop_id]
    reading = reader.read(text, today=real_now().date())
    if as_json:
        click.echo(json.dumps(reading.as_document(), ensure_ascii=False, indent=2, sort_keys=True))
    else:
        click.echo(_in_words(reading))


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
