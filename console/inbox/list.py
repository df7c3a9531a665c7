"""The list at the left: views with what is counted of them, the lines, filters and search.

Owns the reading of the list for a page. Writes nothing, and knows no route.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.inbox import Actor, listing
from bot.inbox.filters import NOBODY, Filters
from bot.inbox.lines import Colleague
from bot.inbox.reasons import WORDS
from bot.inbox.searching import Stranger
from console.inbox import asking
from console.inbox.lines import EMPTY, Shown, Tab, line, tabs
from console.inbox.team import colleagues, teams
from console.inbox.times import Times

NOTHING_FOUND = (
    "Nothing was found.",
    "Names, numbers, order numbers, codes and words of texts are searched.",
)
NOTHING_FITS = ("Nothing fits these filters.", "")


@dataclass(frozen=True, slots=True)
class Column:
    """The column's values. `query` keeps view and filters in links; `more` is the next page's cursor."""

    view: str
    tabs: tuple[Tab, ...]
    lines: tuple[Shown, ...]
    empty: tuple[str, str]
    search: str
    back_to: str
    strangers: tuple[Stranger, ...]
    query: Mapping[str, str]
    more: str | None
    first: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What the list may be filtered by, and what it is filtered by now."""

    asked: Filters
    staff: tuple[Colleague, ...]
    teams: tuple[str, ...]
    reasons: Mapping[str, str]
    languages: Mapping[str, str]
    nobody: int
    count: int


def column(actor: Actor, asked: Filters, times: Times, current: int | None, page: listing.Page) -> Column:
    """The list as it reads; `current` is the conversation that is open beside it."""
    return Column(
        view=asked.view,
        tabs=tabs(page.counts, asked.view),
        lines=tuple(line(each, times, actor, current) for each in page.lines),
        empty=NOTHING_FOUND if asked.search else NOTHING_FITS if _filtered(asked) else EMPTY[asked.view],
        search=asked.search,
        back_to=times.when(page.back_to) if page.back_to else "",
        strangers=page.strangers,
        query=asking.query(asked),
        more=page.more,
        first=asked.after is None,
    )


def choices(session: Session, actor: Actor, asked: Filters) -> Choices:
    """The filters' fields."""
    return Choices(
        asked=asked,
        staff=colleagues(session, actor.shop_id),
        teams=teams(session, actor.shop_id),
        reasons=dict(WORDS.items()),
        languages={"en": "English", "es": "Spanish", "fr": "French"},
        nobody=NOBODY,
        count=_filtered(asked),
    )


def _filtered(asked: Filters) -> int:
    return sum(each is not None for each in (asked.reason, asked.language, asked.assignee, asked.team))
