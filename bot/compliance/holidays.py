"""The holidays on which some states allow no marketing text.

Owns the reckoning of movable days. Which days count is data (windows.yml); which states close is theirs.
"""

from __future__ import annotations

import calendar
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Holidays:
    """`fixed`: (month, day). `nth`: (month, weekday, which one; -1 the last). `easter`: days from Easter Sunday.

    `observed`: of a fixed day at a weekend, the Friday before or the Monday after counts as well.
    """

    fixed: tuple[tuple[int, int], ...]
    nth: tuple[tuple[int, int, int], ...]
    easter: tuple[int, ...]
    observed: bool

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Holidays:
        """From `fixed: [07-04]`, `nth: [11-thu-4, 5-mon-last]`, `easter: [-2]`, `observed: true`."""
        nth = [text.split("-") for text in data["nth"]]
        fixed = [text.split("-") for text in data["fixed"]]
        return cls(
            fixed=tuple((int(month), int(day)) for month, day in fixed),
            nth=tuple(
                (int(month), _WEEKDAYS.index(weekday), -1 if which == "last" else int(which))
                for month, weekday, which in nth
            ),
            easter=tuple(data["easter"]),
            observed=bool(data["observed"]),
        )

    def falls_on(self, day: date) -> bool:
        """True on a holiday and on the weekday on which one is observed."""
        return day in _days_of(self, day.year)


@functools.lru_cache(maxsize=256)
def _days_of(rules: Holidays, year: int) -> frozenset[date]:
    days = set()
    for each_year in (year, year + 1):  # New Year on a Saturday is observed on December 31
        for month, number in rules.fixed:
            day = date(each_year, month, number)
            days.add(day)
            if rules.observed:
                days.add(day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0)))
    days |= {_nth(year, *rule) for rule in rules.nth}
    days |= {_easter(year) + timedelta(days=offset) for offset in rules.easter}
    return frozenset(day for day in days if day.year == year)


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    last = calendar.monthrange(year, month)[1]
    days = [number for number in range(1, last + 1) if date(year, month, number).weekday() == weekday]
    return date(year, month, days[which if which < 0 else which - 1])


def _easter(year: int) -> date:
    """Easter Sunday, Gregorian (the anonymous algorithm of Nature, 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * i) // 451
    month, day = divmod(h + i - 7 * m + 114, 31)
    return date(year, month, day + 1)
