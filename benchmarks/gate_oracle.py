"""The hours of the law, worked out a second time: from windows.yml itself, one clock and one minute at a time.

Shares the file with the program and no line of code, so that a fault in bot.compliance.book or windows shows. Slow where
that makes it plainer.
"""

from __future__ import annotations

import functools
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from bot.compliance.places import Place

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
PROVINCES = set("AB BC MB NB NL NS NT NU ON PE QC SK YT".split())


@functools.cache
def law() -> dict[str, Any]:
    """windows.yml as it stands."""
    text = resources.files("bot.compliance").joinpath("windows.yml").read_text("utf-8")
    found: dict[str, Any] = YAML(typ="safe").load(text)
    return found


def is_open(place: Place, at: datetime, window: str | None) -> bool:
    """Whether a text that keeps hours may arrive at that instant, on every clock where its reader may be."""
    clocks = [at.astimezone(zone(name)) for name in place.zones]
    return bool(clocks) and all(
        first <= clock.hour * 60 + clock.minute < last
        for clock in clocks
        for first, last in [span(place.country, place.regions, window, clock.date())]
    )


@functools.cache
def zone(name: str) -> ZoneInfo:
    """Read by itself: the program reads through flows.zones."""
    package, _, leaf = name.rpartition("/")
    folder = ".".join(["tzdata.zoneinfo", *package.split("/")]) if package else "tzdata.zoneinfo"
    with resources.files(folder).joinpath(leaf).open("rb") as file:
        return ZoneInfo.from_file(file, name)


@functools.lru_cache(maxsize=200_000)
def span(country: str | None, regions: tuple[str, ...], window: str | None, day: date) -> tuple[int, int]:
    """First minute and end of the open stretch of a local day; (0, 0) where there is none."""
    first, last = 0, 24 * 60
    lanes = rows(country, regions)
    if window is not None:
        lanes = [*lanes, [law()["send_windows"][window]]]
    for lane in lanes:
        row = in_force(lane, day)
        hours = spoken(row, DAYS[day.weekday()])
        if hours is None or ("holidays" in row and day in holidays(row["holidays"], day.year)):
            return 0, 0
        first, last = max(first, hours[0]), min(last, hours[1])
    return (first, last) if first < last else (0, 0)


def rows(country: str | None, regions: tuple[str, ...]) -> list[list[dict[str, Any]]]:
    """The lanes of the file that hold for this place."""
    book = law()
    found: list[list[dict[str, Any]]] = []
    for region in regions:
        if region in PROVINCES:
            found.append(book["countries"]["CA"])
        else:
            found += [book["federal"], book["states"].get(region, book["default"])]
    if country in book["countries"]:
        found.append(book["countries"][country])
    if not found:
        found = [book["federal"], book["default"], *book["states"].values()]
        if country != "US":
            found += [*book["countries"].values()]
    return found


def in_force(lane: list[dict[str, Any]], day: date) -> dict[str, Any]:
    """The row of that day; the first one before its time too."""
    dated = sorted(lane, key=lambda row: row.get("effective_from", date.min))
    come = [row for row in dated if row.get("effective_from", date.min) <= day]
    return come[-1] if come else dated[0]


def spoken(row: dict[str, Any], day: str) -> tuple[int, int] | None:
    """What the row says of a weekday, in minutes."""
    for key, value in row.items():
        ends = key.split("-")
        if ends[0] in DAYS and DAYS.index(ends[0]) <= DAYS.index(day) <= DAYS.index(ends[-1]):
            first, last = value.split("-")
            return minutes(first), minutes(last)
    return None


def minutes(text: str) -> int:
    """`09:30` as 570."""
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


@functools.cache
def holidays(name: str, year: int) -> frozenset[date]:
    """The days of a calendar that fall into a year."""
    rules, days = law()["holidays"][name], set()
    day = date(year, 1, 1)
    while day.year == year:
        for ahead in (-1, 0, 1) if rules["observed"] else (0,):
            fixed = day + timedelta(days=ahead)
            seen = {-1: 6, 0: fixed.weekday(), 1: 5}[ahead]  # Sunday's on Monday, Saturday's on Friday
            if f"{fixed:%m-%d}" in rules["fixed"] and fixed.weekday() == seen:
                days.add(day)
        week, last = (day.day + 6) // 7, (day + timedelta(days=7)).month != day.month
        spelled = f"{day.month}-{DAYS[day.weekday()]}-"
        if spelled + str(week) in rules["nth"] or (last and spelled + "last" in rules["nth"]):
            days.add(day)
        if (day - easter(year)).days in rules["easter"]:
            days.add(day)
        day += timedelta(days=1)
    return frozenset(days)


def easter(year: int) -> date:
    """Easter Sunday by the golden number and the epact (Knuth, TAOCP 1.3.2, exercise 14)."""
    golden, century = year % 19 + 1, year // 100 + 1
    skipped, moon = 3 * century // 4 - 12, (8 * century + 5) // 25 - 5
    sunday = 5 * year // 4 - skipped - 10
    epact = (11 * golden + 20 + moon - skipped) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    full = 44 - epact
    full += 30 if full < 21 else 0
    full += 7 - (sunday + full) % 7
    return date(year, 3, 1) + timedelta(days=full - 1)
