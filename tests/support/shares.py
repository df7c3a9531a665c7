"""The fast tests, a process a core, none of which reads another's files: `python -m tests.support.shares [options of pytest]`.

Owns who runs which file, and what is seen of it; must not know what a test is about. Each file goes to whoever has least
to do, by what it took the last time, or by its size. pytest-xdist's processes each read all files, and tell of each test:
together that took a quarter of the time of `make check`. Whoever fails last is all that `pytest --lf` knows of.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

MOST = 4
"""Processes at most."""
PATIENT = 20_000.0
"""Bytes of a test file that take a second, until somebody knows better."""

_seconds: Counter[str] = Counter()


def shares(weights: dict[str, float], processes: int) -> list[list[str]]:
    """Files for each process: the heaviest first, each to whoever has least so far."""
    found: list[list[str]] = [[] for _ in range(processes)]
    filled = [0.0] * processes
    for file in sorted(weights, key=lambda each: (-weights[each], each)):
        least = filled.index(min(filled))
        found[least].append(file)
        filled[least] += weights[file]
    return [share for share in found if share]


def weighed(tests: Path, told: Path) -> dict[str, float]:
    """Each test file with the seconds that it took lately. Whole files of slow tests are left out."""
    took: dict[str, float] = {}
    for each in sorted(told.glob("took-*.json")):
        took |= json.loads(each.read_text("utf-8"))
    files = [file for file in sorted(tests.rglob("test_*.py")) if not is_slow(file)]
    return {str(file): took.get(str(file), file.stat().st_size / PATIENT) for file in files}


def is_slow(file: Path) -> bool:
    """Whether all tests of a file are: then it is not even read where slow ones are left out."""
    return "\npytestmark = pytest.mark.slow" in file.read_text("utf-8")


def run(options: list[str]) -> int:
    """Run them. The first process is seen at work, the others when they have ended. Gives 1 if a test failed."""
    told = Path(".pytest_cache")
    told.mkdir(exist_ok=True)
    running = []
    for number, files in enumerate(shares(weighed(Path("tests"), told), min(MOST, os.cpu_count() or 1))):
        took = ["-p", "tests.support.shares", f"--took={told}/took-{number}.json"]
        out = tempfile.TemporaryFile() if number else None  # noqa: SIM115  read below, gone with this process
        command = [sys.executable, "-m", "pytest", *took, *options, *files]
        running.append((subprocess.Popen(command, stdout=out), out))
    failed = False
    for process, out in running:
        failed |= process.wait() != 0
        if out is not None:
            out.seek(0)
            sys.stdout.write(out.read().decode("utf-8", "replace"))
            sys.stdout.flush()
    return int(failed)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--took` names the file to leave the seconds of each test file in."""
    parser.addoption("--took", help="where to write how many seconds each file took")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what a step of a test took to its file."""
    _seconds[report.nodeid.split("::")[0]] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave them for the next time."""
    if told := session.config.getoption("--took"):
        Path(told).write_text(json.dumps(_seconds), "utf-8")


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
