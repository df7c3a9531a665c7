"""One home, one `up`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.checkup import examine
from bot.processes.home import HomeTaken, held, locked
from tests.support.cast import Cast
from tests.support.fakes import FakedApp


def test_a_second_holder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(HomeTaken, match=f"process {os.getpid()}"), locked(tmp_path):
        pass


def test_the_lock_is_free_again_when_its_holder_is_done(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "home"):
            pass


def test_asking_who_holds_it_takes_nothing(tmp_path: Path) -> None:
    assert not held(tmp_path)
    assert not (tmp_path / "up.lock").exists()
    with locked(tmp_path):
        assert held(tmp_path)
        assert held(tmp_path)
    assert not held(tmp_path)


def test_a_lock_file_that_a_crash_left_is_in_nobody_s_way(tmp_path: Path) -> None:
    (tmp_path / "up.lock").write_text("4711")
    with locked(tmp_path):
        assert held(tmp_path)


def test_doctor_misses_the_server_of_an_up_that_runs(app: FakedApp, cast: Cast) -> None:
    """What `winback up` would start is no comfort when it has, and nobody answers."""
    assert next(check for check in examine(app) if check.name == "redis").ok
    with locked(app.settings.home):
        found = next(check for check in examine(app) if check.name == "redis")
    assert not found.ok
    assert "does not answer" in found.why
