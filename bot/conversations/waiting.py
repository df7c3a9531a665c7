"""What waits in conversations: locked, and read for all of them together.

Owns the lock that a turn begins with, and the finding of texts, signals and timers under it. Decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot.clock import OFFSET, RealNow, domain_time
from bot.conversations.rows import fixed, some
from bot.conversations.subjects import Subject, passages_ahead, subjects_of, words_ahead
from bot.models import Conversation, Enrolment, Inbound, Outbound, Signal, Timer


@dataclass(frozen=True, slots=True)
class Waiting:
    """One conversation under its lock, and what there is to do in it at `now` (domain time)."""

    subject: Subject
    now: datetime
    inbound: list[Inbound]
    """Texts that no turn has taken."""
    signals: list[Signal]
    timers: list[Any]
    """Waits that are over: id, enrolment_id, wait_no; the longest over first."""
    last_texts: dict[int, tuple[int, list[Any]]] = field(default_factory=dict)
    """By passage: its turn, and the texts of that turn (id, status, provider_id, author). Read where a text may undo them."""


def lock_waiting(session: Session, conversations: Sequence[int], real_now: RealNow) -> list[Waiting]:
    """Lock those of the conversations that have work by now, and that no other worker holds; read what it is."""
    locked = session.execute(_LOCK, {"conversations": some(conversations)}).all()
    if not locked:
        return []
    now = domain_time(locked[0][1], real_now)
    due = [row[0] for row in locked if row[0].work_due_at is not None and row[0].work_due_at <= now]
    if not due:
        return []
    ids = {"conversations": some(each.id for each in due)}
    subjects = subjects_of(session, due)
    passages_ahead(session, list(subjects.values()))
    words_ahead(session, list(subjects.values()))
    inbound = _grouped(session.execute(_UNREAD, ids).scalars())
    signals = _grouped(session.execute(_SIGNALS, ids).scalars())
    timers = _grouped(session.execute(_TIMERS_DUE, {**ids, "now": now}))
    found = [
        Waiting(subjects[each.id], now, inbound[each.id], signals[each.id], timers[each.id]) for each in due
    ]
    _last_texts(session, [each for each in found if each.inbound])
    return found


def _last_texts(session: Session, spoken: Sequence[Waiting]) -> None:
    """What the last turn of each passage said, where a newer text may take it back."""
    whose = {
        enrolment.id: (waiting, enrolment)
        for waiting in spoken
        for enrolment, _ in waiting.subject.seen.live or []
    }
    if not whose:
        return
    for waiting, enrolment in whose.values():
        waiting.last_texts[enrolment.id] = (enrolment.turn, [])
    for row in session.execute(_LAST_TEXTS, {"enrolments": some(whose)}):
        waiting, _ = whose[row.enrolment_id]
        waiting.last_texts[row.enrolment_id][1].append(row)


def _grouped(rows: Any) -> defaultdict[int, list[Any]]:
    found = defaultdict[int, list[Any]](list)
    for row in rows:
        found[row.conversation_id].append(row)
    return found


# Built once: building a statement costs SQLAlchemy about as much as running it.
_THESE: BindParameter[Any] = bindparam("conversations", expanding=True)
_LOCK = (
    select(Conversation, OFFSET)
    .where(Conversation.id.in_(_THESE))
    .order_by(Conversation.id)
    .with_for_update(skip_locked=True, of=Conversation)
)
_UNREAD = (
    select(Inbound)
    .where(Inbound.conversation_id.in_(_THESE), Inbound.turned_at.is_(None))
    .order_by(Inbound.id)
)
_SIGNALS = (
    select(Signal).where(Signal.conversation_id.in_(_THESE), Signal.taken_at.is_(None)).order_by(Signal.id)
)
_TIMERS_DUE = (
    select(Timer.conversation_id, Timer.id, Timer.enrolment_id, Timer.wait_no)
    .where(
        Timer.conversation_id.in_(_THESE),
        Timer.status == fixed("armed"),
        Timer.due_at <= bindparam("now"),
    )
    .order_by(Timer.due_at, Timer.id)
)
# a row that says «try later» while a report says that the provider has it was sent: it is not taken back
_LAST_TEXTS = (
    select(Outbound.enrolment_id, Outbound.id, Outbound.status, Outbound.provider_id, Outbound.author)
    .select_from(Enrolment)
    .join(
        Outbound,
        (Outbound.shop_id == Enrolment.shop_id)
        & (Outbound.conversation_id == Enrolment.conversation_id)  # there is an index for it
        & (Outbound.enrolment_id == Enrolment.id)
        & (Outbound.turn == Enrolment.turn),
    )
    .where(Enrolment.id.in_(bindparam("enrolments", expanding=True)))
)
