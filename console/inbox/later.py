"""The times for which a conversation can be put aside with one click.

Owns these few moments. Pure.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from console.inbox.times import Times
from flows.zones import zone_named

MORNING = 9
"""O'clock, where whoever looks is."""


def presets(times: Times) -> tuple[tuple[str, str], ...]:
    """(value, words) of each."""
    tomorrow, monday = moment_of("tomorrow", times), moment_of("monday", times)
    named = [("hour", "1 hour"), ("hours", "3 hours")]
    if tomorrow is not None:
        named.append(("tomorrow", times.when(tomorrow)))
    if monday is not None and monday != tomorrow:
        named.append(("monday", times.when(monday)))
    return tuple(named)


def moment_of(preset: str, times: Times) -> datetime | None:
    """The instant that is meant; None for a word that is none of these."""
    local = times.now.astimezone(zone_named(times.zone))
    match preset:
        case "hour":
            return times.now + timedelta(hours=1)
        case "hours":
            return times.now + timedelta(hours=3)
        case "tomorrow":
            return _morning(local.date() + timedelta(days=1), times)
        case "monday":
            return _morning(local.date() + timedelta(days=7 - local.weekday()), times)
        case _:
            return None


def days_later(given: str, times: Times) -> datetime | None:
    """The end of the day in a field `YYYY-MM-DD`; None when there is none."""
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    if not 2000 <= day.year <= 2200:
        return None
    after = datetime(day.year, day.month, day.day, tzinfo=zone_named(times.zone)) + timedelta(days=1)
    return after.astimezone(UTC)


def _morning(day: date, times: Times) -> datetime:
    return datetime(day.year, day.month, day.day, MORNING, tzinfo=zone_named(times.zone)).astimezone(UTC)
