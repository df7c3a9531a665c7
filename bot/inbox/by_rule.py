"""Back to the bot by the shop's rule: a conversation that people have left alone for `return_hours`.

Owns `return_due` and what stands against it. `return_at` is set anew by every deed of people (bot.inbox.holding.rearm); it
is moved on, and says why, while somebody waits for an answer. How it is given back is bot.inbox.returning's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.inbox.deeds import lock, note
from bot.inbox.holding import return_after
from bot.inbox.returning import give_back
from bot.models import Conversation, Inbound, Note, Outbound, Promise

LOOK_AGAIN = timedelta(hours=1)
"""When a return that was refused is tried again."""


def return_due(app: App, limit: int = 50) -> int:
    """What the shop's rule gives back by now; gives how many conversations were looked at. May run twice."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        due = session.execute(
            select(Conversation.shop_id, Conversation.id)
            .where(Conversation.return_at <= now)
            .order_by(Conversation.return_at)
            .limit(limit)
        ).all()
    for row in due:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            conversation = lock(session, row.shop_id, row.id)
            if conversation is not None:
                try_return(session, conversation, now)
    if due:
        app.bell.ring("turns")
    return len(due)


def try_return(session: Session, conversation: Conversation, now: datetime) -> str | None:
    """Give it back if its time has come and nothing stands against it; gives what does, in words.

    A refusal is said to staff once, and looked at again an hour later.
    """
    at = conversation.return_at
    if at is None or at > now:
        return None
    if conversation.holder == "bot" or return_after(session, conversation.shop_id) is None:
        conversation.return_at = None
        return None
    why = against(session, conversation)
    if why is None:
        note(session, conversation, None, "returned", "Given back to the bot by the shop's rule.", now)
        give_back(session, conversation, now)
        return None
    conversation.return_at = now + LOOK_AGAIN
    said = f"Not given back to the bot: {why}."
    if _last_said(session, conversation) != said:
        note(session, conversation, None, "returned", said, now)
    return why


def against(session: Session, conversation: Conversation) -> str | None:
    """What stands against giving this conversation back without a person; None: nothing."""
    if conversation.owed_since is not None:
        return "a text of the customer is not answered"
    if conversation.open_matter == "complaint":
        return "a complaint is open"
    own = (Outbound.shop_id == conversation.shop_id, Outbound.conversation_id == conversation.id)
    waits = select(Outbound.id).where(*own, Outbound.author == "staff", Outbound.status == "ready")
    if session.execute(waits.limit(1)).first():
        return "a colleague's text has not left yet"
    promised = select(Promise.id).where(
        Promise.shop_id == conversation.shop_id,
        Promise.conversation_id == conversation.id,
        Promise.kept_at.is_(None),
    )
    if session.execute(promised.limit(1)).first():
        return "a promise is not kept yet"
    unread = exists().where(
        Inbound.shop_id == conversation.shop_id,
        Inbound.conversation_id == conversation.id,
        Inbound.turned_at.is_(None),
    )
    return "a text of the customer is not read yet" if session.execute(select(unread)).scalar() else None


def _last_said(session: Session, conversation: Conversation) -> str | None:
    return session.execute(
        select(Note.body)
        .where(
            Note.shop_id == conversation.shop_id,
            Note.conversation_id == conversation.id,
            Note.kind == "returned",
            Note.at >= (conversation.held_since or conversation.created_at),
        )
        .order_by(Note.id.desc())
        .limit(1)
    ).scalar_one_or_none()
