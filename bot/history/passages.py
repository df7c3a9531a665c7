"""A passage walked again: the rows of the journal in their order, and the state before and after each.

Owns the walk: which flow a row was taken through, what is known of the state before it, and what today's engine makes of
it. Compares nothing and shows nothing (bot.history.replay, .moment, .instead do). Writes nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.orm import Session

from bot.db import Database
from bot.flows_store import flow_of
from bot.history.moving import MOVED, Moved, moved
from bot.models import Enrolment, FlowRevision, Journal
from flows import codec
from flows import state as states
from flows.definition import ENGINE_VERSION, Flow
from flows.effects import Effect
from flows.engine import advance, begin
from flows.events import Event
from flows.facts import Facts
from flows.state import State

PAGE = 500
"""Rows of the journal in memory at a time."""

FLOWS = 64
"""Revisions kept compiled at a time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the journal, and whose it is."""

    conversation_id: int
    enrolment_id: int
    flow_id: int
    revision_id: int
    """Where the passage stands today; the row itself may be older."""
    trial: bool
    id: int
    turn: int
    superseded: int
    at: datetime
    revision_hash: str
    engine_version: int
    event: dict[str, Any]
    facts: dict[str, Any]
    effects: list[Any]
    texts: list[str]
    inbound_ids: list[int]
    state: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Erased:
    """Rows of which nothing is kept (bot.privacy): emptied, gone, or with nothing known of the state before them."""

    entry: Entry
    rows: int


@dataclass(frozen=True, slots=True)
class OtherEngine:
    """A row that another engine version wrote, or that stands on such a one. Bytes of two versions are not compared."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Taken:
    """A row taken through today's engine again. `own_texts`: the built-in texts are those that it was taken with."""

    entry: Entry
    flow: Flow
    before: State
    event: Event | Moved
    facts: Facts
    after: State
    effects: tuple[Effect, ...]
    own_texts: bool

    @property
    def undone(self) -> bool:
        """Whether a newer text took this turn back."""
        return bool(self.entry.superseded)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that is not what the program ever writes: somebody changed it, or a disk did."""

    entry: Entry
    why: str


Step: TypeAlias = Erased | OtherEngine | Unreadable | Taken


class Revisions:
    """The flows of revisions, by the hash that a state carries; the last few stay compiled."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, str], Flow] = OrderedDict()

    def of(self, session: Session, entry: Entry) -> Flow:
        """The flow that this row was taken through."""
        return self.named(session, entry.flow_id, entry.revision_hash, entry.revision_id)

    def named(self, session: Session, flow_id: int, its_hash: str, otherwise: int) -> Flow:
        """The flow of the revision with this hash. Where none has it (the program's built-in texts changed between
        publishing and enrolling), that of revision `otherwise`."""
        key = (flow_id, its_hash)
        if key not in self._known:
            found = session.execute(_BY_HASH, {"flow": flow_id, "hash": its_hash}).scalar()
            self._known[key] = flow_of(session, found or otherwise)
            if len(self._known) > FLOWS:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]


class Walk:
    """One passage on its way through its rows."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._state: State | None = None
        self._lost: type[Erased] | type[OtherEngine] = Erased
        self._expected = 1

    def step(self, session: Session, entry: Entry) -> list[Step]:
        """The next row; give them in the order of `rows`. Two steps where rows before it are gone."""
        found: list[Step] = []
        if self._expected == 1 and entry.turn == 1:
            self._state = begin(self._revisions.of(session, entry))
        if entry.turn > self._expected:  # retention took them
            found.append(Erased(entry, entry.turn - self._expected))
            self._lose(Erased)
        self._expected = max(self._expected, entry.turn + 1)
        try:
            return [*found, self._taken(session, entry)]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._lose(OtherEngine)
            return [*found, Unreadable(entry, f"{type(error).__name__}: {error}"[:200])]

    def _taken(self, session: Session, entry: Entry) -> Step:
        if entry.event.get("erased"):
            self._lose(Erased)
            return Erased(entry, 1)
        if entry.engine_version != ENGINE_VERSION:
            self._lose(OtherEngine)
            return OtherEngine(entry)
        # an undone turn may stand on another undone one (a code asked for, and given), so it brings its own ground
        own = states.from_json(entry.state) if entry.state else None
        if self._state is None and (own is None or entry.superseded):
            return Erased(entry, 1) if self._lost is Erased else OtherEngine(entry)
        self._state = self._state or own
        before = own if own and entry.superseded else self._state
        assert before is not None
        assert self._state is not None
        flow, event, facts = self._revisions.of(session, entry), _event(entry), _facts(entry)
        same = flow.hash == entry.revision_hash
        match event:
            case Moved():
                flow = self._revisions.named(session, entry.flow_id, event.revision, entry.revision_id)
                same = flow.hash == event.revision
                after, effects = moved(flow, before, event, facts, entry.at)
            case _:
                after, effects = advance(flow, before, event, facts, entry.at)
        # an undone turn leaves its numbers behind, and nothing else
        self._state = replace(self._state, turn=after.turn, wait=after.wait) if entry.superseded else after
        return Taken(entry, flow, before, event, facts, after, effects, same)

    def lost(self) -> None:
        """The last row went otherwise than it does today, for a reason that is known: what follows stands on it."""
        self._lose(OtherEngine)

    def _lose(self, why: type[Erased] | type[OtherEngine]) -> None:
        self._state, self._lost = None, why


def rows(session: Session, enrolment_id: int) -> Iterator[Entry]:
    """The rows of one passage, in order, a page at a time."""
    last: tuple[int, int, int] = (enrolment_id, -1, 0)
    while page := _page(session, last, Enrolment.id == enrolment_id):
        yield from page
        last = _place(page[-1])


def all_rows(database: Database, shop_id: int, flow_id: int | None = None) -> Iterator[tuple[Session, Entry]]:
    """The rows of every passage of a shop (of one flow), a passage after the other, with a session that reads: each page
    is a transaction of its own, so that a long look holds nothing up."""
    last: tuple[int, int, int] = (0, -1, 0)
    theirs: list[Any] = [Journal.shop_id == shop_id]
    if flow_id is not None:
        theirs.append(Enrolment.flow_id == flow_id)
    while True:
        with database.read() as session:
            page = _page(session, last, *theirs)
            for entry in page:
                yield session, entry
        if not page:
            return
        last = _place(page[-1])


def _page(session: Session, last: tuple[int, int, int], *whose: Any) -> list[Entry]:
    statement = (
        _ENTRIES.where(tuple_(Journal.enrolment_id, Journal.turn, Journal.id) > last, *whose)
        .order_by(Journal.enrolment_id, Journal.turn, Journal.id)
        .limit(PAGE)
    )
    found: list[Any] = list(session.execute(statement))
    return [Entry(*row) for row in found]


def _place(entry: Entry) -> tuple[int, int, int]:
    return entry.enrolment_id, entry.turn, entry.id


def _event(entry: Entry) -> Event | Moved:
    if entry.event.get("type") == MOVED:
        mark: Moved = codec.decode(Moved, entry.event)
        return mark
    event: Event = codec.decode(Event, entry.event)
    return event


def _facts(entry: Entry) -> Facts:
    facts: Facts = codec.decode(Facts, entry.facts)
    return facts


def texts_of(entry: Entry) -> Sequence[str]:
    """What the bot wrote in this turn; empty strings (nothing could be written) left out."""
    return [text for text in entry.texts if text]


_ENTRIES = select(
    Enrolment.conversation_id,
    Journal.enrolment_id,
    Enrolment.flow_id,
    Enrolment.revision_id,
    Enrolment.trial,
    Journal.id,
    Journal.turn,
    Journal.superseded,
    Journal.at,
    Journal.revision_hash,
    Journal.engine_version,
    Journal.event,
    Journal.facts,
    Journal.effects,
    Journal.texts,
    Journal.inbound_ids,
    Journal.state,
).join(Enrolment, (Enrolment.shop_id == Journal.shop_id) & (Enrolment.id == Journal.enrolment_id))
_BY_HASH = select(FlowRevision.id).where(
    FlowRevision.flow_id == bindparam("flow"), FlowRevision.hash == bindparam("hash")
)
