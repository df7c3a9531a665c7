"""Dates as files write them, and which of day and month comes first.

Owns the forms and the decision, all pure. A date without a zone is in the shop's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal, TypeAlias

from bot.importing.values import BadCell
from flows.asking_dates import MONTHS

DateOrder: TypeAlias = Literal["mdy", "dmy"]

_TIME = re.compile(
    r"(?:^|[ T,]|\bat\b)\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([ap]\.?m\.?)?\s*"
    r"(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_NO_YEAR = re.compile(r"-{0,2}(\d{1,2})[-/.](\d{1,2})")
_EPOCH = re.compile(r"(\d{10})(\d{3})?(?:\.\d+)?")
_SERIAL = re.compile(r"(\d{5})(\.\d+)?")
_DAY_NAMES = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_NAMED = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE)
_NAMED_AFTER = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+(?:de\s+)?([^\W\d_]+)\.?,?[\s-]+(?:de\s+)?(\d{4}|\d{2})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class OrderFound:
    """Which comes first in `3/4/2026`. `sure`: some date of the sample can be read one way only."""

    order: DateOrder
    sure: bool
    seen: int
    """Dates in the sample for which the question arises at all."""


def decide_order(cells: Iterable[str], *, fallback: DateOrder) -> OrderFound:
    """Look at a sample of a file's dates. The clear ones decide by majority, `fallback` where there are none."""
    month_first = day_first = seen = 0
    for cell in cells:
        found = _YEAR_LAST.match(cell.strip())
        if not found or found.group(2) == ".":
            continue
        seen += 1
        month_first += int(found.group(3)) > 12
        day_first += int(found.group(1)) > 12
    if month_first == day_first:
        return OrderFound(fallback, False, seen)
    return OrderFound("mdy" if month_first > day_first else "dmy", True, seen)


@functools.lru_cache(4_096)
def parse_when(raw: str, zone: tzinfo, order: DateOrder) -> datetime:
    """The aware UTC instant that the cell means; a date alone is its first moment in `zone`. Raises BadCell."""
    text = re.sub(r"\s+", " ", raw.strip())
    if found := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(found.group(1)), UTC)
    if (found := _SERIAL.fullmatch(text)) and 10_000 <= int(found.group(1)) <= 80_000:
        # a spreadsheet's day number: 1 is the first day of 1900, and it believes in a 29 February 1900
        day = datetime(1899, 12, 30, tzinfo=zone) + timedelta(days=int(found.group(1)))
        return (day + timedelta(seconds=round(float(found.group(2) or 0) * 86_400))).astimezone(UTC)
    date, hours = text, (0, 0, 0, 0)
    if found := _TIME.search(text):
        date, hours = text[: found.start()].rstrip(" ,"), _hours(found, raw)
        zone = _zone(found.group(6)) or zone
    year, month, day_ = _date(_DAY_NAMES.sub("", date), order, raw)
    try:
        return datetime(year, month, day_, *hours, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadCell(f"there is no such date as «{raw.strip()[:30]}» (read as {_said(order)})") from error


def parse_birthday(raw: str, order: DateOrder) -> str | None:
    """MM-DD of a date in any of these forms, with or without a year; None for what is none. The year is not kept: nobody
    has to know how old somebody is to wish them well."""
    text = re.sub(r"\s+", " ", raw.strip())
    if found := _NO_YEAR.fullmatch(text):
        first, second = int(found.group(1)), int(found.group(2))
        day_first = order == "dmy" and "-" not in text  # 05-04 is how ISO and we write it
        month, day = (second, first) if day_first else (first, second)
        text = f"2024-{month}-{day}"  # a leap year
    elif re.fullmatch(r"[^\W\d_]+\.? \d{1,2}|\d{1,2}\.? (?:de )?[^\W\d_]+", text):
        text += " 2024"
    try:
        at = parse_when(text, UTC, order)
    except BadCell:
        return None
    return f"{at:%m-%d}"


def _said(order: DateOrder) -> str:
    return "month/day/year" if order == "mdy" else "day/month/year"


def _date(text: str, order: DateOrder, raw: str) -> tuple[int, int, int]:
    if found := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        return int(found.group(1)), int(found.group(2)), int(found.group(3))
    if found := _YEAR_LAST.fullmatch(text):
        first, second, year = int(found.group(1)), int(found.group(3)), _century(found.group(4))
        if order == "dmy" or found.group(2) == ".":  # with points, the day always comes first
            return year, second, first
        return year, first, second
    if (found := _NAMED.fullmatch(text)) and found.group(1).casefold() in MONTHS:
        return int(found.group(3)), MONTHS[found.group(1).casefold()], int(found.group(2))
    if (found := _NAMED_AFTER.fullmatch(text)) and found.group(2).casefold() in MONTHS:
        return _century(found.group(3)), MONTHS[found.group(2).casefold()], int(found.group(1))
    raise BadCell(f"«{raw.strip()[:30]}» is not a date")


def _century(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 70 else 1900)


def _hours(found: re.Match[str], raw: str) -> tuple[int, int, int, int]:
    hour, half = int(found.group(1)), (found.group(5) or "").casefold()[:1]
    if half and not 1 <= hour <= 12:
        raise BadCell(f"there is no such time as «{raw.strip()[:30]}»")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    micros = int((found.group(4) or "0").ljust(6, "0")[:6])
    return hour, int(found.group(2)), int(found.group(3) or 0), micros


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "").ljust(4, "0")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(sign * away) if away < timedelta(hours=24) else None
