"""Children: prefixed, started again, ended."""

from __future__ import annotations

import io
import os
import sys
import threading

import pytest

from bot.processes.supervise import Child, Supervisor
from tests.support.processes import gone, wait_until

pytestmark = pytest.mark.server


def _child(name: str, code: str) -> Child:
    return Child(name, (sys.executable, "-u", "-c", code))


@pytest.fixture
def supervisor() -> Supervisor:
    return Supervisor(dict(os.environ), out=io.StringIO())


def _said(supervisor: Supervisor) -> str:
    assert isinstance(supervisor.out, io.StringIO)
    return supervisor.out.getvalue()


def _watch(supervisor: Supervisor, until: str) -> None:
    """Watch until the output has that text in it; the test fails if it never has."""
    deadline = threading.Timer(30, supervisor.stop)
    deadline.start()
    supervisor.watch(lambda: supervisor.stop() if until in _said(supervisor) else None)
    deadline.cancel()
    assert until in _said(supervisor)


def test_a_childs_lines_carry_its_name(supervisor: Supervisor) -> None:
    supervisor.start([_child("web", "print('hello'); input()")])
    _watch(supervisor, "web     | hello\n")
    supervisor.end()


def test_a_child_that_died_is_started_again(supervisor: Supervisor) -> None:
    code = "import os, sys; print('pid', os.getpid(), flush=True); sys.exit(3)"
    supervisor.start([_child("clock", code)])
    _watch(
        supervisor, "starting it again in 1 s"
    )  # the second pause: it was started twice, and the pauses grow
    assert "clock ended (exit status 3); starting it again in 0.5 s" in _said(supervisor)
    supervisor.end()


def test_the_end_reaches_everybody_also_those_who_do_not_listen(supervisor: Supervisor) -> None:
    supervisor.grace = 0.5
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); signal.pause()"
    supervisor.start([_child("worker", stubborn), _child("web", "import signal; signal.pause()")])
    pids = supervisor.pids()
    _watch(supervisor, "ready")
    supervisor.end()
    wait_until(lambda: all(gone(pid) for pid in pids))


def test_those_that_others_use_are_ended_last(supervisor: Supervisor) -> None:
    farewell = (
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\n"
        "print('ready')\nwhile True: signal.pause()"
    )
    used = Child("valkey", (sys.executable, "-u", "-c", farewell), last=True)
    supervisor.start([used, _child("web", farewell)])
    _watch(supervisor, "valkey  | ready")
    wait_until(lambda: "web     | ready" in _said(supervisor))
    supervisor.end()
    wait_until(lambda: _said(supervisor).count("bye") == 2)
    assert _said(supervisor).index("web     | bye") < _said(supervisor).index("valkey  | bye")
