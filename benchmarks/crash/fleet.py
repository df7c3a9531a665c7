"""The processes that are killed: started as an operator starts them, killed with -9, started again at once.

Owns spawning, killing and reaping; draws nothing. Whatever ended by itself is started again as well, as an operator's
supervisor does. Children hang on the ropes of `winback up`, so that none outlives this process. One thread, the one that
lives longest, must do all of it (bot.processes.tether).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Literal, TypeAlias

from benchmarks.processes import family
from bot.processes import tether

Way: TypeAlias = Literal["group", "parent", "child"]
"""What dies: the process with its children, it alone, or one child of it (a server's worker process)."""


@dataclass(slots=True)
class _Member:
    command: tuple[str, ...]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]
    born: float


class Fleet:
    """Processes by name. `log` takes what they write."""

    def __init__(self, environment: Mapping[str, str], log: IO[str]) -> None:
        self._environment = environment
        self._log = log
        self._rope = tether.rope()
        self._members: dict[str, _Member] = {}

    def start(self, name: str, role: str, **environment: str) -> None:
        """One of Winback's own, by the name of its command; several of one role have names of their own."""
        command = (sys.executable, "-m", "bot.cli", role, "--tether", str(self._rope[0]))
        self._add(name, command, {**self._environment, **environment})

    def start_foreign(self, name: str, command: Sequence[str]) -> None:
        """A program that is not ours."""
        self._add(name, tuple(tether.tied([*command], self._rope[0])), self._environment)

    @property
    def names(self) -> tuple[str, ...]:
        """Whoever belongs to it."""
        return tuple(self._members)

    def age(self, name: str) -> float:
        """Seconds since it was started last."""
        return time.monotonic() - self._members[name].born

    def kill(self, name: str, way: Way) -> None:
        """kill -9, now. `revive` starts it again (a server starts its killed child itself)."""
        member = self._members[name]
        pid = member.process.pid
        below = family(pid) - {pid} if way != "parent" else set()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if way == "child" and below:
                os.kill(max(below), signal.SIGKILL)
                member.born = time.monotonic()
            elif way == "parent":
                os.kill(pid, signal.SIGKILL)
            else:
                os.killpg(pid, signal.SIGKILL)

    def revive(self) -> int:
        """Start again whatever is gone; gives how many."""
        gone = [member for member in self._members.values() if member.process.poll() is not None]
        for member in gone:
            member.process = self._spawn(member.command, member.environment)
            member.born = time.monotonic()
        return len(gone)

    def end(self) -> None:
        """kill -9 for all: nothing is waited for, the round has been judged."""
        for member in self._members.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(member.process.pid, signal.SIGKILL)
            member.process.wait()
        for end in self._rope:
            os.close(end)

    def _add(self, name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> None:
        process = self._spawn(command, environment)
        self._members[name] = _Member(command, environment, process, time.monotonic())

    def _spawn(self, command: tuple[str, ...], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=(self._rope[0],),
            start_new_session=True,
        )
