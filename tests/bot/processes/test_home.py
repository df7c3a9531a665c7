"""One home, one `up`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.processes.home import HomeTaken, locked


def test_a_second_holder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(HomeTaken, match=f"process {os.getpid()}"), locked(tmp_path):
        pass


def test_the_lock_is_free_again_when_its_holder_is_done(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "home"):
            pass
