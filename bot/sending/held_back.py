"""A person's text that has waited: whether somebody has to look at it again before it leaves, and who hears that it did not.

Owns both. The gate asks whether a text may leave (it does not know who wrote it, or what it was an answer to), and
bot.sending.wanted does this for the bot's; here are the accidents of people's texts: one for tomorrow 9 o'clock that the
customer has overtaken, one of a colleague who speaks here no more, one of somebody who works here no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import holders
from bot.models import Conversation, Inbound, Note, Outbound, Staff
from bot.sending import results
from bot.staff.roles import may

OVERTAKEN = "the customer has written since"
TAKEN_OVER = "a colleague took the conversation over"
NO_WRITER = "whoever wrote it answers customers no more"
AT_ONCE = timedelta(minutes=2)
"""A text that leaves within this after it was written was not meant for later: what comes in its seconds of grace is
answered next, and a colleague who takes over then sees it leave, with the button that takes it back."""
SAID = ("text", "picture")
"""Kinds of inbound that say something: a thumb says nothing new."""


def held_back(session: Session, row: Outbound, conversation: Conversation, now: datetime) -> str | None:
    """Why a person has to look at this text of a person's first; None: it is as they left it, or it is not a person's.

    The caller holds the conversation's lock. A text that the provider was asked to take before is not asked about the
    customer again: it was on its way.
    """
    if row.author != "staff" or row.staff_id is None:  # a notice to somebody's own phone is nobody's
        return None
    taken = conversation.holder == "staff" and conversation.staff_id != row.staff_id
    if taken and (conversation.held_since is None or conversation.held_since <= now - AT_ONCE):
        return TAKEN_OVER
    writer = session.execute(
        select(Staff.active, Staff.role).where(Staff.shop_id == row.shop_id, Staff.id == row.staff_id)
    ).one_or_none()
    if writer is None or not writer.active or not may(writer.role, "inbox.reply"):
        return NO_WRITER
    return OVERTAKEN if not row.attempts and _overtaken(session, row, conversation, now) else None


def hold_back(session: Session, row: Outbound, conversation: Conversation, why: str, now: datetime) -> None:
    """Withhold it, and have a person look: a note says why, and the conversation waits for somebody, the bot's too."""
    results.not_sent(session, row, "withheld", why, final=False, now=now)
    if conversation.holder == "bot":
        holders.hand_off(conversation, holders.NOT_SENT, None, now)
    conversation.snoozed_until = None
    if why == OVERTAKEN:
        holders.owe(conversation, row.answers_since or conversation.last_inbound_at)
    note = Note(
        shop_id=row.shop_id,
        conversation_id=row.conversation_id,
        staff_id=None,
        kind="waits",
        body=f"A text that was to leave now was held back: {why}.",
        at=now,
    )
    session.add(note)


def _overtaken(session: Session, row: Outbound, conversation: Conversation, now: datetime) -> bool:
    """Whether the customer has written after what this text knew of, and it was not meant to leave at once.

    Of the bot's own text that a person sent nobody kept when they did: there a minute has to lie in between.
    """
    if (conversation.last_inbound_id or 0) <= (row.read_inbound_id or 0):
        return False
    later = row.enrolment_id is None and now - row.created_at > AT_ONCE
    since = now if later else now - timedelta(minutes=1)
    spoke = (
        select(Inbound.id)
        .where(
            Inbound.shop_id == row.shop_id,
            Inbound.conversation_id == row.conversation_id,
            Inbound.id > (row.read_inbound_id or 0),
            Inbound.kind.in_(SAID),
            Inbound.received_at <= since,
        )
        .limit(1)
    )
    return session.execute(spoke).first() is not None
