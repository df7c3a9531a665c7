"""Spans of time as a merchant writes them: `4 days`, `72 hours`, `45 to 365 days`.

Owns the grammar of durations. A month is 30 days, a year 365: promises to customers are made in days.
"""

from __future__ import annotations

import re

_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
    "year": 365 * 86_400,
}
_ONE = re.compile(r"\s*(\d{1,4}(?:\.\d)?)\s*([a-z]+?)s?\s*", re.IGNORECASE)
_RANGE = re.compile(r"\s*(\d{1,4})\s*(?:to|-)\s*(\d{1,4})\s*days?\s*", re.IGNORECASE)
_BEFORE = re.compile(r"\s*(.+?)\s+before\s*", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"\s*(monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?:\s+(?:at\s+)?([01]?\d|2[0-3]):([0-5]\d))?\s*",
    re.IGNORECASE,
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_COUNT_PER = re.compile(r"\s*(\d{1,3})\s*(?:per|in|every)\s*(.+)", re.IGNORECASE)

LONGEST = 2 * 365 * 86_400
"""Two years, in seconds: beyond that a wait is a mistake."""


def seconds(text: str) -> int:
    """Whole seconds of a duration such as `4 days`. Raises ValueError with the accepted form."""
    found = _ONE.fullmatch(text)
    unit = found and _SECONDS.get(found.group(2).lower())
    if not found or not unit:
        raise ValueError("write a duration as a number and a unit, such as 4 days or 72 hours")
    value = round(float(found.group(1)) * unit)
    if not 0 < value <= LONGEST:
        raise ValueError("a duration is more than nothing and at most two years")
    return value


def day_range(text: str) -> tuple[int, int]:
    """First and last day of a range such as `45 to 365 days`. Raises ValueError with the accepted form."""
    found = _RANGE.fullmatch(text)
    if not found:
        raise ValueError("write a range of days as in 45 to 365 days")
    first, last = int(found.group(1)), int(found.group(2))
    if not 0 < first < last:
        raise ValueError("a range goes from the smaller number of days to the larger")
    return first, last


def count_per(text: str) -> tuple[int, int]:
    """Count and seconds of a cap such as `3 per 7 days`. Raises ValueError with the accepted form."""
    found = _COUNT_PER.fullmatch(text)
    if not found:
        raise ValueError("write a cap as in 3 per 7 days")
    return int(found.group(1)), seconds(found.group(2))


def seconds_before(text: str) -> int:
    """Whole seconds of a span such as `3 days before`; 0 for `that day`. Raises ValueError with the accepted form."""
    if text.strip().lower() == "that day":
        return 0
    found = _BEFORE.fullmatch(text)
    if not found:
        raise ValueError("write how long before, as in 3 days before, or that day")
    return seconds(found.group(1))


def weekday(text: str) -> tuple[int, int]:
    """Weekday (0 is Monday) and minute of the day of `friday 17:30`; ten o'clock unless said. Raises ValueError."""
    found = _WEEKDAY.fullmatch(text)
    if not found:
        raise ValueError("write a weekday and an hour, as in friday 17:30")
    minute = int(found.group(2)) * 60 + int(found.group(3)) if found.group(2) else 600
    return _WEEKDAYS.index(found.group(1).lower()), minute
