"""How often one address may do a thing, counted in this process.

Owns the counting, in real time. A brake against scripts, no promise: each web process counts for itself. What must hold
whatever happens (nobody is asked more often than so) is in the ledger.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

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


def is_among(address: str, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    """Whether the address lies in one of the networks; an IPv4 one also when it is written as IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)


def network_of(address: str) -> str:
    """The address itself, or the /64 of an IPv6 one, which is one household's."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
