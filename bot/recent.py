"""What many ask for within the same second, asked once: answers that are good for a moment, for all threads of a process.

Owns the memory and its end, and the noting of which answers something was made of, so that it can be told again while
they stand. Only for what is looked at (who waits, who watches): nothing is decided by it, and a deed reads
the database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

_T = TypeVar("_T")

MOMENT = 0.9
"""Seconds: a page asks each second, and is to see by its next look what this one was too early for."""
AT_MOST = 1_000
"""Answers that are kept; with more, those that are over go."""


class Recent:
    """Answers, by whatever they depend on. They are over at the same beat, whenever they were asked for: so whoever asks
    first after it asks for all that many others need. With no `seconds`, each is asked for anew: for whoever is alone."""

    def __init__(
        self, seconds: float = MOMENT, clock: Callable[[], float] = time.monotonic, at_most: int = AT_MOST
    ) -> None:
        self._seconds, self._clock, self._at_most = seconds, clock, at_most
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._noting = threading.local()

    def of(self, key: Hashable, ask: Callable[[], _T], seconds: float | None = None) -> _T:
        """The answer of a moment ago, else what `ask` gives now. Two who miss it at once both ask: no lock is held over a
        statement. `seconds`: how long this one is good at most, where that is not a moment."""
        answer = self._of(key, ask, seconds)
        noted: dict[Hashable, Any] | None = getattr(self._noting, "noted", None)
        if noted is not None:
            noted[key] = answer
        return answer

    @contextmanager
    def noting(self) -> Iterator[dict[Hashable, Any]]:
        """Which answers this thread is given within the block, by key."""
        noted: dict[Hashable, Any] = {}
        self._noting.noted = noted
        try:
            yield noted
        finally:
            self._noting.noted = None

    def stands(self, noted: Mapping[Hashable, Any]) -> bool:
        """Whether whoever asked for all of this now would be given the same, and nothing would be asked for."""
        now = self._clock()
        with self._lock:
            kept = [(*self._kept.get(key, (now, None)), answer) for key, answer in noted.items()]
        return all(until > now and found == answer for until, found, answer in kept)

    def _of(self, key: Hashable, ask: Callable[[], _T], seconds: float | None) -> _T:
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
                length = seconds or self._seconds
                self._kept[key] = ((now // length + 1) * length, answer)
        return answer
