"""What `windows.yml` says, as values: hours and caps of each jurisdiction, send windows, country profiles.

Owns the reading of that file and the choice of rows for a place and a local day. Knows no zone and no instant:
bot.compliance.windows turns local hours into instants.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from bot.compliance.areas import areas
from bot.compliance.holidays import Holidays

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Hours = tuple[int, int] | None
"""Minutes since local midnight, end excluded; None: closed all day."""
Week = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]


@dataclass(frozen=True, slots=True)
class Row:
    """The rules of one jurisdiction from one day on."""

    jurisdiction: str
    week: Week
    holidays: str | None
    """The calendar on whose days it is closed; None: on none."""
    cap_24h: int
    effective_from: date
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a country asks of a marketing text beyond its hours. The days say how long a consent of that kind lasts."""

    country: str
    marketing_consent: tuple[str, ...]
    implied_days: int
    """After the last order."""
    inquiry_days: int
    """After the customer's own inquiry, where no order is known."""
    soft_days: int
    """After the last order: an existing customer's consent to own similar goods."""
    stop_in_every_text: bool
    """R150: each marketing text says how to stop."""
    effective_from: date
    source: str
    confidence: str

    def runs_out(self, kind: str, given_at: datetime, last_order_at: datetime | None) -> datetime | None:
        """When such a consent ends (R150, R155); None: not by time.

        Implied consent rests on the last order, or on an inquiry at `given_at`, whichever lasts longer. Soft consent
        rests on the sale: the last order, or `given_at` where none is known.
        """
        if kind == "soft":
            return (last_order_at or given_at) + timedelta(days=self.soft_days)
        if kind != "implied":
            return None
        by_inquiry = given_at + timedelta(days=self.inquiry_days)
        if last_order_at is None:
            return by_inquiry
        return max(by_inquiry, last_order_at + timedelta(days=self.implied_days))


@dataclass(frozen=True, slots=True)
class Book:
    """The whole file. Each tuple of rows is sorted by its first day."""

    version: str
    review_by: date
    federal: tuple[Row, ...]
    default: tuple[Row, ...]
    states: Mapping[str, tuple[Row, ...]]
    countries: Mapping[str, tuple[Row, ...]]
    """Every country outside the US that has hours."""
    holidays: Mapping[str, Holidays]
    send_windows: Mapping[str, Week]
    profiles: Mapping[str, Profile]

    def rows(self, country: str | None, regions: tuple[str, ...], day: date) -> tuple[Row, ...]:
        """Every row that holds for somebody of this country's number who may be in any of these regions, on this local day.

        R40, R41: a state without a row has the default; where the state is unknown, all rows hold.
        """
        chosen = [lane for region in regions for lane in self._of_region(region)]
        if country is not None and country in self.countries:
            chosen.append(self.countries[country])
        elif not regions:
            chosen = [self.federal, self.default, *self.states.values()]
            chosen += [] if country == "US" else self.countries.values()
        return tuple(_in_force(lane, day) for lane in chosen)

    def hours(self, country: str | None, regions: tuple[str, ...], day: date) -> Hours:
        """The strictest of all rows on this local day."""
        rows = self.rows(country, regions, day)
        if any(self.closed(row, day) for row in rows):
            return None
        return strictest(row.week[day.weekday()] for row in rows)

    def closed(self, row: Row, day: date) -> bool:
        """Whether that local day is a holiday on which the row is closed."""
        return row.holidays is not None and self.holidays[row.holidays].falls_on(day)

    def cap_24h(self, country: str | None, regions: tuple[str, ...], day: date) -> int:
        """Most marketing texts in any 24 hours (R42)."""
        return min(row.cap_24h for row in self.rows(country, regions, day))

    def all_rows(self) -> tuple[Row, ...]:
        """Every row of every jurisdiction, for docs and tests."""
        lanes = [self.federal, self.default, *self.states.values(), *self.countries.values()]
        return tuple(row for lane in lanes for row in lane)

    def _of_region(self, region: str) -> tuple[tuple[Row, ...], ...]:
        if areas().countries.get(region) == "CA":
            return (self.countries["CA"],)
        return (self.federal, self.states.get(region, self.default))


def strictest(hours: Iterable[Hours]) -> Hours:
    """The overlap of all; None when one is closed or nothing is left."""
    start, end = 0, 24 * 60
    for each in hours:
        if each is None:
            return None
        start, end = max(start, each[0]), min(end, each[1])
    return (start, end) if start < end else None


@functools.cache
def book() -> Book:
    """The shipped file, read once."""
    return read_book(resources.files("bot.compliance").joinpath("windows.yml").read_text("utf-8"))


def read_book(text: str) -> Book:
    """A file of that form. Raises ValueError (or KeyError for a missing part) with what is wrong."""
    data = YAML(typ="safe").load(text)
    return Book(
        version=str(data["version"]),
        review_by=data["review_by"],
        federal=_rows("federal", data["federal"]),
        default=_rows("default", data["default"]),
        states={state: _rows(f"US-{state}", rows) for state, rows in data["states"].items()},
        countries={country: _rows(country, rows) for country, rows in data["countries"].items()},
        holidays={name: Holidays.parse(row) for name, row in data["holidays"].items()},
        send_windows={name: _week(row) for name, row in data["send_windows"].items()},
        profiles={
            country: Profile(country, **{**row, "marketing_consent": tuple(row["marketing_consent"])})
            for country, row in data["profiles"].items()
        },
    )


def _in_force(lane: tuple[Row, ...], day: date) -> Row:
    """The latest row whose day has come. The first one counts before its day too: a virtual clock may stand in 1998."""
    found = lane[0]
    for row in lane[1:]:
        if row.effective_from <= day:
            found = row
    return found


def _rows(jurisdiction: str, listed: list[dict[str, Any]]) -> tuple[Row, ...]:
    rows = [
        Row(
            jurisdiction=jurisdiction,
            week=_week(row),
            holidays=row.get("holidays"),
            cap_24h=int(row["cap_24h"]),
            effective_from=row["effective_from"],
            source=row["source"],
            confidence=row["confidence"],
        )
        for row in listed
    ]
    return tuple(sorted(rows, key=lambda row: row.effective_from))


def _week(row: Mapping[str, Any]) -> Week:
    days: list[Hours] = [None] * 7
    for key, value in row.items():
        first, _, last = key.partition("-")
        if first not in WEEKDAYS or (last and last not in WEEKDAYS):
            continue
        for number in range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1):
            days[number] = _hours(value)
    mon, tue, wed, thu, fri, sat, sun = days
    return mon, tue, wed, thu, fri, sat, sun


def _hours(text: str) -> Hours:
    start, _, end = text.partition("-")
    minutes = _minutes(start), _minutes(end)
    if not minutes[0] < minutes[1] <= 24 * 60:
        raise ValueError(f"not hours of one day: {text!r}")
    return minutes


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(timedelta(hours=int(hours), minutes=int(minutes)) / timedelta(minutes=1))
