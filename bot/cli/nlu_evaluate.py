"""`winback nlu evaluate`: how well a reader reads labelled lines, as a table, as JSON, as a picture. nlu counts and draws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bot.cli.context import Context, pass_context
from bot.clock import real_now
from bot.readers import reader_of, trouble_reading
from nlu.confusion import confusion_picture, confusion_table
from nlu.evaluate import Figures, evaluate, lines_of
from nlu.interpretation import Interpretation
from nlu.reader import NO_ANSWERS

if TYPE_CHECKING:
    from nlu.reader import Reader

SERVED = "rasa: "
"""How a reading's first reason begins when the Rasa server gave no usable answer."""
INSTEAD = "; read by "
"""And what it goes on to say, unlike other remarks on what the server said."""


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
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was taken for what as an SVG.",
)
@click.option("--wrong", is_flag=True, help="List the lines that were misread (not with --json).")
@pass_context
def evaluate_command(
    context: Context,
    files: tuple[Path, ...],
    model: Literal["embedded", "rasa", "rules"] | None,
    as_json: bool,
    picture: Path | None,
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
    if picture is not None:
        share = figures.values["right"]
        title = f"Labels down, readings across: {figures.values['lines']:,} lines" + (
            f", {share:.1%} right" if share else ""
        )
        picture.write_text(confusion_picture(figures.confusion, title), "utf-8")
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
        if found.why and found.why[0].startswith(SERVED) and INSTEAD in found.why[0]:
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
