"""A date out of a customer's text: «March 3», «3/14», «3 de marzo», «tomorrow», «friday», «2026-12-01». Pure.

Owns the forms of dates. The text is plain (`asking.plain`); `now` and the zone say which day it is where the customer is.
A day without a year is the next such day, today included; «next friday» is the coming one, as «friday» is. A month without
a day is no date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from flows.zones import zone_named

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene",
            "february feb febrero",
            "march mar marzo",
            "april apr abril abr",
            "may mayo",
            "june jun junio",
            "july jul julio",
            "august aug agosto ago",
            "september sept sep septiembre setiembre",
            "october oct octubre",
            "november nov noviembre",
            "december dec diciembre dic",
        ),
        1,
    )
    for name in names.split()
}
"""Names of months, short and long, English and Spanish without accents, and the number of each."""
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon lunes",
            "tuesday tues tue martes",
            "wednesday wed weds miercoles",
            "thursday thurs thur thu jueves",
            "friday fri viernes",
            "saturday sat sabado",
            "sunday sun domingo",
        )
    )
    for name in names.split()
}
_COUNTS = {
    **dict.fromkeys(("a", "an", "one", "un", "una", "uno"), 1),
    **dict.fromkeys(("two", "dos", "a couple of", "un par de"), 2),
    **dict.fromkeys(("three", "tres"), 3),
    **dict.fromkeys(("four", "cuatro"), 4),
    **dict.fromkeys(("five", "cinco"), 5),
    **dict.fromkeys(("six", "seis"), 6),
    **dict.fromkeys(("seven", "siete"), 7),
    **dict.fromkeys(("eight", "ocho"), 8),
    **dict.fromkeys(("nine", "nueve"), 9),
    **dict.fromkeys(("ten", "diez"), 10),
}


def _any(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_ISO = re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)")
_SLASHED = re.compile(
    r"(?<![\d/.-])(?P<a>\d{1,2})(?P<by>[/.-])(?P<b>\d{1,2})(?:(?P=by)(?P<y>\d{4}|\d{2}))?(?![\d/-])"
)
_YEAR = r"(?:,? (?:of |de |del )?(?P<y>\d{4}))?"
_MONTH_FIRST = re.compile(
    rf"\b(?P<m>{_any(MONTHS)})\.? (?:the |el )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d){_YEAR}\b"
)
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|ro|o)?(?: of| de|-)? ?(?P<m>{_any(MONTHS)})\b\.?{_YEAR}"
    rf"|\b(?P<first>primero|first)(?: of| de) (?P<m1>{_any(MONTHS)})\b"
)
_NEAR = {
    "day after tomorrow": 2,
    "pasado manana": 2,
    "tomorrow": 1,
    "tomorow": 1,
    "tommorow": 1,
    "tommorrow": 1,
    "tmrw": 1,
    "tmr": 1,
    "manana": 1,
    "today": 0,
    "tonight": 0,
    "hoy": 0,
    "yesterday": -1,
    "ayer": -1,
}
_SOON = re.compile(rf"\b(?P<near>{_any(_NEAR)})\b")
_MORNING = re.compile(r"\b(?:por|de|en) la manana\b")
_SPAN = re.compile(
    rf"\b(?:in|en|dentro de) (?P<n>\d{{1,2}}|{_any(_COUNTS)}) (?P<unit>days?|dias?|weeks?|semanas?)\b"
)
_WEEKDAY = re.compile(rf"\b(?P<name>{_any(_WEEKDAYS)})\b")
_OF_MONTH = re.compile(
    r"\b(?:the|el|dia|on the) (?P<d>\d{1,2})(?:st|nd|rd|th)?\b|\b(?P<nth>\d{1,2})(?:st|nd|rd|th)\b"
)


def read_date(
    text: str, now: datetime, zone: str, *, day_first: bool, without_year: bool
) -> tuple[str, bool] | None:
    """The date in a plain text, ISO (MM-DD `without_year`), and whether the text has little else. None: none is clear.

    `day_first` decides 3/4, where both could be the month.
    """
    today = now.astimezone(zone_named(zone)).date()
    text = _MORNING.sub(" ", text)
    for pattern in (_ISO, _SLASHED, _MONTH_FIRST, _DAY_FIRST, _SOON, _SPAN, _WEEKDAY, _OF_MONTH):
        match = pattern.search(text)
        if match is None:
            continue
        found = _date_of(match, today, day_first=day_first, without_year=without_year)
        if found is None:
            return None
        rest = text[: match.start()] + " " + text[match.end() :]
        if re.search(r"\d", rest) and pattern in (_SLASHED, _OF_MONTH, _SOON, _WEEKDAY) and without_year:
            return None
        whole = "?" not in text and len(re.findall(r"[^\W_]+", rest)) <= 2
        return found, whole
    return None


def _date_of(match: re.Match[str], today: date, *, day_first: bool, without_year: bool) -> str | None:
    pattern, groups = match.re, match.groupdict()
    if pattern is _SOON:
        return _said(today + timedelta(days=_NEAR[groups["near"]]), without_year)
    if pattern is _SPAN:
        count = int(groups["n"]) if groups["n"].isdecimal() else _COUNTS[groups["n"]]
        return _said(today + timedelta(days=count * (7 if groups["unit"][0] in "ws" else 1)), without_year)
    if pattern is _WEEKDAY:
        ahead = (_WEEKDAYS[groups["name"]] - today.weekday()) % 7 or 7
        return _said(today + timedelta(days=ahead), without_year)
    if pattern is _OF_MONTH:
        day = int(groups["d"] or groups["nth"])
        return next((_said(each, without_year) for each in _months_from(today, day) if each >= today), None)
    month, day = _month_and_day(match, groups, day_first=day_first)
    year = _year(groups.get("y"))
    if without_year:
        return f"{month:02d}-{day:02d}" if _day(2000, month, day) else None
    if year is not None:
        exact = _day(year, month, day) if 1900 <= year <= 2100 else None
        return exact.isoformat() if exact else None
    coming = (_day(year, month, day) for year in range(today.year, min(today.year + 9, 9999)))
    return next((each.isoformat() for each in coming if each is not None and each >= today), None)


def _month_and_day(match: re.Match[str], groups: dict[str, str], *, day_first: bool) -> tuple[int, int]:
    if match.re is _SLASHED:
        first, second = int(groups["a"]), int(groups["b"])
        if first > 12 or (day_first and second <= 12):
            first, second = second, first
        return first, second
    if match.re is _DAY_FIRST and groups["first"]:
        return MONTHS[groups["m1"]], 1
    month = groups["m"]
    return int(month) if month.isdecimal() else MONTHS[month], int(groups["d"])


def _months_from(today: date, day: int) -> Iterator[date]:
    """That day of this month and of the next ones that have it."""
    for months in range(4):
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        found = _day(year, month + 1, day)
        if found:
            yield found


def _year(written: str | None) -> int | None:
    if written is None:
        return None
    year = int(written)
    return year if len(written) == 4 else year + (2000 if year < 70 else 1900)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _said(day: date, without_year: bool) -> str:
    return day.isoformat()[5:] if without_year else day.isoformat()
