"""Children: started, watched, started again when they die, ended together.

Owns the life of child processes and the prefix of their output; knows nothing of what they are for (bot.processes.up).
Each child leads a process group of its own: Ctrl-C reaches only the parent, which then ends them in order.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO

from bot.processes import tether

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STEADY_SECONDS = 30.0
"""A child that lived this long starts again at once: its delay is forgotten."""
END_SECONDS = 25.0
"""From SIGTERM to SIGKILL; a little more than a worker needs to hand over the batch in its hands, two calls after each
other at a provider that does not answer (10 s each: bot.settings)."""
_COLOURS = (36, 32, 35, 33, 34, 31)


@dataclass(frozen=True, slots=True)
class Child:
    """What to run. `ours` takes the rope as `--tether FD`; a foreign program is put on it by a shim.

    `last`: ended after the others, because they use it.
    """

    name: str
    command: tuple[str, ...]
    ours: bool = True
    last: bool = False


@dataclass(slots=True)
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    started: float
    delay: float = FIRST_DELAY
    again_at: float | None = None


@dataclass
class Supervisor:
    """Runs children until it is told to stop. Must be used from one thread that lives as long as they do."""

    environment: Mapping[str, str]
    out: IO[str] = field(default_factory=lambda: sys.stdout)
    grace: float = END_SECONDS
    _running: list[_Running] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _rope: tuple[int, int] = field(default_factory=tether.rope)

    def catch_signals(self) -> None:
        """SIGTERM and Ctrl-C mean: stop."""
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGINT, lambda *_: self.stop())

    def stop(self) -> None:
        """Have `watch` return. From any thread, or a signal."""
        self._stop.set()

    def pids(self) -> list[int]:
        """The children's process ids, as they are now."""
        return [running.process.pid for running in self._running]

    def start(self, children: Iterable[Child]) -> None:
        """Start these children; they are watched from now on."""
        for child in children:
            self._running.append(_Running(child, self._spawn(child), time.monotonic()))

    def watch(self, each_look: Callable[[], None] = lambda: None) -> None:
        """Start again what dies, with growing pauses, until told to stop. `each_look` is called five times a second."""
        while not self._stop.wait(0.2):
            for running in self._running:
                self._look_after(running)
            each_look()

    def say(self, line: str) -> None:
        """One line of the parent's own."""
        with self._writing:
            print(line, file=self.out, flush=True)

    def renew(self, name: str) -> bool:
        """End the child of that name, which runs and is of no use any more, so that it is started again. False: none runs."""
        found = [each for each in self._running if each.child.name == name and each.again_at is None]
        for running in found:
            _signal_group(running.process, signal.SIGTERM)
        return bool(found)

    def end(self) -> None:
        """SIGTERM to all, SIGKILL to those that are still there after the grace; then those that go last."""
        for last in (False, True):
            group = [running.process for running in self._running if running.child.last is last]
            for process in group:
                _signal_group(process, signal.SIGTERM)
            deadline = time.monotonic() + self.grace
            for process in group:
                try:
                    process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    self.say(f"process {process.pid} does not end: killing it")
                _signal_group(process, signal.SIGKILL)  # also whatever it left behind in its group
                process.wait()

    def _look_after(self, running: _Running) -> None:
        now = time.monotonic()
        if running.again_at is not None:
            if now >= running.again_at:
                running.process, running.started, running.again_at = self._spawn(running.child), now, None
            return
        status = running.process.poll()
        if status is None:
            return
        _signal_group(running.process, signal.SIGKILL)
        running.delay = FIRST_DELAY if now - running.started > STEADY_SECONDS else running.delay
        self.say(f"{running.child.name} ended ({_status(status)}); starting it again in {running.delay:g} s")
        running.again_at = now + running.delay
        running.delay = min(running.delay * 2, LONGEST_DELAY)

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        fd = self._rope[0]
        command = [*child.command, "--tether", str(fd)] if child.ours else tether.tied([*child.command], fd)
        process = subprocess.Popen(
            command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(fd,),
            start_new_session=True,
        )
        threading.Thread(target=self._relay, args=(child, process.stdout), daemon=True).start()
        return process

    def _relay(self, child: Child, stream: IO[bytes]) -> None:
        """Pass a child's lines on, with its name before each."""
        label = f"{child.name:<8}|"
        if self.out.isatty():
            label = f"\x1b[{_COLOURS[sum(child.name.encode()) % len(_COLOURS)]}m{label}\x1b[0m"
        for line in stream:
            self.say(f"{label} {line.decode(errors='replace').rstrip()}")


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # gone already; on some systems a zombie's group answers «not permitted»
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _status(code: int) -> str:
    return f"exit status {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
