"""A real Valkey for the tests of bells."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.jobs.ringing import RqBell
from bot.processes import tether, valkey
from tests.support.processes import wait_until


@pytest.fixture
def valkey_server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running server for the home folder `tmp_path`, where `settings` has it too."""
    reading, _writing = tether.rope()
    command = tether.tied(valkey.prepare(tmp_path), reading)
    with subprocess.Popen(command, pass_fds=(reading,), stdout=subprocess.DEVNULL) as server:
        wait_until(RqBell(valkey.address(tmp_path)).answers)
        yield server
        server.terminate()
    valkey.socket_path(tmp_path).parent.rmdir()
