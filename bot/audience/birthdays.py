"""Birthdays as a file or a customer gives them, and how far away the next one is.

Owns the reading of the attribute `birthday`. Strict: what can be read in two ways is no birthday.
"""

from __future__ import annotations

import re
from datetime import date

from flows.values import Scalar

ATTRIBUTE = "birthday"
MONTH_FIRST = frozenset({"US", "CA", "PR", "VI", "GU", "AS", "MP"})
"""Where 5/4 is the fourth of May. Canada writes both; its shops' files are North American."""

_ISO = re.compile(r"\d{4}-(\d{2})-(\d{2})(?:[T ].*)?")
_SHORT = re.compile(r"(\d{2})-(\d{2})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}")


def birthday_of(value: Scalar, country: str) -> str | None:
    """MM-DD of `1990-05-04`, `05-04` or `5/4/1990`; None for anything else, and for days that are none.

    With slashes the month comes first where customers of that country (ISO) write it so; elsewhere only what has one
    reading is read. 29 February is a birthday; it is kept on the 28th in years that lack it.
    """
    text = str(value).strip() if isinstance(value, str) else ""
    for form in (_ISO, _SHORT, _SLASHED):
        if found := form.fullmatch(text):
            month, day = int(found[1]), int(found[2])
            if form is _SLASHED and country not in MONTH_FIRST:
                if month <= 12 and day <= 12 and month != day:
                    return None
                month, day = min(month, day), max(month, day)
            try:
                date(2024, month, day)  # a leap year
            except ValueError:
                return None
            return f"{month:02}-{day:02}"
    return None


def days_until(birthday: str, today: date) -> int:
    """Days from `today` to the next such day (MM-DD), 0 on the day itself."""
    this = _in_year(birthday, today.year)
    return ((this if this >= today else _in_year(birthday, today.year + 1)) - today).days


def _in_year(birthday: str, year: int) -> date:
    month, day = int(birthday[:2]), int(birthday[3:])
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, 2, 28)
