"""When a wait ends: the day that a customer named, the next payday, the next Friday at half past five. Pure.

Owns the calendar of waits: `now` and the customer's zone are arguments, instants come back in UTC. A minute that the clocks
skip is the one after the gap, one that they strike twice the first of the two (R49).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never

from flows.definition import Wait
from flows.values import Scalar
from flows.zones import zone_named

MORNING = 600
"""Ten o'clock, in minutes of the day: when a named day and a payday begin for us."""

FARTHEST = timedelta(days=400)
"""A named day beyond it was misread, or is no promise that anybody remembers."""

PAYDAYS = (1, 15)
"""Days of the month on which people in the US are paid most often."""


def wait_ends(wait: Wait, named: Scalar, zone: str, now: datetime) -> datetime | None:
    """The moment until which to wait; None when there is none and `wait.seconds` count instead.

    `named` is the day that the customer named (ISO), whatever else it may hold.
    """
    match wait.until:
        case None:
            return None
        case "named":
            return named_day(named, zone, now)
        case "payday":
            return named_day(named, zone, now) or payday(zone, now)
        case "weekday":
            return None if wait.weekday is None else next_weekday(wait.weekday, wait.minute, zone, now)
        case _:
            assert_never(wait.until)


def named_day(named: Scalar, zone: str, now: datetime) -> datetime | None:
    """Ten in the morning, where the customer is, of the ISO day `named`; None if that is no day, over, or too far."""
    try:
        day = date.fromisoformat(named) if isinstance(named, str) else None
    except ValueError:
        return None
    if day is None:
        return None
    moment = _local(day, MORNING, zone)
    return moment if now < moment < now + FARTHEST else None


def payday(zone: str, now: datetime) -> datetime:
    """Ten in the morning of the next 1st or 15th; of the Friday before, where it falls on a weekend."""
    today = now.astimezone(zone_named(zone)).date()
    month = today.replace(day=1)
    while True:
        for day in PAYDAYS:
            moment = _local(_no_weekend(month.replace(day=day)), MORNING, zone)
            if moment > now:
                return moment
        month = (month + timedelta(days=31)).replace(day=1)


def next_weekday(weekday: int, minute: int, zone: str, now: datetime) -> datetime:
    """The next such day (0 is Monday) at that minute of it, later than now: today's counts until it is over."""
    today = now.astimezone(zone_named(zone)).date()
    day = today + timedelta(days=(weekday - today.weekday()) % 7)
    moment = _local(day, minute, zone)
    return moment if moment > now else _local(day + timedelta(days=7), minute, zone)


def _no_weekend(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def _local(day: date, minute: int, zone: str) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), zone_named(zone)).astimezone(UTC)
