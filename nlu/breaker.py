"""Whether a server that fails is worth asking: a circuit breaker. Owns the counting; asks nothing, sleeps never.

Three states, as a table:

| state | asked | an answer leads to | a failure leads to |
|---|---|---|---|
| closed | always | closed, none counted | closed; open after FAILURES in a row |
| open | never, for PAUSE_SECONDS | | |
| half open | by one caller at a time | closed | open, for another pause |
"""

from __future__ import annotations

import threading
from collections.abc import Callable

FAILURES = 3
"""In a row, after which nobody asks."""
PAUSE_SECONDS = 30.0
"""For which nobody does. Long enough for a server that is starting not to be met by every text."""


class Breaker:
    """One server's. Safe to share between threads. `clock` gives seconds that never go back (`time.monotonic`)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until: float | None = None
        self._trying = False

    def asks(self) -> bool:
        """Whether to ask now. Whoever is told to has to say what came of it: `answered` or `failed`."""
        with self._lock:
            if self._open_until is None:
                return True
            if self._trying or self._clock() < self._open_until:
                return False
            self._trying = True
            return True

    def answered(self) -> bool:
        """It did. True to the one caller whose answer closed the breaker."""
        with self._lock:
            was_open = self._open_until is not None
            self._failures, self._open_until, self._trying = 0, None, False
            return was_open

    def failed(self) -> bool:
        """It did not. True to the one caller whose failure opened the breaker; a failed try is no news."""
        with self._lock:
            self._failures += 1
            if self._failures < FAILURES:
                return False
            was_open = self._open_until is not None
            self._open_until, self._trying = self._clock() + PAUSE_SECONDS, False
            return not was_open
