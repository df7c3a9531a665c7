"""Notices about somebody who is erased: what was texted to a person's phone named them, and quoted them.

Owns finding those texts, and what was answered to them. The rows stay, as every text's does, without words.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations.own_answers import KEY
from bot.models import Inbound, Notice, Notification, Outbound


def forget(session: Session, shop_id: int, conversation_id: int) -> None:
    """Empty the notices to phones about this conversation, and what was answered from there."""
    notices = session.execute(
        select(Notice.id, Notice.notification_id, Notice.channel, Notice.address)
        .join(
            Notification,
            (Notification.shop_id == Notice.shop_id) & (Notification.id == Notice.notification_id),
        )
        .where(
            Notice.shop_id == shop_id,
            Notification.conversation_id == conversation_id,
            Notice.channel.in_(("text", "answer")),
        )
    ).all()
    answered = [int(each.address) for each in notices if each.channel == "answer"]
    keys = [f"{KEY}{each.id}" for each in notices if each.channel == "text"]
    keys += [f"{KEY}{word}:{each}" for each in answered for word in ("said", "unsaid")]
    keys += [f"{KEY}refused:{each.notification_id}" for each in notices]
    session.execute(
        update(Outbound)
        .where(Outbound.shop_id == shop_id, Outbound.key.in_(keys))
        .values(body="", effect=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Inbound)
        .where(Inbound.shop_id == shop_id, Inbound.id.in_(answered))
        .values(body="", reading=None)
        .execution_options(synchronize_session=False)
    )
