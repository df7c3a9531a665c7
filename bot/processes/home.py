"""The home folder belongs to one `winback up` at a time.

Owns the lock. It is the kernel's (flock), so it is gone when its holder is, however that ended.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HomeTaken(RuntimeError):
    """Another process holds the lock; the message says which."""


@contextmanager
def locked(home: Path, name: str = "up.lock") -> Iterator[None]:
    """Hold the lock `name` of this home folder. Raises HomeTaken at once when somebody else does."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / name
    with path.open("a+") as file:
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
