"""Rasa's models: trained on our lines by a pipeline of nlu/rasa, kept by what they were made from.

Owns the folder of models, their names and their keys. Starts no server; knows how one is started.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.rasa.prepare import PROJECT, NoRasaError, Rasa, last_lines, run_to_end
from nlu.training_data import DATA

TRAINED_FROM = ("domain.yml", "rules.yml", "requirements.lock")
"""Besides the lines and the pipeline: whoever changes one of these gets another model."""
CREDENTIALS = PROJECT / "credentials.yml"
_EPOCHS = re.compile(r"^( +epochs:) *\d+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How texts become shares. `light`: counted words and letters under a linear classifier, trained in minutes. `diet`:
    Rasa's own network, over an hour at 100 epochs. `epochs`: of DIET, None for what config.yml says."""

    name: Literal["light", "diet"]
    epochs: int | None = None

    def config(self, project: Path = PROJECT) -> str:
        """The text of its file."""
        text = (project / ("config-light.yml" if self.name == "light" else "config.yml")).read_text("utf-8")
        if self.name == "light" or self.epochs is None:
            return text
        return _EPOCHS.sub(rf"\g<1> {self.epochs}", text)

    @property
    def label(self) -> str:
        """How its models' names begin."""
        return self.name if self.epochs is None else f"{self.name}-{self.epochs}"


def model_key(pipeline: Pipeline, data: Path = DATA, project: Path = PROJECT) -> str:
    """SHA-256 over the names and contents of all that training reads."""
    total = hashlib.sha256()
    for name, content in _read(pipeline, data, project):
        total.update(f"{name}\n{len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def _read(pipeline: Pipeline, data: Path, project: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(data.glob("*/*.yml")):
        yield f"data/{path.parent.name}/{path.name}", path.read_bytes()
    yield "config.yml", pipeline.config(project).encode()
    for name in TRAINED_FROM:
        yield name, (project / name).read_bytes()


def kept_model(rasa: Rasa, pipeline: Pipeline, data: Path = DATA) -> Path:
    """Where the model of these lines and this pipeline is kept, or would be."""
    part = "" if data == DATA else "-part"
    return rasa.kept / "models" / f"{pipeline.label}{part}-{model_key(pipeline, data)[:16]}.tar.gz"


def newest_model(rasa: Rasa) -> Path | None:
    """The model that was trained last."""
    return max(
        (rasa.kept / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime_ns, default=None
    )


def train(rasa: Rasa, pipeline: Pipeline, data: Path = DATA) -> Path:
    """A model for these lines, made now; older ones of its kind go. Raises NoRasaError."""
    model = kept_model(rasa, pipeline, data)
    kind = model.name.removesuffix(".tar.gz")[:-16]
    unfinished = f"{kind}unfinished-{time.monotonic_ns()}"
    config = rasa.kept / f"{kind}config.yml"  # a copy: Rasa writes into the one that it reads
    rasa.kept.mkdir(parents=True, exist_ok=True)
    config.write_text(pipeline.config(), "utf-8")
    command = rasa.command("train", "--skip-validation", "--config", str(config))
    command += ["--domain", str(PROJECT / "domain.yml"), "--data", str(data), str(PROJECT / "rules.yml")]
    command += ["--out", str(model.parent), "--fixed-model-name", unfinished]
    log = rasa.kept / "train.log"
    log.unlink(missing_ok=True)
    run_to_end(command, rasa.environment, log, "training Rasa")
    try:
        (model.parent / f"{unfinished}.tar.gz").rename(model)
    except FileNotFoundError:  # Rasa says what is wrong with its files, and leaves with 0
        raise NoRasaError(f"training Rasa left no model; {log} ends with:\n{last_lines(log)}") from None
    for old in model.parent.glob(f"{kind}{'[0-9a-f]' * 16}.tar.gz"):
        if old != model:
            old.unlink(missing_ok=True)
    return model


def server_command(rasa: Rasa, model: Path, port: int) -> list[str]:
    """Rasa's server on loopback: reading (`/model/parse`) and the REST channel open to this machine, nothing stored."""
    options = ["--interface", "127.0.0.1", "--port", str(port), "--model", str(model)]
    return rasa.command("run", "--enable-api", *options, "--credentials", str(CREDENTIALS))
