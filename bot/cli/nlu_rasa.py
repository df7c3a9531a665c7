"""`winback nlu rasa`: Rasa beside Winback, set up, trained and started. Prints; bot.rasa does the work."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import click

from bot.cli.context import Context, pass_context
from bot.rasa.prepare import NoRasaError, Rasa, installed, kept_in, set_up
from bot.rasa.python310 import find
from bot.rasa.training import Pipeline, kept_model, newest_model, server_command, train
from bot.settings import child_environment
from nlu.training_data import DATA

NO_PYTHON = """there is no Python 3.10, which Rasa 3.6 needs beside Winback's own. Looked for: python3.10 on the PATH, \
pyenv's versions, uv's. Install one of them:
  uv python install 3.10      (https://docs.astral.sh/uv)
  pyenv install 3.10          (https://github.com/pyenv/pyenv)
  your system's package       (often python3.10 and python3.10-venv)
Reading works without it: nlu.model: embedded"""
DIET_EPOCHS = 100


@click.group()
def rasa() -> None:
    """Read through a Rasa server of your own: set it up, train it, start it."""


@rasa.command("setup")
@pass_context
def setup_command(context: Context) -> None:
    """Install Rasa 3.6 into an environment of its own (2.7 GB, minutes, once)."""
    kept = kept_in(context.settings.home)
    if found := installed(child_environment(), kept):
        click.echo(f"Rasa is installed in {found.kept}; next: winback nlu rasa train")
        return
    python = find(child_environment())
    if python is None:
        raise click.ClickException(NO_PYTHON)
    click.echo(f"Python 3.10: {python}")
    try:
        set_up(python, child_environment(), click.echo, kept)
    except NoRasaError as error:
        raise click.ClickException(str(error)) from error
    click.echo("done; next: winback nlu rasa train")


@rasa.command("train")
@click.option(
    "--pipeline",
    type=click.Choice(["light", "diet"]),
    default="light",
    show_default=True,
    help="light: words and letters counted, a linear classifier, minutes; diet: Rasa's own network, over an hour.",
)
@click.option(
    "--epochs",
    type=click.IntRange(1, 1000),
    help=f"Of diet: how often it goes through all lines.  [default: {DIET_EPOCHS}]",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=DATA,
    show_default="the lines that come with Winback",
    help="Folder of <language>/<intent>.yml to train on.",
)
@pass_context
def train_command(
    context: Context, pipeline: Literal["light", "diet"], epochs: int | None, data: Path
) -> None:
    """Train a model, unless there is one of these very lines and this pipeline."""
    if pipeline == "light" and epochs:
        raise click.UsageError("--epochs is of --pipeline diet")
    chosen = Pipeline(pipeline, (epochs or DIET_EPOCHS) if pipeline == "diet" else None)
    there, data = _installed(context), data.resolve()
    if not any(data.glob("*/*.yml")):
        raise click.UsageError(f"no lines in {data}: <language>/<intent>.yml is looked for")
    model = kept_model(there, chosen, data)
    if model.exists():
        click.echo(f"{model} is there already, of these very lines")
        return
    log, begun = there.kept / "train.log", time.perf_counter()
    click.echo(f"training {chosen.label} (`tail -f {log}` to look on)")
    try:
        train(there, chosen, data)
    except NoRasaError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{model}, in {time.perf_counter() - begun:.0f} s; next: winback nlu rasa run")


@rasa.command("run")
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    show_default="the one trained last",
    help="Which model.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of that of nlu.rasa_url.")
@pass_context
def run_command(context: Context, model: Path | None, port: int | None) -> None:
    """Start the server on loopback, in the foreground. Ctrl-C ends it."""
    there, nlu = _installed(context), context.settings.nlu
    chosen = model.resolve() if model else newest_model(there)
    if chosen is None:
        raise click.ClickException("no model yet: run `winback nlu rasa train`")
    address = urlsplit(nlu.rasa_url)
    port = port or address.port or (443 if address.scheme == "https" else 80)
    click.echo(f"{chosen.name} at http://127.0.0.1:{port}, up in half a minute")
    if nlu.model != "rasa":
        click.echo("texts are still read by the embedded model: set `model: rasa` under `nlu` in config.yml")
    elif address.port != port:
        click.echo(f"but texts are read at {nlu.rasa_url} (nlu.rasa_url in config.yml)")
    command = server_command(there, chosen, port)
    os.chdir(there.kept)  # it looks for more settings in the folder where it starts, and finds none here
    os.execve(command[0], command, there.environment)  # noqa: S606  so that signals reach it


def _installed(context: Context) -> Rasa:
    found = installed(child_environment(), kept_in(context.settings.home))
    if found is None:
        raise click.ClickException(
            "Rasa is not installed, or another version is: run `winback nlu rasa setup`"
        )
    return found
