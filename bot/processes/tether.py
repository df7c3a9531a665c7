"""No orphans: a child ends when the process that started it is gone, even by kill -9.

Owns two ropes. On Linux the kernel sends SIGTERM when the parent dies (PR_SET_PDEATHSIG). On every system the child
reads from a pipe whose other end only the parent holds: end of file means that the parent is gone; whoever has not
ended by itself GRACE_SECONDS later is killed with its whole process group. Run as a script, with `FD -- COMMAND`, this
file puts the ropes on a program that is not ours; so it imports nothing of ours.
"""

from __future__ import annotations

import ctypes
import os
import platform
import select
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 24.0
"""Longer than two of the provider's timeouts: a worker that is just handing over a batch may finish."""

LINUX = platform.system() == "Linux"
_PR_SET_PDEATHSIG = 1


def rope() -> tuple[int, int]:
    """A pipe: the parent keeps the second end open and never writes; each child gets the first as its `fd`."""
    return os.pipe()


def tie(fd: int | None) -> None:
    """End this process when the parent that holds the other end of `fd` dies. Does nothing without one."""
    if fd is None:
        return
    follow_parent()
    threading.Thread(target=_watch, args=(fd, os.getpid()), name="tether", daemon=True).start()


def follow_parent() -> None:
    """Have the kernel end this process with its parent (Linux; elsewhere nothing happens).

    The kernel means the thread that forked us: a parent must start its children from a thread that stays.
    """
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def tied(command: list[str], fd: int) -> list[str]:
    """The command line that runs a foreign program on these ropes."""
    return [sys.executable, "-I", "-S", __file__, str(fd), "--", *command]


def _watch(fd: int, pid: int) -> None:
    while os.read(fd, 1):
        pass
    os.kill(pid, signal.SIGTERM)
    threading.Event().wait(GRACE_SECONDS)
    if os.getpgrp() == pid:
        os.killpg(pid, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)


def _run_foreign(fd: int, command: list[str]) -> int:
    follow_parent()
    if select.select([fd], [], [], 0)[0]:
        return 1  # the parent died before the kernel was told to watch it
    if LINUX:
        os.close(fd)
        os.execv(command[0], command)  # noqa: S606  becoming it is the point
    child = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=_end_with_parent, args=(fd, child), daemon=True).start()
    return child.wait()


def _end_with_parent(fd: int, child: subprocess.Popen[bytes]) -> None:
    os.read(fd, 1)
    child.terminate()


if __name__ == "__main__":
    sys.exit(_run_foreign(int(sys.argv[1]), sys.argv[3:]))
