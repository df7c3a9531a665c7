"""The two clocks. Owns every look at the time; nobody else may call `datetime.now`.

Real time serves leases, timeouts and rate limits. Domain time (windows, timers, offers, consent) is real time plus the
offset in the database's one `clock` row: zero in production, movable only while the provider is the stand-in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.models import Clock

_OFFSET = select(Clock.offset_us).where(Clock.id == 1)

RealNow = Callable[[], datetime]
"""Gives the real time, aware and in UTC. Tests pass their own."""


def real_now() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  the one place


OFFSET = _OFFSET.scalar_subquery().label("clock_offset_us")
"""For a statement that a transaction begins with anyway: `domain_time` makes the time of it, without a second trip."""


def domain_time(offset_us: int | None, real: RealNow = real_now) -> datetime:
    """The domain time, from what `OFFSET` gave."""
    return real() + timedelta(microseconds=offset_us or 0)


def domain_now(session: Session, real: RealNow = real_now) -> datetime:
    """The domain time as this transaction sees it."""
    return real() + offset(session)


def offset(session: Session) -> timedelta:
    """How far domain time is ahead of real time (negative: behind)."""
    stored = session.execute(_OFFSET).scalar_one_or_none()
    return timedelta(microseconds=stored or 0)


def set_offset(session: Session, value: timedelta) -> None:
    """Put the domain clock `value` ahead of real time. Who may do that is the caller's business (bot.timetravel)."""
    micros = value // timedelta(microseconds=1)
    changed = session.execute(update(Clock).where(Clock.id == 1).values(offset_us=micros))
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        session.add(Clock(id=1, offset_us=micros))
