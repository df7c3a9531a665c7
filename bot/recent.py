"""What many ask for within the same second, asked once: answers that are good for a moment, for all threads of a process.

Owns the memory and its end. Only for what is looked at (who waits, who watches): nothing is decided by it, and a deed reads
the database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_T = TypeVar("_T")

MOMENT = 0.9
"""Seconds: a page asks each second, and is to see by its next look what this one was too early for."""
AT_MOST = 1_000
"""Answers that are kept; with more, those that are over go."""


class Recent:
    """Answers, by whatever they depend on. With no `seconds`, each is asked for anew: for whoever is alone."""

    def __init__(
        self, seconds: float = MOMENT, clock: Callable[[], float] = time.monotonic, at_most: int = AT_MOST
    ) -> None:
        self._seconds, self._clock, self._at_most = seconds, clock, at_most
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def of(self, key: Hashable, ask: Callable[[], _T], seconds: float | None = None) -> _T:
        """The answer of a moment ago, else what `ask` gives now. Two who miss it at once both ask: no lock is held over a
        statement. `seconds`: how long this one is good, where that is not a moment."""
        if not self._seconds:
            return ask()
        now = self._clock()
        with self._lock:
            until, found = self._kept.get(key, (now, None))
        if until > now:
            answer: _T = found
            return answer
        answer = ask()
        with self._lock:
            if len(self._kept) >= self._at_most:
                self._kept = {each: kept for each, kept in self._kept.items() if kept[0] > now}
            if len(self._kept) < self._at_most:
                self._kept[key] = (
                    now + (seconds or self._seconds),
                    answer,
                )  # counted from before it was asked
        return answer
