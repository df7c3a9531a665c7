"""What people put off and what comes back by itself: is any of it due, and when is the next?

Owns the probes, over three small indexes; they load nothing of the inbox, so that an idle clock stays small. What is done
then is bot.inbox.due's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.models import Conversation, Promise

_TIMES: tuple[tuple[InstrumentedAttribute[Any], tuple[Any, ...]], ...] = (
    (Conversation.return_at, ()),
    (Conversation.snoozed_until, ()),
    (Promise.due_at, (Promise.kept_at.is_(None), Promise.told_at.is_(None))),
)


def people_wait(session: Session, now: datetime) -> bool:
    """Whether a return, a snooze or a promise is due at this domain time."""
    return any(
        session.execute(select(time).where(time <= now, *where).limit(1)).first() is not None
        for time, where in _TIMES
    )


def next_put_off(
    session: Session, after: datetime, *, shop_id: int | None = None, conversation_id: int | None = None
) -> datetime | None:
    """The first instant after `after` at which one is; with `conversation_id` (and its shop) of that conversation."""
    found = []
    for time, where in _TIMES:
        asked = select(func.min(time)).where(time > after, *where)
        if conversation_id is not None:
            table = time.class_
            number = table.id if table is Conversation else table.conversation_id
            asked = asked.where(table.shop_id == shop_id, number == conversation_id)
        found.append(session.execute(asked).scalar())
    return min((moment for moment in found if moment is not None), default=None)
