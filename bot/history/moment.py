"""A conversation as it stood at any second: where each passage was, what had been said, what was waited for, who spoke.

Owns the look back. Everything comes from the journal, but what only tables know: whether a text had left by then, when a
timer was due, and what staff wrote. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.history.passages import Entry, Erased, OtherEngine, Revisions, Taken, Unreadable, Walk, rows
from bot.history.replay import passages_of
from bot.models import Conversation, Enrolment, FlowRevision, Outbound, Timer
from bot.models import Flow as FlowRow
from flows.effects import HandOff
from flows.events import HandedBack, Replied
from flows.state import State
from flows.values import Scalar


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said. `who`: customer, bot or staff. `left`: when the provider took it; None: not by then."""

    at: datetime
    who: str
    words: str
    left: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stood:
    """One passage at that second. `node` is empty where nothing is known of it any more (erased, another engine).

    `next_timer`: when silence would have ended; None: it was not waited for, or the text it hangs on had not left.
    """

    enrolment: int
    flow: str
    revision: int | None
    node: str
    phase: str
    turn: int
    values: Mapping[str, Scalar]
    next_timer: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The whole conversation at that second. `holder` is bot or nobody, as the journal tells it, or None: not known."""

    conversation: int
    at: datetime
    holder: str | None
    passages: tuple[Stood, ...]
    said: tuple[Line, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "conversation": self.conversation,
            "at": self.at.isoformat(),
            "holder": self.holder,
            "passages": [
                {
                    "enrolment": each.enrolment,
                    "flow": each.flow,
                    "revision": each.revision,
                    "node": each.node,
                    "phase": each.phase,
                    "turn": each.turn,
                    "values": dict(each.values),
                    "next_timer": each.next_timer.isoformat() if each.next_timer else None,
                    "outcome": each.outcome,
                }
                for each in self.passages
            ],
            "said": [
                {
                    "at": each.at.isoformat(),
                    "who": each.who,
                    "words": each.words,
                    "left": each.left.isoformat() if each.left else None,
                }
                for each in self.said
            ],
        }


def moment(session: Session, conversation_id: int, at: datetime) -> Moment:
    """How the conversation stood at `at` (aware): everything of that very second has happened."""
    revisions, lines, holds = Revisions(), list[Line](), list[tuple[datetime, str]]()
    passages = []
    for enrolment_id in passages_of(session, conversation_id):
        stood = _passage(session, enrolment_id, at, revisions, lines, holds)
        if stood is not None:
            passages.append(stood)
    lines += _staff(session, conversation_id, at)
    conversation = session.get_one(Conversation, conversation_id)
    holder = max(holds, default=(at, "bot"), key=lambda each: each[0])[1]
    if conversation.held_since is not None and conversation.held_since <= at:
        holder = conversation.holder  # nothing changed it since
    return Moment(
        conversation_id, at, holder, tuple(passages), tuple(sorted(lines, key=lambda each: each.at))
    )


def _passage(
    session: Session,
    enrolment_id: int,
    at: datetime,
    revisions: Revisions,
    lines: list[Line],
    holds: list[tuple[datetime, str]],
) -> Stood | None:
    enrolment = session.get_one(Enrolment, enrolment_id)
    if enrolment.started_at > at:
        return None
    left = _left(session, enrolment)
    walk, state, known, turn = Walk(revisions), None, True, 0
    for entry in _until(rows(session, enrolment_id), at):
        turn = max(turn, entry.turn)
        for step in walk.step(session, entry):
            match step:
                case Taken():
                    _hear(step, at, left, lines, holds)
                    if not step.undone:
                        state, known = step.after, True
                case Erased() | OtherEngine() | Unreadable():
                    known = False
                    _spoken(entry, at, left, lines)
    return _stood(session, enrolment, state, at, turn, known=known)


def _stood(
    session: Session, enrolment: Enrolment, state: State | None, at: datetime, turn: int, *, known: bool
) -> Stood:
    flow = session.get_one(FlowRow, enrolment.flow_id)
    if state is None or not known:
        begun = "not begun" if known else ""
        return Stood(enrolment.id, flow.name, None, "", begun, turn, {}, None, None)
    number = session.execute(
        select(FlowRevision.number).where(
            FlowRevision.flow_id == enrolment.flow_id, FlowRevision.hash == state.revision
        )
    ).scalar()
    due = None
    if state.phase == "waiting":
        due = session.execute(
            select(Timer.due_at).where(Timer.enrolment_id == enrolment.id, Timer.wait_no == state.wait)
        ).scalar()
    return Stood(
        enrolment.id, flow.name, number, state.node, state.phase, turn, state.values, due, state.outcome
    )


def _until(entries: Iterable[Entry], at: datetime) -> Iterable[Entry]:
    for entry in entries:
        if entry.at > at:
            return
        yield entry


def _hear(
    step: Taken,
    at: datetime,
    left: Mapping[tuple[int, int], datetime],
    lines: list[Line],
    holds: list[tuple[datetime, str]],
) -> None:
    match step.event:
        case Replied(text=text, at=said_at) if not step.undone:
            lines.append(Line(said_at, "customer", text))
        case HandedBack():
            holds.append((step.entry.at, "bot"))
        case _:
            pass
    if any(isinstance(each, HandOff) for each in step.effects):
        holds.append((step.entry.at, "nobody"))
    if not step.undone:
        _spoken(step.entry, at, left, lines)


def _spoken(entry: Entry, at: datetime, left: Mapping[tuple[int, int], datetime], lines: list[Line]) -> None:
    for ordinal, words in enumerate(entry.texts):
        when = left.get((entry.turn, ordinal))
        lines.append(Line(entry.at, "bot", words, when if when and when <= at else None))


def _left(session: Session, enrolment: Enrolment) -> dict[tuple[int, int], datetime]:
    """When each text of this passage left, by turn and ordinal."""
    texts = session.execute(
        select(Outbound.turn, Outbound.ordinal, Outbound.attempted_at).where(
            Outbound.shop_id == enrolment.shop_id,
            Outbound.conversation_id == enrolment.conversation_id,
            Outbound.enrolment_id == enrolment.id,
            Outbound.status.in_(("sent", "unknown")),
        )
    )
    return {(row.turn, row.ordinal): row.attempted_at for row in texts if row.attempted_at}


def _staff(session: Session, conversation_id: int, at: datetime) -> list[Line]:
    conversation = session.get_one(Conversation, conversation_id)
    texts = session.scalars(
        select(Outbound).where(
            Outbound.shop_id == conversation.shop_id,
            Outbound.conversation_id == conversation_id,
            Outbound.enrolment_id.is_(None),
            Outbound.created_at <= at,
        )
    )
    return [
        Line(
            each.created_at,
            each.author,
            each.body,
            each.attempted_at
            if each.status in ("sent", "unknown") and each.attempted_at and each.attempted_at <= at
            else None,
        )
        for each in texts
    ]
