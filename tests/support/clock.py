"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)
"""A Wednesday, 1 p.m. in New York and 10 a.m. in Los Angeles: inside every send window of the mainland."""


class StillClock:
    """Passes for `bot.clock.real_now`: call it for the time, move it by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta | None = None, **units: float) -> datetime:
        """Go on by a timedelta, or by `days=4`, `seconds=3.1`; gives the new time."""
        self.now += by if by is not None else timedelta(**units)
        return self.now

    def set(self, now: datetime) -> datetime:
        """Stand at another instant."""
        self.now = now
        return now
