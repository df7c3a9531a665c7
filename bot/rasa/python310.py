"""Finds the Python 3.10 that Rasa 3.6 needs, which is not the one that runs us. Owns where to look; installs none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.settings import child_environment

NAME = "python3.10"
_ASK_SECONDS = 20
_SAY_VERSION = "import sys; print(*sys.version_info[:2])"


def find(environment: Mapping[str, str]) -> Path | None:
    """The first that runs and says 3.10, from the PATH, pyenv's versions or uv; None when there is none.

    Being there is not enough: pyenv puts a `python3.10` on the PATH that refuses unless that version is chosen.
    """
    return next((path for path in _candidates(environment) if _says(path, environment) == "3 10"), None)


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    search = environment.get("PATH", "")
    yield from (Path(folder, NAME) for folder in search.split(os.pathsep) if folder)
    home = environment.get("HOME", "/nonexistent")
    pyenv = Path(environment.get("PYENV_ROOT") or Path(home, ".pyenv"))
    for folder in sorted(pyenv.glob("versions/3.10*"), key=_patch, reverse=True):
        yield folder / "bin" / NAME
    if (uv := shutil.which("uv", path=search)) and (
        said := _output([uv, "python", "find", "3.10"], environment)
    ):
        yield Path(said)


def _patch(folder: Path) -> tuple[int, ...]:
    """3.10.13 is newer than 3.10.9."""
    return tuple(int(digits) for digits in re.findall(r"\d+", folder.name))


def _says(python: Path, environment: Mapping[str, str]) -> str:
    return _output([str(python), "-c", _SAY_VERSION], environment)


def _output(command: list[str], environment: Mapping[str, str]) -> str:
    """What it prints, or nothing when it can't be run or fails."""
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ASK_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _main() -> int:
    """`python -m bot.rasa.python310` prints the path; exit status 1 when there is none."""
    found = find(child_environment())
    print(found or "no Python 3.10")  # noqa: T201
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(_main())
