"""Rasa's own environment: made once, kept, made anew when its lock changed. And how Rasa is called in it.

Owns the folder in which all of Rasa's things are kept. Nothing is written into nlu/rasa, which is the project's source.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parent.parent.parent
PROJECT = TOP / "nlu" / "rasa"
LOCK = PROJECT / "requirements.lock"
INSTALLED_GIGABYTES = 2.7
_NEEDED_BYTES = 4_000_000_000
"""While it is installed: what comes down lies beside what it is unpacked to."""
_LAST_LINES = 15


class NoRasaError(RuntimeError):
    """Rasa could not be set up, trained or started; the message has its last lines."""


@dataclass(frozen=True, slots=True)
class Rasa:
    """An installed Rasa: what a command of it is made from."""

    python: Path
    """Of its own environment."""
    kept: Path
    """Its folder: environment, models, logs, cache. Commands run in it, because Rasa looks for settings where it starts."""
    environment: dict[str, str]

    def command(self, *arguments: str) -> list[str]:
        """`rasa ARGUMENTS` in its own environment."""
        return [str(self.python), "-m", "rasa", *arguments]


def kept_in(home: Path) -> Path:
    """Where Rasa's things are kept: .venv/rasa of a checkout, else rasa in the home folder."""
    return TOP / ".venv" / "rasa" if (TOP / "pyproject.toml").exists() else home.resolve() / "rasa"


def installed(base: Mapping[str, str], kept: Path) -> Rasa | None:
    """Rasa as it was installed from today's lock; None where it has to be set up."""
    own = kept / "env"
    if not is_made_from(own, environment_key()):
        return None
    return Rasa(own / "bin" / "python", kept, surroundings(base, kept))


def set_up(python: Path, base: Mapping[str, str], say: Callable[[str], None], kept: Path) -> Rasa:
    """The environment, from last time or made now (some minutes). Raises NoRasaError."""
    if found := installed(base, kept):
        return found
    kept.mkdir(parents=True, exist_ok=True)
    own = kept / "env"
    shutil.rmtree(own, ignore_errors=True)
    if (free := shutil.disk_usage(kept).free) < _NEEDED_BYTES:
        raise NoRasaError(
            f"Rasa needs {_NEEDED_BYTES / 1e9:.0f} GB while it is installed; {kept} has {free / 1e9:.1f}"
        )
    say(
        f"Rasa: installing what nlu/rasa/requirements.lock names into {kept} ({INSTALLED_GIGABYTES} GB, minutes, once)"
    )
    _install(python, own, base, kept / "install.log")
    set_made_from(own, environment_key())
    return Rasa(own / "bin" / "python", kept, surroundings(base, kept))


def environment_key(lock: Path = LOCK) -> str:
    """SHA-256 of what is installed."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def is_made_from(folder: Path, key: str) -> bool:
    """Whether the folder was finished, and from that key."""
    try:
        return (folder / "made-from").read_text("utf-8") == key
    except (FileNotFoundError, NotADirectoryError):
        return False


def set_made_from(folder: Path, key: str) -> None:
    """The last step of making it: a folder that was left half made has no such mark."""
    (folder / "made-from").write_text(key, "utf-8")


def surroundings(base: Mapping[str, str], kept: Path) -> dict[str, str]:
    """Rasa's environment variables: nothing is reported home, nothing is written outside of `kept`, no secret is known."""
    return {
        **{name: value for name, value in base.items() if not name.startswith(("WINBACK_", "TWILIO_"))},
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
    log.unlink(missing_ok=True)
    run_to_end([str(python), "-m", "venv", str(own)], environment, log, "making Rasa's environment")
    install = (
        "-m pip install -q --disable-pip-version-check --no-compile --require-hashes --no-deps -r".split()
    )
    run_to_end([str(own / "bin" / "python"), *install, str(LOCK)], environment, log, "installing Rasa")


def run_to_end(command: list[str], environment: Mapping[str, str], log: Path, what: str) -> None:
    """Run it, in the folder of its log. Raises NoRasaError with the log's last lines when it fails."""
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
        raise NoRasaError(f"{what} failed; {log} ends with:\n{last_lines(log)}")


def last_lines(log: Path) -> str:
    """What a program wrote last."""
    return os.linesep.join(log.read_text("utf-8", errors="replace").splitlines()[-_LAST_LINES:])
