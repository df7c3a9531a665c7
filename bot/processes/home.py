"""The home folder: made when it is missing, and it belongs to one `winback up` at a time.

Owns the lock. It is the kernel's (flock), so it is gone when its holder is, however that ended.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HomeTaken(RuntimeError):
    """Another process holds the lock; the message says which."""


class HomeUnusable(RuntimeError):
    """Nothing can be kept in the home folder; the message says why, and what to do."""


def make_home(home: Path) -> None:
    """Make the folder, for its owner alone, unless it is there. Raises HomeUnusable."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise HomeUnusable(
            f"the home folder {home} can't be used ({error.strerror or type(error).__name__}): name one that this user "
            "may write to (`home` in config.yml, or WINBACK_HOME)"
        ) from error


@contextmanager
def locked(home: Path, name: str = "up.lock") -> Iterator[None]:
    """Hold the lock `name` of this home folder. Raises HomeTaken at once when somebody else does, or HomeUnusable."""
    make_home(home)
    path = home / name
    try:
        file = path.open("a+")
    except OSError as error:
        raise HomeUnusable(
            f"{path} can't be written ({error.strerror}): mend that, or set WINBACK_HOME"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise HomeTaken(f"the home folder {home} is in use by process {holder}: stop it first") from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def held(home: Path, name: str = "up.lock") -> bool:
    """Whether somebody holds that lock right now. Makes nothing."""
    try:
        with (home / name).open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
