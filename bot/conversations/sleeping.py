"""When a conversation is looked at again, and that a wait ends once.

Owns the two statements on timers that nearly every turn runs. Decides nothing: which timers are due, and who hears of
them, is the turn's.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import fixed
from bot.db import WritingSession, pending_of
from bot.models import Conversation, Timer

# Built once: building a statement costs SQLAlchemy about as much as running it.
_TIMERS: Table = Timer.__table__  # type: ignore[assignment]
_FIRE = (
    update(_TIMERS)
    .where(_TIMERS.c.id == bindparam("timer"), _TIMERS.c.status == fixed("armed"))
    .values(status="fired")
)
_CONVERSATIONS: Table = Conversation.__table__  # type: ignore[assignment]
_SLEEP_TILL_TIMER = (
    update(_CONVERSATIONS)
    .where(_CONVERSATIONS.c.id == bindparam("its_id"))
    .values(
        work_due_at=select(func.min(_TIMERS.c.due_at))
        .where(_TIMERS.c.conversation_id == bindparam("its_id"), _TIMERS.c.status == fixed("armed"))
        .scalar_subquery()
    )
)


def sleep_till_timer(session: WritingSession, conversations: Sequence[int]) -> None:
    """They are looked at again when their next wait ends, or never by themselves. Last in a turn: all its timers are written
    before, with everything that waits to be."""
    session.flush()
    if conversations:
        session.connection().execute(_SLEEP_TILL_TIMER, [{"its_id": each} for each in conversations])


def fire(session: Session, timer: int, *, first: bool) -> bool:
    """Take a wait that is over; False: an earlier one of this turn retired it. The `first` can't have been."""
    if first:
        pending_of(session).run(_FIRE, {"timer": timer})
        return True
    return bool(session.execute(_FIRE, {"timer": timer}).rowcount)  # type: ignore[attr-defined]
