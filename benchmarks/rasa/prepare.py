"""Rasa's environment and its trained model: made once, kept in .venv/rasa, made anew when what they come from changed.

Owns that folder, and the keys that say what its contents were made from. Starts no server. Nothing is written into
nlu/rasa, which is the project's source.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nlu.training_data import DATA

TOP = Path(__file__).parent.parent.parent
PROJECT = TOP / "nlu" / "rasa"
KEPT = TOP / ".venv" / "rasa"
LOCK = PROJECT / "requirements.lock"
TRAINED_FROM = ("config.yml", "domain.yml", "rules.yml", "requirements.lock")
"""Besides the training data: whoever changes one of these gets another model."""
WITHOUT = "--no-rasa goes without it"
_LAST_LINES = 15


class NoRasaError(RuntimeError):
    """Rasa could not be set up, trained or measured; the message has its last lines and the way round."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What a server is started from."""

    python: Path
    """Of Rasa's own environment."""
    model: Path
    environment: dict[str, str]


def prepared(python: Path, base: Mapping[str, str], say: Callable[[str], None], kept: Path = KEPT) -> Ready:
    """The environment and the model, from last time or made now (some minutes each). Raises NoRasaError."""
    kept.mkdir(parents=True, exist_ok=True)
    environment = surroundings(base, kept)
    own = kept / "env"
    if not is_made_from(own, key := environment_key()):
        say("Rasa: installing what nlu/rasa/requirements.lock names into .venv/rasa (2.7 GB, minutes, once)")
        _install(python, own, base, kept / "install.log")
        set_made_from(own, key)
    rasa = own / "bin" / "python"
    models, key = kept / "models", model_key()
    model = models / f"{key[:16]}.tar.gz"
    if not model.exists():
        say("Rasa: training (minutes, once for these lines and this pipeline)")
        shutil.rmtree(models, ignore_errors=True)
        _train(rasa, model, environment, kept)
    return Ready(rasa, model, environment)


def environment_key(lock: Path = LOCK) -> str:
    """SHA-256 of what is installed."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def model_key(data: Path = DATA, project: Path = PROJECT) -> str:
    """SHA-256 over the names and contents of all that training reads."""
    lines = sorted(data.glob("*/*.yml"))
    return _digest([(f"data/{path.parent.name}/{path.name}", path) for path in lines], project)


def _digest(lines: Iterable[tuple[str, Path]], project: Path) -> str:
    total = hashlib.sha256()
    for name, path in (*lines, *((name, project / name) for name in TRAINED_FROM)):
        content = path.read_bytes()
        total.update(f"{name}\n{len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def is_made_from(folder: Path, key: str) -> bool:
    """Whether the folder was finished, and from that key."""
    try:
        return (folder / "made-from").read_text("utf-8") == key
    except FileNotFoundError:
        return False


def set_made_from(folder: Path, key: str) -> None:
    """The last step of making it: a folder that was left half made has no such mark."""
    (folder / "made-from").write_text(key, "utf-8")


def surroundings(base: Mapping[str, str], kept: Path) -> dict[str, str]:
    """Rasa's environment variables: nothing is reported home, and nothing is written outside of `kept`."""
    return {
        **base,
        "HOME": str(kept / "home"),
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(kept / "cache"),
        "SANIC_WORKERS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }


def _install(python: Path, own: Path, environment: Mapping[str, str], log: Path) -> None:
    """As whoever called us: their settings of pip lie in their home."""
    shutil.rmtree(own, ignore_errors=True)
    _do([str(python), "-m", "venv", str(own)], environment, log, "making Rasa's environment")
    install = (
        "-m pip install -q --disable-pip-version-check --no-compile --require-hashes --no-deps -r".split()
    )
    _do([str(own / "bin" / "python"), *install, str(LOCK)], environment, log, "installing Rasa")


def _train(rasa: Path, model: Path, environment: Mapping[str, str], kept: Path) -> None:
    command = [str(rasa), "-m", "rasa", "train", "--skip-validation", "--config", str(PROJECT / "config.yml")]
    command += ["--domain", str(PROJECT / "domain.yml"), "--data", str(DATA), str(PROJECT / "rules.yml")]
    command += ["--out", str(model.parent), "--fixed-model-name", "unfinished"]
    log = kept / "train.log"
    _do(command, environment, log, "training Rasa")
    try:
        (model.parent / "unfinished.tar.gz").rename(model)
    except FileNotFoundError:  # Rasa says what is wrong with its files, and leaves with 0
        raise NoRasaError(f"training Rasa left no model ({WITHOUT}):\n{last_lines(log)}") from None


def _do(command: list[str], environment: Mapping[str, str], log: Path, what: str) -> None:
    """Run it to its end, in the folder of its log. Raises NoRasaError."""
    with log.open("a") as out:
        done = subprocess.run(
            command,
            cwd=log.parent,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        raise NoRasaError(f"{what} failed ({WITHOUT}):\n{last_lines(log)}")


def last_lines(log: Path) -> str:
    """What a program wrote last."""
    return os.linesep.join(log.read_text("utf-8", errors="replace").splitlines()[-_LAST_LINES:])
