"""What a customer has written since the page was drawn that somebody acts on.

Owns the question. Whoever answers, hands back, closes or says that no answer is needed does it about texts that they have
seen: one that came meanwhile is shown first, and nothing is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Conversation, Inbound

AT_MOST = 10
"""Texts that are shown."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A text of the customer that whoever acts has not seen."""

    id: int
    body: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class NewerText:
    """The customer has written since: nothing was done. Ask again with the last of these as the text that was seen."""

    texts: tuple[Unread, ...]


def newer(session: Session, conversation: Conversation, seen: int | None) -> NewerText | None:
    """What came after the text `seen`; None: nothing. `seen` None: no text was seen. The caller holds the lock."""
    if (conversation.last_inbound_id or 0) <= (seen or 0):
        return None
    rows = session.execute(
        select(Inbound.id, Inbound.body, Inbound.received_at)
        .where(
            Inbound.shop_id == conversation.shop_id,
            Inbound.conversation_id == conversation.id,
            Inbound.id > (seen or 0),
        )
        .order_by(Inbound.id.desc())
        .limit(AT_MOST)
    ).all()
    return NewerText(tuple(Unread(row.id, row.body, row.received_at) for row in reversed(rows)))
