"""The real thing: `winback up` in a home folder of its own, on free ports, ended with everything that it started."""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.settings import child_environment

ROOT = Path(__file__).parents[2]
START_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Stack:
    """Where its servers listen."""

    web: str
    console: str
    standin: str


@contextmanager
def running() -> Iterator[Stack]:
    """A stack in demo mode, as long as the block lasts. Raises RuntimeError with its output if it does not start."""
    home = Path(tempfile.mkdtemp(prefix="wb-"))  # short: the embedded server's socket lies in it
    web, console, standin = (_free_port() for _ in range(3))
    (home / "config.yml").write_text("{}\n")  # not the checkout's own
    environment = child_environment(
        WINBACK_HOME=str(home),
        WINBACK_CONFIG=str(home / "config.yml"),
        WINBACK_WEB__PORT=str(web),
        WINBACK_CONSOLE__PORT=str(console),
        WINBACK_STANDIN__PORT=str(standin),
        WINBACK_PUBLIC_URL=f"http://127.0.0.1:{web}",
        WINBACK_LINK_URL=f"http://127.0.0.1:{web}",
        WINBACK_SETTLE_SECONDS="0.3",
    )
    with (home / "up.log").open("w+") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "up"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        try:
            for port, path in ((web, "/health/live"), (console, "/health"), (standin, "/standin/health")):
                _wait(up, port, path, home / "up.log")
            yield Stack(*(f"http://127.0.0.1:{port}" for port in (web, console, standin)))
        finally:
            up.send_signal(signal.SIGTERM)
            try:
                up.wait(40)
            except subprocess.TimeoutExpired:
                up.kill()
                up.wait()
    shutil.rmtree(home, ignore_errors=True)


def _wait(up: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    deadline, pause = time.monotonic() + START_SECONDS, threading.Event()
    while time.monotonic() < deadline and up.poll() is None:
        if _answers(port, path):
            return
        pause.wait(0.1)
    raise RuntimeError(f"no answer at {port}{path}:\n{log.read_text()}")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
