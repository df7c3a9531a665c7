"""A person's text taken back before anything has claimed it.

Owns the taking back, and what it brings up again: what the text answered is owed, and where it was the bot's, the bot's
draft is offered as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import holders, own_answers
from bot.inbox import Actor, Gone, NotAllowed, TooLate
from bot.inbox.deeds import begin, record
from bot.inbox.from_draft import give_back
from bot.models import Conversation, Outbound

UNDONE = "taken back"
_LEFT = ("claimed", "sent", "unknown")


@dataclass(frozen=True, slots=True)
class Undone:
    """It is taken back; its words, to write on with."""

    body: str


def undo(
    session: Session, outbound_id: int, actor: Actor, now: datetime, *, conversation_id: int | None = None
) -> Undone | TooLate | Gone | NotAllowed:
    """Take a person's text back before it is claimed: within the undo seconds, or any time before its scheduled hour.

    `conversation_id`: in which it has to be. A text that was the bot's waits as the bot's draft again, and its passage, its
    wait and its code with it; taken back twice, it is `TooLate` the second time.
    """
    its = select(Outbound.conversation_id, Outbound.author).where(
        Outbound.shop_id == actor.shop_id, Outbound.id == outbound_id
    )
    found = session.execute(its).one_or_none()
    if found is None or conversation_id not in (None, found.conversation_id):
        return Gone()
    conversation = begin(session, found.conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    row = session.get_one(Outbound, outbound_id, populate_existing=True)
    if row.author != "staff":
        return TooLate("It is the bot's draft again.") if row.status == "withheld" else Gone()
    if row.status == "withheld" and row.why == UNDONE:
        return Undone(row.body)
    if row.status != "ready" or row.provider_id is not None:
        return TooLate("It has left already." if row.status in _LEFT else "It will not leave anyway.")
    body = row.body
    if row.enrolment_id is not None:
        give_back(session, conversation, row, now)
    else:
        row.status, row.why = "withheld", UNDONE
        holders.not_answered(conversation, row, now)
        own_answers.came_to_nothing(session, row)
    record(session, actor, "text taken back", conversation.id, now, outbound=row.id)
    return Undone(body)
