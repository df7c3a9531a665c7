"""Rasa's server as it comes: one process on loopback, REST channel and reading open, nothing stored, no model server.

Owns starting, watching and ending it. It hangs on the same ropes as our own children: it does not outlive the benchmark.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.memory import stack_mb
from benchmarks.processes import command, cpu_seconds, family
from benchmarks.stack import free_ports
from bot.processes.supervise import Child, Supervisor
from bot.rasa.prepare import NoRasaError, Rasa, last_lines
from bot.rasa.training import server_command

UP_SECONDS = 600
"""It loads TensorFlow and the model before it listens: 20 s on a quiet machine."""


class Server:
    """The running server."""

    def __init__(self, supervisor: Supervisor, port: int) -> None:
        self._supervisor = supervisor
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def cpu_seconds(self) -> float:
        """Processor time so far."""
        return cpu_seconds(family(self._pid))

    def megabytes(self) -> float:
        """PSS of it and all below it."""
        return stack_mb(self._pid)

    def ask(self, path: str, document: object = None) -> Any:
        """One answer, as JSON or text; posts what it is given."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = None if document is None else json.dumps(document)
            line.request("GET" if body is None else "POST", path, body)
            answer = line.getresponse()
            content = answer.read().decode()
        finally:
            line.close()
        if answer.status != 200:
            raise NoRasaError(f"Rasa answers {path} with {answer.status}: {content[:300]}")
        return json.loads(content) if content[:1] in "[{" else content

    @property
    def alive(self) -> bool:
        """Whether the process is there (one that has ended has no command line)."""
        return bool(command(self._pid))

    @property
    def _pid(self) -> int:
        return self._supervisor.pids()[0]


@contextlib.contextmanager
def serving(rasa: Rasa, model: Path, log: Path) -> Iterator[Server]:
    """A server that answers, ended afterwards. Raises NoRasaError when it does not come up."""
    (port,) = free_ports(1)
    # it looks for more settings in the folder where it starts, and finds none here
    there = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', str(log.parent)]
    with log.open("w") as out:
        supervisor = Supervisor(rasa.environment, out=out, grace=20)
        supervisor.start([Child("rasa", (*there, *server_command(rasa, model, port)), ours=False)])
        try:
            server = Server(supervisor, port)
            _wait(server, log)
            yield server
        finally:
            supervisor.end()


def _wait(server: Server, log: Path) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.ask("/")
            return
        if not server.alive:
            break
        time.sleep(0.2)
    raise NoRasaError(f"Rasa's server is not there:\n{last_lines(log)}")
