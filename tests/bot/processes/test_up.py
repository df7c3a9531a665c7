"""`winback up` as a person runs it: it answers, mends itself, ends whole, and leaves no orphan."""

from __future__ import annotations

import os
import signal
import socket as socket_module
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.jobs.ringing import RqBell
from bot.processes import valkey
from bot.processes.up import answers
from tests.support.processes import children_of, free_ports, gone, wait_until

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]

EVERYBODY = ("standin", "web", "console", "worker", "clock")


@dataclass
class Up:
    """A running `winback up`."""

    process: subprocess.Popen[bytes]
    output: Path
    ports: list[int]
    environment: dict[str, str]

    @property
    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def pid_of(self, name: str) -> int:
        """The child of that name that was started by `up` itself; 0 when there is none."""
        found = [
            pid for pid in children_of(self.process.pid, deep=False) if f"bot.cli\0{name}\0" in _command(pid)
        ]
        return found[0] if found else 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _start(home: Path, ports: list[int], output: Path) -> Up:
    web, console, standin = ports
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    } | {
        "WINBACK_HOME": str(home),
        "WINBACK_WEB__PORT": str(web),
        "WINBACK_CONSOLE__PORT": str(console),
        "WINBACK_STANDIN__PORT": str(standin),
        "WINBACK_PUBLIC_URL": f"http://127.0.0.1:{web}",
    }
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "up"],
            env=environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    return Up(process, output, ports, environment)


@contextmanager
def running(folder: Path) -> Iterator[Up]:
    """Running, and saying so; killed at the end if the test did not end it."""
    up = _start(folder / "home", free_ports(3), folder / "up.log")
    try:
        wait_until(lambda: "Winback is running" in up.said or up.process.poll() is not None, 90, "up is up")
        assert "Winback is running" in up.said, up.said
        yield up
    finally:
        up.process.kill()
        up.process.wait()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for all tests that leave it as they found it."""
    with running(tmp_path_factory.mktemp("shared")) as shared:
        yield shared


def test_it_says_where_to_look_and_answers_there(up: Up) -> None:
    assert f"http://127.0.0.1:{up.ports[1]}/simulator" in up.said
    assert all(answers("127.0.0.1", port) for port in up.ports)


def test_no_orphan_is_left_after_a_kill_of_the_parent(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        children = children_of(up.process.pid)
        assert len(children) >= len(EVERYBODY) + 1  # and Valkey
        up.process.kill()
        up.process.wait()
        wait_until(lambda: all(gone(pid) for pid in children), 30, "all children are gone")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_end_is_quick_and_whole(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as up:
        children = children_of(up.process.pid)
        up.process.send_signal(number)
        assert up.process.wait(timeout=20) == 0
        assert all(gone(pid) for pid in children)
        assert "killing it" not in up.said


def test_after_a_crash_it_starts_by_itself_and_a_lost_socket_comes_back(tmp_path: Path) -> None:
    """Locks, socket and files of the one that was killed lie about, and nobody tidies up."""
    with running(tmp_path) as killed:
        children = children_of(killed.process.pid)
        for pid in [killed.process.pid, *children]:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: all(gone(pid) for pid in children), 30, "all of them are gone")
    socket = valkey.socket_path(tmp_path / "home")
    if (
        not socket.exists()
    ):  # Valkey noticed its parent's end before its own came, and had the time to tidy up
        with closing(socket_module.socket(socket_module.AF_UNIX)) as stale:
            stale.bind(str(socket))
    assert (tmp_path / "home" / "up.lock").exists()
    with running(tmp_path) as up:
        assert RqBell(valkey.address(tmp_path / "home")).answers()
        socket.unlink()
        wait_until(lambda: "socket is gone: starting it again" in up.said, 60, "it is missed")
        wait_until(RqBell(valkey.address(tmp_path / "home")).answers, 60, "the socket is back")
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(timeout=40) == 0


def test_a_killed_part_is_started_again(up: Up) -> None:
    for name in ("web", "worker", "clock"):
        before = up.pid_of(name)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda name=name: f"{name} ended (signal SIGKILL)" in up.said, 30, f"{name} is missed")
        wait_until(lambda name=name, before=before: up.pid_of(name) not in (0, before), 30, f"{name} is back")
    wait_until(lambda: answers("127.0.0.1", up.ports[0]), 30, "web answers again")


def test_a_second_one_on_the_same_home_is_refused(up: Up, tmp_path: Path) -> None:
    second = _start(Path(up.environment["WINBACK_HOME"]), free_ports(3), tmp_path / "second.log")
    assert second.process.wait(timeout=30) == 1
    assert f"in use by process {up.process.pid}" in second.said


def test_a_taken_port_is_named_with_the_setting_that_moves_it(up: Up, tmp_path: Path) -> None:
    other = _start(tmp_path / "other", up.ports, tmp_path / "other.log")
    assert other.process.wait(timeout=30) == 1
    assert f"127.0.0.1:{up.ports[0]} is taken" in other.said
    assert "WINBACK_WEB__PORT" in other.said
    assert not (tmp_path / "other" / "winback.db").exists()


def test_doctor_finds_nothing_wrong(up: Up) -> None:
    done = _doctor(up)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "redis: it answers" in done.stdout


def _doctor(up: Up) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "doctor"],
        env=up.environment,
        capture_output=True,
        text=True,
        check=False,
    )
