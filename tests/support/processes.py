"""Real processes in tests: free ports, waiting with a deadline, and seeing that one is gone."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_until(true: Callable[[], object], seconds: float = 30, what: str = "") -> None:
    """Look again and again until it is true; the test fails when it is not after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"not true within {seconds:g} s: {what or true}")
        pause.wait(0.05)


def gone(pid: int) -> bool:
    """Whether no such process works any more (a zombie is gone: only its parent's attention is missing)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def children_of(pid: int, *, deep: bool = True) -> set[int]:
    """The process's children, right now, and (`deep`) all below them. Linux only."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we were looking
    found: set[int] = set()
    new = {pid}
    while new and (deep or not found):
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found
