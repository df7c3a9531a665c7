"""How often one address may do a thing, counted in this process.

Owns the counting, in real time. A brake against scripts, no promise: each web process counts for itself. What must hold
whatever happens (nobody is asked more often than so) is in the ledger.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

from bot.addresses import network_of

_KEPT = 10_000
"""Addresses that are remembered; beyond that the oldest are forgotten."""


class Limiter:
    """At most `most` in any `period` from one address."""

    def __init__(self, most: int, period: timedelta) -> None:
        self._most = most
        self._period = period
        self._seen: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def allows(self, address: str, now: datetime) -> bool:
        """Count one more of this address at `now` (real time), unless that is one too many."""
        name = network_of(address)
        with self._lock:
            times = self._seen.pop(name, deque())
            self._seen[name] = times  # to the end: the oldest of all are first
            while times and times[0] <= now - self._period:
                times.popleft()
            while len(self._seen) > _KEPT:
                self._seen.pop(next(iter(self._seen)))
            if len(times) >= self._most:
                return False
            times.append(now)
            return True
