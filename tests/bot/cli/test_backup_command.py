"""`winback backup` and `winback restore` as an operator meets them, on a home folder."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.settings import make_secrets

pytestmark = pytest.mark.server


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    exit_code: int
    output: str


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo installation."""
    home = tmp_path / "home"
    make_secrets(home)
    for name in ("DATABASE_URL", "REDIS_URL", "WINBACK_SECRET_KEY", "WINBACK_DEMO_TWILIO_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for line in (home / "secrets.env").read_text().splitlines():
        if "=" in line:
            monkeypatch.setenv(*line.split("=", 1))
    monkeypatch.setenv("WINBACK_HOME", str(home))
    monkeypatch.setenv("WINBACK_CONFIG", str(tmp_path / "config.yml"))
    (tmp_path / "config.yml").write_text("{}\n")
    assert run("migrate", "--with-demo").exit_code == 0
    return home


def run(*arguments: str) -> Said:
    """The command line, as a process: one that has ended holds no database open."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments], capture_output=True, text=True, check=False
    )
    return Said(done.returncode, done.stdout + done.stderr)


def test_a_backup_and_back(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "winback-backup"
    said = run("backup", str(file))
    assert said.exit_code == 0, said.output
    assert "secret key" in said.output
    said = run("restore", str(file))
    assert said.exit_code == 1
    assert "--force" in said.output
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path / "new-home"))
    said = run("restore", str(file))
    assert said.exit_code == 0, said.output
    assert "shops paused        1" in said.output
    checks = {check["name"]: check for check in json.loads(run("doctor", "--json").output)}
    assert checks["restored"]["ok"] is False
    assert "winback resume" in checks["restored"]["remedy"]
    assert run("resume").exit_code == 0
    checks = {check["name"]: check for check in json.loads(run("doctor", "--json").output)}
    assert checks["restored"]["ok"] is True


def test_what_cannot_be_done_is_a_sentence(home: Path, tmp_path: Path) -> None:
    for arguments in (("restore", str(tmp_path / "nothing")), ("backup", str(tmp_path / "no" / "folder"))):
        said = run(*arguments)
        assert said.exit_code == 1
        assert said.output.startswith("Error: ")
        assert "Traceback" not in said.output
