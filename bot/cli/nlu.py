"""`winback nlu`: read a text, measure the reader, train its model. Prints; nlu does the work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bot.cli.context import Context, pass_context
from bot.cli.lazy import LazyGroup
from bot.clock import real_now
from bot.readers import reader_of, trouble_reading
from nlu.evaluate import Figures, confusion_table, evaluate, lines_of
from nlu.interpretation import Interpretation
from nlu.reader import NO_ANSWERS

if TYPE_CHECKING:
    from nlu.reader import Reader

HELDOUT = Path("tests/nlu/heldout")
SERVED = "rasa: "
"""How a reading's first reason begins when the Rasa server gave no usable answer."""
COMMANDS = {
    # name: (module, attribute, one line)
    "read": ("bot.cli.nlu", "read_command", "What the reader makes of TEXT, and why."),
    "evaluate": ("bot.cli.nlu", "evaluate_command", "Measure the reader on labelled lines."),
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


@click.command("evaluate")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--model",
    type=click.Choice(["embedded", "rasa", "rules"]),
    help="Who reads: the shipped models, the Rasa server at nlu.rasa_url, or the opt-out rules alone (stop or other).  "
    "[default: nlu.model]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--wrong", is_flag=True, help="List the lines that were misread (not with --json).")
@pass_context
def evaluate_command(
    context: Context,
    files: tuple[Path, ...],
    model: Literal["embedded", "rasa", "rules"] | None,
    as_json: bool,
    wrong: bool,
) -> None:
    """Measure the reader on labelled lines: .jsonl files of {"text", "intent", "also"}, or our own YAML."""
    try:
        lines = [line for path in files for line in lines_of(path)]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    watched = _Watched(_reader(context, model or context.settings.nlu.model))
    figures = evaluate(watched, lines, real_now().date())
    click.echo(json.dumps(figures.values, indent=2) if as_json else _table(figures))
    if wrong and not as_json:
        for line, reading in figures.wrong:
            click.echo(f"{line.intent:<14} read as {reading:<14} {line.text}")
    if watched.fallen_back:
        click.echo(
            f"{watched.fallen_back} of {watched.read_at_all} readings are the embedded model's: the Rasa server gave no usable "
            f"answer ({watched.why})",
            err=True,
        )


class _Watched:
    """A reader, and how often it fell back: figures under Rasa's name must not be ours unseen."""

    def __init__(self, inner: Reader) -> None:
        self._inner = inner
        self.read_at_all = self.fallen_back = 0
        self.why = ""

    def read(self, text: str, *, today: date, answers: Mapping[str, str] = NO_ANSWERS) -> Interpretation:
        """What the inner one makes of it."""
        found = self._inner.read(text, today=today, answers=answers)
        self.read_at_all += 1
        if found.why and found.why[0].startswith(SERVED):
            self.fallen_back += 1
            self.why = found.why[0]
        return found


def _reader(context: Context, model: Literal["embedded", "rasa", "rules"]) -> Reader:
    """Raises click.ClickException when Rasa is to read and does not answer."""
    if model == "rules":
        from nlu.rules_reader import rules_reader

        return rules_reader()
    settings = context.settings.nlu.model_copy(update={"model": model})
    if trouble := trouble_reading(settings):
        raise click.ClickException(
            f"Rasa at {settings.rasa_url}: {trouble}; start it with `winback nlu rasa run`, and see nlu.rasa_deadline_ms"
        )
    return reader_of(settings)


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


def _table(figures: Figures) -> str:
    values = figures.values
    stop, others = values["stop"], values["not_stop"]
    rows = [f"lines       {values['lines']}"]
    if values["right"] is not None:
        rows.append(f"right       {values['right']:.1%} (strictly {values['right_strict']:.1%})")
    rows += [
        f"stop        {stop['lines']} lines: {stop['opted_out']} opted out, {stop['held']} held, {stop['missed']} missed",
        f"not stop    {others['lines']} lines: {others['opted_out']} opted out, {others['held']} held",
        f"a text      {values['p50_ms']} ms median, {values['mean_ms']} mean, {values['p99_ms']} p99",
    ]
    if values["by_intent"]:
        rows.append("")
        rows += [
            f"{intent:<15} {found['right']:>4} of {found['lines']:>4}  {found['right'] / found['lines']:.0%}"
            for intent, found in values["by_intent"].items()
        ]
        rows += ["", "label down, reading across", confusion_table(figures.confusion)]
    return "\n".join(rows)
