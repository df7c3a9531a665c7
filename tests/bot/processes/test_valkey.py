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
def test_the_server_answers_on_its_socket_ends_with_the_rope_and_starts_over_whatever_lies_about(
    tmp_path: Path,
) -> None:
    """A file that a crash cut in half and a socket that nobody listens on any more are in nobody's way."""
    for _start in range(2):
        reading, _writing = tether.rope()
        command = tether.tied(valkey.prepare(tmp_path), reading)
        with subprocess.Popen(command, pass_fds=(reading,), stdout=subprocess.DEVNULL) as server:
            bell = RqBell(valkey.address(tmp_path))
            wait_until(bell.answers)
            bell.ring("turns")
            assert bell.unheard("turns")
            server.kill()
        assert gone(server.pid)
        assert valkey.socket_path(tmp_path).exists(), "a kill leaves it"
        half = tmp_path / "valkey" / "appendonlydir"
        half.mkdir(exist_ok=True)
        (half / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 ty")
        (tmp_path / "valkey" / "nothing.rdb").write_bytes(b"VALKEY0")
    valkey.socket_path(tmp_path).unlink()
