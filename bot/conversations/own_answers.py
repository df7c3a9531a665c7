"""An answer that a person texts from their own phone: «Ana: we have it, 10 am», to a notice that called somebody Ana.

Owns knowing it among a phone's texts, and keeping it to be handed on. A text that does not begin with a name that this
phone was told lately is none. Writing it to Ana, and telling whoever answered, is bot.alerts.own_phone's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.conversations.subjects import Subject
from bot.models import ConfirmedPhone, Inbound, Notice, Outbound

LATELY = timedelta(days=7)
"""How long a name that a phone was told stands for that customer."""
KEY = "alert:"
"""How the keys of notices to phones begin, in outbound."""
LONGEST_NAME = 40
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)


def parted(bodies: Sequence[str]) -> tuple[str, str] | None:
    """Name and words of what may be an answer, said in these texts."""
    name, colon, words = "\n".join(bodies).strip().partition(":")
    name, words = name.strip(), words.strip()
    if not colon or not words or not 1 <= len(name) <= LONGEST_NAME or "\n" in name:
        return None
    return name, words


def is_answer(session: Session, subject: Subject, rows: Sequence[Inbound]) -> bool:
    """Whether this text answers a notice; if so it is kept to be handed on, and nobody else hears of it.

    Asked of every text, so what costs something is asked only where it looks like one.
    """
    said = parted([row.body for row in rows])
    if said is None:
        return False
    its = about(session, subject.shop.id, subject.conversation.id, said[0], rows[0].received_at)
    if its is None or not _confirmed(session, subject.shop.id, subject.customer.phone):
        return False
    insert_once(
        session,
        Notice,
        {
            "shop_id": subject.shop.id,
            "notification_id": its["notification"],
            "channel": "answer",
            "address": str(rows[0].id),
            "status": "waiting",
            "tries": 0,
            "next_try_at": AT_ONCE,
        },
    )
    return True


def about(session: Session, shop_id: int, here: int, name: str, at: datetime) -> dict[str, Any] | None:
    """What the newest notice in this conversation that used this name was about."""
    wanted = " ".join(name.split()).casefold()
    return next(
        (each for each in lately(session, shop_id, here, at) if each["name"].casefold() == wanted), None
    )


def lately(session: Session, shop_id: int, here: int, now: datetime) -> list[dict[str, Any]]:
    """What this phone was told about, the newest first."""
    rows = session.scalars(
        select(Outbound.effect)
        .where(
            Outbound.shop_id == shop_id,
            Outbound.conversation_id == here,
            Outbound.key.startswith(KEY),
            Outbound.created_at > now - LATELY,
        )
        .order_by(Outbound.id.desc())
        .limit(100)
    )
    return [effect["about"] for effect in rows if effect and effect.get("about")]


def _confirmed(session: Session, shop_id: int, phone: str | None) -> bool:
    asked = select(ConfirmedPhone.id).where(
        ConfirmedPhone.shop_id == shop_id,
        ConfirmedPhone.phone == phone,
        ConfirmedPhone.confirmed_at.is_not(None),
    )
    return session.execute(asked).first() is not None
