"""How each deed of staff begins and ends: the conversation under its lock, what colleagues read of it, what is recorded.

Owns the lock by shop and number (I13), notes of what was done, and the record. Decides nothing but who may.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox import Actor, Gone, NotAllowed
from bot.models import Conversation, Note, Staff
from bot.staff import audit
from bot.staff.roles import Permission


def begin(
    session: Session, conversation_id: int, actor: Actor, permission: Permission = "inbox.reply"
) -> Conversation | Gone | NotAllowed:
    """The conversation, locked until the end of the transaction, if it is the actor's shop's and they may."""
    if not actor.may(permission):
        return NotAllowed(permission)
    return lock(session, actor.shop_id, conversation_id) or Gone()


def lock(session: Session, shop_id: int, conversation_id: int) -> Conversation | None:
    """The conversation of this shop, locked and read anew; None when it has none of that number."""
    return session.execute(
        select(Conversation)
        .where(Conversation.shop_id == shop_id, Conversation.id == conversation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def note(
    session: Session, conversation: Conversation, staff_id: int | None, kind: str, body: str, now: datetime
) -> Note:
    """Leave a line that colleagues read in the conversation (models.Note.kind). `staff_id` None: a rule did it."""
    row = Note(
        shop_id=conversation.shop_id,
        conversation_id=conversation.id,
        staff_id=staff_id,
        kind=kind,
        body=body,
        at=now,
    )
    session.add(row)
    shown(conversation)
    return row


def shown(conversation: Conversation) -> None:
    """Something that a screen shows has changed."""
    conversation.version += 1


def record(
    session: Session,
    actor: Actor,
    action: str,
    conversation_id: int,
    now: datetime,
    **details: Any,
) -> None:
    """Keep who did it. `details` hold numbers and words of ours, never what was said."""
    audit.record(
        session,
        actor.by,
        action,
        shop_id=actor.shop_id,
        at=now,
        subject=audit.Subject("conversation", conversation_id),
        details=details,
    )


def name_of(session: Session, shop_id: int, staff_id: int | None) -> str | None:
    """What a member of staff of this shop is called; None for nobody, or for somebody who works there no more."""
    if staff_id is None:
        return None
    return session.execute(
        select(Staff.name).where(Staff.shop_id == shop_id, Staff.id == staff_id, Staff.active.is_(True))
    ).scalar_one_or_none()
