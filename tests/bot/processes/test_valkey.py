"""The embedded server: found, addressed, and started as a child."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.jobs.ringing import RqBell
from bot.processes import tether, valkey
from tests.support.processes import gone, wait_until


def test_the_socket_is_short_however_long_the_home_folders_path_is(tmp_path: Path) -> None:
    home = tmp_path / ("a" * 120) / ("b" * 120)
    assert len(bytes(valkey.socket_path(home))) <= valkey.LONGEST_SOCKET


def test_two_homes_have_two_sockets(tmp_path: Path) -> None:
    assert valkey.socket_path(tmp_path / "one") != valkey.socket_path(tmp_path / "two")


def test_the_same_home_by_another_road_has_the_same_socket(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    assert valkey.socket_path(tmp_path / "var") == valkey.socket_path(tmp_path / "var" / ".." / "var")


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    folder = valkey.socket_path(tmp_path).parent
    folder.mkdir()
    folder.chmod(0o755)
    try:
        with pytest.raises(PermissionError, match="remove it"):
            valkey.prepare(tmp_path)
    finally:
        folder.rmdir()


@pytest.mark.server
def test_the_server_answers_on_its_socket_keeps_what_it_was_told_and_ends_with_the_rope(
    tmp_path: Path,
) -> None:
    for told_before in (False, True):
        reading, _writing = tether.rope()
        command = tether.tied(valkey.prepare(tmp_path), reading)
        with subprocess.Popen(command, pass_fds=(reading,), stdout=subprocess.DEVNULL) as server:
            bell = RqBell(valkey.address(tmp_path))
            wait_until(bell.answers)
            assert bool(bell._redis.get("told")) is told_before
            bell._redis.set("told", "yes")
            server.terminate()
        assert gone(server.pid)
        assert list(tmp_path.glob("valkey/**/*.aof"))
