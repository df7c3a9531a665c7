"""Leaving an event for a conversation's next turn. Each has a key, so that leaving it twice leaves it once (I10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.models import Conversation, Signal
from flows import codec
from flows.events import Event


def signal(
    session: Session,
    shop_id: int,
    conversation_id: int,
    enrolment_id: int | None,
    key: str,
    event: Event,
    now: datetime,
) -> bool:
    """Leave `event` for one enrolment, or for all that live when `enrolment_id` is None. False: it was there already."""
    made = insert_once(
        session,
        Signal,
        {
            "shop_id": shop_id,
            "conversation_id": conversation_id,
            "enrolment_id": enrolment_id,
            "key": key,
            "event": codec.encode(event),
            "at": now,
        },
    )
    if made is None:
        return False
    session.execute(update(Conversation).where(Conversation.id == conversation_id).values(work_due_at=now))
    return True
