"""Notes to colleagues: written in a conversation, read by staff, never by the customer.

Owns writing and taking away what a person noted. What was done leaves notes of its own (bot.inbox.deeds.note).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate
from bot.inbox.deeds import begin, lock, note, record, shown
from bot.inbox.holding import rearm
from bot.models import Conversation, Note

LONGEST = 4000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Noted:
    """It is there."""

    note_id: int


def write_note(
    session: Session, conversation_id: int, body: str, actor: Actor, now: datetime
) -> Noted | TooLate | Gone | NotAllowed:
    """Leave a note for colleagues."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    words = body.replace("\x00", "").strip()
    if not words:
        return TooLate("There is nothing in the note.")
    row = note(session, conversation, actor.staff_id, "note", words[:LONGEST], now)
    rearm(session, conversation, now)
    session.flush()
    record(session, actor, "note written", conversation.id, now, note=row.id)
    return Noted(row.id)


def drop_note(
    session: Session, note_id: int, actor: Actor, now: datetime
) -> Done | TooLate | Gone | NotAllowed:
    """Take one's own note away; the owner may take anybody's. What was done can't be taken away."""
    row = session.execute(
        select(Note).where(Note.shop_id == actor.shop_id, Note.id == note_id)
    ).scalar_one_or_none()
    if row is None:
        return Gone()
    if not actor.may("inbox.reply") or (row.staff_id != actor.staff_id and actor.role != "owner"):
        return NotAllowed("inbox.reply")
    if row.kind != "note":
        return TooLate("That is a record of what was done.")
    conversation = lock(session, actor.shop_id, row.conversation_id)
    session.delete(row)
    if conversation is not None:
        shown(conversation)
    record(session, actor, "note taken away", row.conversation_id, now, note=note_id)
    return Done()
