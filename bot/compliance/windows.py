"""When a text that keeps hours may leave: the strictest hours in every zone where the customer may be.

Owns the step from local hours to instants. An instant is open only if it is inside the hours of every candidate state
on the local clock of every candidate zone (R23, R40, R41, R47, R49), and inside the send window that flow or shop asked
for. It alone prevents the text at 07:30 to somebody whose area code spans two zones.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from bot.compliance.book import Hours, book, strictest
from bot.compliance.places import Place
from flows.zones import zone_named

HORIZON_DAYS = 14
"""A window that does not open within two weeks counts as one that never does."""


class Span(NamedTuple):
    """An open stretch of time, end excluded, aware UTC."""

    opens: datetime
    closes: datetime


def window_at(place: Place, now: datetime, send_window: str | None = None) -> Span | None:
    """The open stretch that `now` lies in, or None when closed or when nobody knows the zone (R48).

    Raises ValueError for a send window that is not in windows.yml.
    """
    today = now.astimezone(UTC).date()
    for day in (today, today - timedelta(days=1)):
        for span in _spans(place.country, place.regions, place.zones, send_window, day):
            if span.opens <= now < span.closes:
                return span
    return None


def next_opening(place: Place, now: datetime, send_window: str | None = None) -> datetime | None:
    """The first open instant at or after `now`; None when there is none within HORIZON_DAYS.

    Raises ValueError for a send window that is not in windows.yml.
    """
    now = now.astimezone(UTC)
    today = now.date()
    for ahead in range(-1, HORIZON_DAYS + 1):
        spans = _spans(place.country, place.regions, place.zones, send_window, today + timedelta(days=ahead))
        for span in spans:
            if span.closes > now:
                return max(span.opens, now)
    return None


def shut_at(place: Place, now: datetime, send_window: str | None = None) -> str | None:
    """The first candidate clock on which it is not the hour, as `07:30 in America/Chicago`; None where it is on all.

    Raises ValueError for a send window that is not in windows.yml.
    """
    week = _send_week(send_window)
    for name in place.zones:
        clock = now.astimezone(zone_named(name))
        hours = strictest((_hours(place.country, place.regions, clock.date()), week[clock.weekday()]))
        if hours is None or not hours[0] <= clock.hour * 60 + clock.minute < hours[1]:
            return f"{clock:%a %H:%M} in {name}"
    return None


def ever_opens(country: str, regions: tuple[str, ...], send_window: str) -> bool:
    """Whether hours and send window overlap on any weekday: said at publishing, before anybody waits for ever."""
    week = _send_week(send_window)
    first = date(2026, 3, 2)  # a Monday; no holiday in that week
    days = (first + timedelta(days=number) for number in range(7))
    return any(strictest((book().hours(country, regions, day), week[day.weekday()])) for day in days)


def cap_24h(place: Place, now: datetime) -> int:
    """Most marketing texts in any 24 hours there (R42). Rows change by the UTC day: the cap needs no finer clock."""
    return _cap(place.country, place.regions, now.astimezone(UTC).date())


@functools.lru_cache(maxsize=4096)
def _cap(country: str | None, regions: tuple[str, ...], day: date) -> int:
    return book().cap_24h(country, regions, day)


@functools.lru_cache(maxsize=65_536)
def _hours(country: str | None, regions: tuple[str, ...], day: date) -> Hours:
    return book().hours(country, regions, day)


@functools.lru_cache(maxsize=32_768)
def _spans(
    country: str | None,
    regions: tuple[str, ...],
    zones: tuple[str, ...],
    send_window: str | None,
    day: date,
) -> tuple[Span, ...]:
    """The open stretches that begin on the UTC day `day`, in order.

    Worked out from the local days around it, so that a stretch over UTC midnight stays whole. No law's hours go
    round the clock, so none is longer than its local day.
    """
    week = _send_week(send_window)
    common: list[Span] | None = None
    for name in zones:
        mine = []
        for ahead in range(-2, 3):
            local_day = day + timedelta(days=ahead)
            hours = strictest((_hours(country, regions, local_day), week[local_day.weekday()]))
            if hours is not None:
                mine.append(
                    Span(_instant(name, local_day, hours[0], max), _instant(name, local_day, hours[1], min))
                )
        common = mine if common is None else _overlaps(common, mine)
    return tuple(span for span in common or () if span.opens.date() == day and span.opens < span.closes)


def _overlaps(first: list[Span], second: list[Span]) -> list[Span]:
    found = (
        Span(max(one.opens, other.opens), min(one.closes, other.closes)) for one in first for other in second
    )
    return sorted(span for span in found if span.opens < span.closes)


def _instant(
    name: str, day: date, minutes: int, choose: Callable[[tuple[datetime, datetime]], datetime]
) -> datetime:
    """A wall-clock time as an instant. Where the clock was changed it has two readings: the stricter is `choose`n."""
    whole, rest = divmod(minutes, 24 * 60)
    wall = datetime.combine(day + timedelta(days=whole), time(rest // 60, rest % 60), zone_named(name))
    readings = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    return choose(readings)


def _send_week(name: str | None) -> tuple[tuple[int, int] | None, ...]:
    known = book().send_windows
    if name is None:
        name = "any"
    if name not in known:
        raise ValueError(f"no send window is called {name!r}; there are {', '.join(known)}")
    return known[name]
