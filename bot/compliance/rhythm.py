"""A customer's own rhythm on the clock: when a text fits it, wherever the customer may be.

Owns the step from days and hours that somebody named to instants, and where they meet the hours of the law. Decides
nothing: bot.compliance.rules.goodwill does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from bot.compliance.places import Place
from bot.compliance.windows import next_opening
from flows.zones import zone_named
from nlu.rhythm import Rhythm

_ROUNDS = 60
"""Steps from hours to rhythm and back before they count as never meeting: two weeks have fewer openings."""


def next_fit(rhythm: Rhythm, zones: Sequence[str], at: datetime) -> datetime | None:
    """The first instant from `at` on that fits days and hours on the clock of every zone; None: none in two weeks."""
    moment, horizon = at, at + timedelta(days=14)
    while moment < horizon:
        latest = max((_on_one_clock(rhythm, zone, moment) for zone in zones), default=moment)
        if latest == moment:
            return moment
        moment = latest
    return None


def fit_ends(rhythm: Rhythm, zones: Sequence[str], at: datetime) -> datetime:
    """Until when `at`, which fits, goes on fitting; midnight at the latest."""
    return min(_on_day(zone, at.astimezone(zone_named(zone)), rhythm.to_minute) for zone in zones)


def next_welcome(
    place: Place, at: datetime, send_window: str | None, rhythm: Rhythm | None
) -> datetime | None:
    """The first instant from `at` on that is inside hours and send window, and fits the rhythm where there is one."""
    moment = at
    for _ in range(_ROUNDS):
        opening = next_opening(place, moment, send_window)
        if opening is None or rhythm is None:
            return opening
        fit = next_fit(rhythm, place.zones, opening)
        if fit is None or fit == opening:
            return fit
        moment = fit
    return None


def _on_one_clock(rhythm: Rhythm, zone: str, at: datetime) -> datetime:
    local = at.astimezone(zone_named(zone))
    for ahead in range(9):
        day = local + timedelta(days=ahead)
        if day.weekday() not in rhythm.weekdays or at >= _on_day(zone, day, rhythm.to_minute):
            continue
        return max(at, _on_day(zone, day, rhythm.from_minute))
    return at + timedelta(days=9)


def _on_day(zone: str, day: datetime, minute: int) -> datetime:
    """That minute of the local day as an instant; the midnight that ends it for 24 * 60."""
    days, rest = divmod(minute, 24 * 60)
    wall = datetime.combine(day.date() + timedelta(days=days), time(rest // 60, rest % 60), zone_named(zone))
    return wall.astimezone(UTC)
