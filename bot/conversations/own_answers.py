"""An answer that a person texts from their own phone: «Ana: we have it, 10 am», to a notice that called somebody Ana.

Owns knowing it among a phone's texts, and keeping it to be handed on; and that it is looked at again when it has not
reached Ana after all. A text that does not begin with a name that this phone was told lately is none. What is said to
Ana withdraws no consent of the phone's own, whatever the words are; a carrier's word is a whole text, and always does.
Writing it to Ana, and telling whoever answered, is bot.alerts.own_phone's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.conversations.subjects import Subject
from bot.models import ConfirmedPhone, Inbound, Notice, Outbound

LATELY = timedelta(days=7)
"""How long a name that a phone was told stands for that customer."""
KEY = "alert:"
"""How the keys of notices to phones begin, in outbound."""
WRITTEN = "staff:phone:"
"""How the keys of what was written to customers from such phones begin; after it the number of the inbound."""
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
    its = _meant(
        session,
        subject.shop.id,
        subject.conversation.id,
        subject.customer.phone,
        [row.body for row in rows],
        rows[0].received_at,
    )
    if its is None:
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


def came_to_nothing(session: Session, text: Outbound) -> None:
    """A person's text did not reach the customer: where it came from a person's own phone, that phone hears of it."""
    if not text.key.startswith(WRITTEN):
        return
    session.execute(
        update(Notice)
        .where(
            Notice.shop_id == text.shop_id,
            Notice.channel == "answer",
            Notice.address == text.key.removeprefix(WRITTEN),
        )
        .values(status="waiting", tries=0, next_try_at=AT_ONCE)
    )


def is_said_to_a_customer(
    session: Session, shop_id: int, here: int, phone: str | None, body: str, at: datetime
) -> bool:
    """Whether a text that is just being stored will be such an answer, so that no rule is to be obeyed for it."""
    return _meant(session, shop_id, here, phone, [body], at) is not None


def _meant(
    session: Session, shop_id: int, here: int, phone: str | None, bodies: Sequence[str], at: datetime
) -> dict[str, Any] | None:
    said = parted(bodies)
    if said is None:
        return None
    its = about(session, shop_id, here, said[0], at)
    return its if its is not None and _confirmed(session, shop_id, phone) else None


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
