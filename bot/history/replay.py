"""Running a journal again: the same events and facts through today's engine, compared byte by byte (I7).

Owns the comparison and its figures. Needs no model and no provider: readings and facts are in the journal. Reads a page at
a time, so that a shop of any age fits into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, assert_never

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db import Database
from bot.history.passages import (
    Entry,
    Erased,
    OtherEngine,
    Revisions,
    Taken,
    Unreadable,
    Walk,
    all_rows,
    rows,
)
from bot.models import Enrolment, Journal
from flows import codec
from flows.effects import SendText
from flows.render import Rendered, render_within
from flows.segments import measure


@dataclass(frozen=True, slots=True)
class Difference:
    """One turn that would go otherwise today: effects and texts as canonical JSON, then and now."""

    conversation: int
    enrolment: int
    turn: int
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found. Turns of another engine version, and erased ones, are counted and not compared."""

    turns: int
    differences: tuple[Difference, ...]
    other_engine: int
    erased: int = 0
    """Turns of which nothing is kept (bot.privacy): emptied, or so old that the row is gone."""

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "turns": self.turns,
            "differences": [asdict(each) for each in self.differences],
            "erased": self.erased,
            "other_engine": self.other_engine,
        }


class Tally:
    """What a replay has found so far; give it the rows of whole passages, one passage after the other."""

    def __init__(self) -> None:
        self.turns = self.others = self.erased = self.rows = 0
        self.differences: list[Difference] = []
        self._revisions = Revisions()
        self._of: int | None = None
        self._walk = Walk(self._revisions)

    def take(self, session: Session, entry: Entry) -> None:
        """Replay the next row."""
        if entry.enrolment_id != self._of:
            self._of, self._walk = entry.enrolment_id, Walk(self._revisions)
        self.rows += 1
        for step in self._walk.step(session, entry):
            match step:
                case Erased(rows=gone):
                    self.erased += gone
                case OtherEngine():
                    self.others += 1
                case Unreadable(why=why):
                    self.turns += 1
                    self._differs(step.entry, codec.dumps({"event": entry.event}), f"unreadable: {why}")
                case Taken():
                    self._compare(step)
                case _:
                    assert_never(step)

    def found(self) -> Replayed:
        """The figures."""
        return Replayed(self.turns, tuple(self.differences), self.others, self.erased)

    def _compare(self, step: Taken) -> None:
        entry = step.entry
        then = codec.dumps({"effects": entry.effects, "texts": entry.texts})
        now = codec.dumps({"effects": codec.encode(step.effects), "texts": bodies(step)})
        if then == now:
            self.turns += 1
        elif not step.own_texts:  # the program's built-in texts are others since: no fault of the journal
            self.others += 1
            self._walk.lost()
        else:
            self.turns += 1
            self._differs(entry, then, now)

    def _differs(self, entry: Entry, then: str, now: str) -> None:
        self.differences.append(Difference(entry.conversation_id, entry.enrolment_id, entry.turn, then, now))


def replay(session: Session, enrolment_id: int) -> Replayed:
    """Replay one passage from its first turn."""
    tally = Tally()
    for entry in rows(session, enrolment_id):
        tally.take(session, entry)
    return tally.found()


def replay_conversation(session: Session, conversation_id: int) -> Replayed:
    """Replay every passage of a conversation, the front desk's among them."""
    tally = Tally()
    for passage in passages_of(session, conversation_id):
        for entry in rows(session, passage):
            tally.take(session, entry)
    return tally.found()


def replay_all(
    database: Database, shop_id: int, seen: Callable[[int], object] = lambda rows: None
) -> Replayed:
    """Replay everything that a shop ever said. `seen` is called with how many rows are done, now and then."""
    tally = Tally()
    for session, entry in all_rows(database, shop_id):
        tally.take(session, entry)
        if tally.rows % 100 == 0:
            seen(tally.rows)
    seen(tally.rows)
    return tally.found()


def passages_of(session: Session, conversation_id: int) -> Iterator[int]:
    """The enrolments of a conversation, oldest first."""
    yield from session.scalars(
        select(Enrolment.id).where(Enrolment.conversation_id == conversation_id).order_by(Enrolment.id)
    ).all()


def rows_kept(session: Session, shop_id: int) -> int:
    """How many rows of the journal a shop has."""
    return session.execute(
        select(func.count()).select_from(Journal).where(Journal.shop_id == shop_id)
    ).scalar_one()


def bodies(step: Taken) -> list[str]:
    """The words of the texts of a turn, as they would be written today.

    How many parts a text might have is a setting and not in the journal; but what was written then tells it: a text that
    had to be said in plainer words (render_within) is no longer than it was allowed to be.
    """
    texts = [effect for effect in step.effects if isinstance(effect, SendText)]
    then = [*step.entry.texts, *[""] * len(texts)]
    words = [
        render_within(effect, step.facts, step.entry.at, measure(body).parts or 1)
        for effect, body in zip(texts, then, strict=False)
    ]
    return [each.body if isinstance(each, Rendered) else "" for each in words]
