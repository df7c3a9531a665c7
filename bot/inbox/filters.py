"""What is asked of the list, and the cursor that says where a page goes on.

Owns the two values. A cursor is ours but travels through a browser: whatever cannot be read begins at the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from bot.inbox.reasons import Cause

View: TypeAlias = Literal["waiting", "mine", "open", "snoozed", "closed", "all"]
"""waiting: a person is to answer. mine: I hold it or it is assigned to me. open: with people, nothing owed included.
snoozed, closed: those. all: whoever wrote last, the bot's included. The first three leave out snoozed and closed ones."""
NOBODY = 0
"""As `Filters.assignee`: nobody's."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGITS = 17
"""Of the longest number in a cursor: an instant of the year 5138."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for. With `search` everything of the shop is looked through, whatever the view; the others hold."""

    view: View = "waiting"
    reason: Cause | None = None
    language: str | None = None
    assignee: int | None = None
    """Staff number of whoever holds it or is to answer; NOBODY for neither."""
    team: str | None = None
    search: str = ""
    after: str | None = None
    """`Page.more` of the page before."""


def cursor(key: tuple[int, ...]) -> str:
    """A place in the order of a view, in letters that need no quoting."""
    return ".".join(map(str, key))


def place(after: str | None, *lengths: int) -> tuple[int, ...]:
    """What `cursor` wrote, if it has one of these lengths; else nothing."""
    parts = (after or "").split(".")
    if len(parts) not in lengths or not all(
        part.isascii() and part.isdigit() and len(part) <= _DIGITS for part in parts
    ):
        return ()
    return tuple(map(int, parts))


def micros(at: datetime) -> int:
    """An instant as a number, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def instant(number: int) -> datetime:
    """And back."""
    return _EPOCH + number * _MICROSECOND
