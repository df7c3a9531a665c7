"""The list of conversations: a page of it, and the mark by which a page knows that it is old.

Owns the page. Which conversations are in a view, and in which order, is `bot.inbox.views`'; what a line says,
`bot.inbox.lines`'; what a search finds, `bot.inbox.searching`'s. Writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.inbox import Actor, views
from bot.inbox.filters import NOBODY as NOBODY
from bot.inbox.filters import Filters as Filters
from bot.inbox.filters import View as View
from bot.inbox.lines import Age as Age
from bot.inbox.lines import Colleague as Colleague
from bot.inbox.lines import LastText as LastText
from bot.inbox.lines import Line as Line
from bot.inbox.lines import lines_of
from bot.inbox.searching import Hits, Stranger, search
from bot.inbox.unread import seen, seen_by
from bot.inbox.watching import Watcher, who_looks, who_watches
from bot.recent import Recent

PAGE = 50
"""Lines of a page."""
SHOWN_FIRST = Filters("waiting")
"""The beginning of those who wait."""
COUNTED = 1000
"""What stands beside a view's name is counted up to this."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are in each view, `COUNTED` at most."""

    waiting: int
    mine: int
    snoozed: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `more` is the next one's `Filters.after`.

    Of a search: `strangers` are customers who fit and with whom nothing was said yet, and `back_to` is how far back texts
    were looked through; None: all of them were. There, `more` looks further back.
    """

    lines: tuple[Line, ...]
    more: str | None
    mark: str
    counts: Counts
    strangers: tuple[Stranger, ...] = ()
    back_to: datetime | None = None


def page(session: Session, actor: Actor, filters: Filters, now: datetime, real: datetime) -> Page:
    """What the list shows. `now` is domain time, `real` real time (who looks). Bad cursors begin at the beginning."""
    if filters.search.strip():
        hits = search(session, actor.shop_id, filters.search, filters.after, PAGE)
        places = _searched(session, actor, filters, hits, now)
        stretches = {hit.conversation_id: hit.stretch for hit in hits.conversations}
        more, strangers, back_to = hits.more, hits.strangers, hits.back_to
    else:
        places, more = views.find(session, actor, filters, now, PAGE)
        stretches, strangers, back_to = {}, (), None
    watchers = who_watches(session, actor, [place.id for place in places], real)
    counted = counts(session, actor, now)
    return Page(
        lines=lines_of(session, actor, places, watchers, stretches, now),
        more=more,
        mark=""
        if filters.search.strip()
        else _mark(_shown(places), watchers, _waiting(filters, counted.waiting)),
        counts=counted,
        strangers=strangers,
        back_to=back_to,
    )


def mark(
    session: Session,
    actor: Actor,
    filters: Filters,
    now: datetime,
    real: datetime,
    recent: Recent | None = None,
) -> str:
    """Changes when what the page is made of does: asked each second by everybody who looks at it. What only the clock
    changes in it is no part of it. Walks the page's own stretch of the index, and reads nothing of what the lines say.
    What a search found is not looked for anew: its mark is empty, and stays so.

    `recent`: who is where, who looks and what each has read may be a moment old: whoever asked then asked for all who look
    at this view. All that is asked is asked through it, so that it can tell whether the mark still stands.
    """
    if filters.search.strip():
        return ""

    def ask() -> list[views.Found]:
        return views.find(session, actor, filters, now, PAGE)[0]

    whose = actor.staff_id if filters.view == "mine" else None
    places = recent.of(("places", actor.shop_id, whose, filters), ask) if recent else ask()

    def count() -> int:
        return views.waiting(session, actor, now, PAGE)

    waiting = 0
    if filters != SHOWN_FIRST:
        waiting = recent.of(("waiting", actor.shop_id), count) if recent else count()
    ids = [place.id for place in places]
    watchers = who_watches(session, actor, ids, real, recent)
    if recent:
        read = _read(session, actor, ids, real, recent) if ids else {}
        shown = [(place.id, place.version, read.get(place.id, 0) < place.news) for place in places]
    else:
        shown = _shown(places)
    return _mark(shown, watchers, _waiting(filters, waiting))


def counts(session: Session, actor: Actor, now: datetime) -> Counts:
    """What stands beside the names of the views."""
    return Counts(*views.counted(session, actor, now, COUNTED))


def _searched(
    session: Session, actor: Actor, filters: Filters, hits: Hits, now: datetime
) -> list[views.Found]:
    places = views.of_ids(session, actor, filters, [hit.conversation_id for hit in hits.conversations], now)
    return [places[hit.conversation_id] for hit in hits.conversations if hit.conversation_id in places]


def _read(
    session: Session, actor: Actor, ids: Sequence[int], real: datetime, recent: Recent
) -> Mapping[int, int]:
    """How far the actor has read these: asked for all who have a conversation open, and alone by who has none."""

    def ask() -> dict[int, dict[int, int]]:
        everybody = who_looks(session, actor, real, recent) | {actor.staff_id}
        return seen_by(session, actor.shop_id, everybody, ids)

    read = recent.of(("read", actor.shop_id, tuple(ids)), ask)
    if actor.staff_id in read:
        return read[actor.staff_id]
    own = ("read", actor.shop_id, tuple(ids), actor.staff_id)
    return recent.of(own, lambda: seen(session, actor, ids))


def _shown(places: Sequence[views.Found]) -> list[tuple[int, int, bool]]:
    return [(place.id, place.version, place.unread) for place in places]


def _waiting(filters: Filters, waiting: int) -> int:
    """How many wait, as far as the mark tells it: nothing where the lines themselves tell it."""
    return 0 if filters == SHOWN_FIRST else min(PAGE, waiting)


def _mark(
    shown: Sequence[tuple[int, int, bool]], watchers: Mapping[int, tuple[Watcher, ...]], waiting: int
) -> str:
    """Who is where in which version, whom it is news to, who looks; and how many wait, in whatever view."""
    told = repr((shown, watchers, waiting))
    return hashlib.blake2s(told.encode(), digest_size=8).hexdigest()
