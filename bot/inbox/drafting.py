"""Texts that were begun and not sent: each person's own, and the bot's, where a person sends what it would have said.

Owns each person's row in `drafts` (the bot's is bot.conversations.drafts's). A draft never leaves by itself: bot.inbox.replying makes a text of it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.inbox import Actor, Done, Gone, NotAllowed
from bot.inbox.deeds import begin
from bot.models import Conversation, Draft


def drop_own(session: Session, conversation_id: int, actor: Actor) -> None:
    """What the actor had begun is gone: it was sent."""
    session.execute(
        delete(Draft).where(
            Draft.shop_id == actor.shop_id,
            Draft.conversation_id == conversation_id,
            Draft.staff_id == actor.staff_id,
        )
    )


def bots_draft(session: Session, shop_id: int, conversation_id: int) -> Draft | None:
    """What the bot would have said, if that waits."""
    return session.execute(
        select(Draft).where(
            Draft.shop_id == shop_id, Draft.conversation_id == conversation_id, Draft.staff_id.is_(None)
        )
    ).scalar_one_or_none()


def own_draft(session: Session, conversation_id: int, actor: Actor) -> str:
    """What the actor had begun to write; empty for nothing."""
    found = session.execute(
        select(Draft.body).where(
            Draft.shop_id == actor.shop_id,
            Draft.conversation_id == conversation_id,
            Draft.staff_id == actor.staff_id,
        )
    ).scalar_one_or_none()
    return found or ""


def keep_draft(
    session: Session, conversation_id: int, body: str, actor: Actor, now: datetime
) -> Done | Gone | NotAllowed:
    """Keep what the actor is typing, so that another day or another device has it. An empty one is dropped."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if own_draft(session, conversation_id, actor) == body:
        return Done(changed=False)
    drop_own(session, conversation_id, actor)
    if body.strip():
        session.add(
            Draft(
                shop_id=actor.shop_id,
                conversation_id=conversation_id,
                staff_id=actor.staff_id,
                body=body,
                at=now,
            )
        )
    return Done()
