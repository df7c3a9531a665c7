"""What the bot would have said, kept for a person to send: where it drafts and people send, and where they took over.

Owns the bot's own row in `drafts`, one a conversation. What people begin to write is bot.inbox.drafting's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.conversations import holders
from bot.conversations.rows import insert_soon
from bot.models import Conversation, Draft
from bot.pending import PromisedId
from flows.effects import SendText

DRAFTED = "a person sends it"
"""Why a bot's answer is withheld where the bot drafts and a person sends."""


def wanted(conversation: Conversation, effect: SendText) -> bool:
    """Whether a person is to send this answer. What the law wants leaves by itself, and so does the word that people will
    answer: nobody is left to silence because nobody looked."""
    return (
        conversation.bot_drafts
        and conversation.holder == "bot"
        and effect.prompted_by is not None
        and effect.notice is None
    )


def joined(texts: Sequence[tuple[PromisedId, str]]) -> tuple[PromisedId, str]:
    """The texts of one turn as one draft, by the last of them."""
    return texts[-1][0], "\n\n".join(body for _, body in texts)


def offer(
    session: Session, conversation: Conversation, outbound_id: int | PromisedId, body: str, now: datetime
) -> None:
    """Keep it in the place of the one before. The customer waits for it: that is owed from now on."""
    drop(session, conversation.shop_id, conversation.id)
    insert_soon(
        session,
        Draft,
        {
            "shop_id": conversation.shop_id,
            "conversation_id": conversation.id,
            "staff_id": None,
            "body": body,
            "outbound_id": outbound_id,
            "at": now,
        },
    )
    holders.owe(conversation, conversation.last_inbound_at)


def drop(session: Session, shop_id: int, conversation_id: int) -> None:
    """It is offered no more."""
    session.execute(
        delete(Draft).where(
            Draft.shop_id == shop_id, Draft.conversation_id == conversation_id, Draft.staff_id.is_(None)
        )
    )
