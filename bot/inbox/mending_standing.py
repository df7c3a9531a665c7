"""How far the mending of a wrong offer is, and who has not been told of it.

Owns the reading. Why a text does not leave is said in the gate's words; nothing is sent or changed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.inbox import Actor, Gone
from bot.inbox.mending_holders import count, left
from bot.inbox.verdicts import UNDELIVERED, because_of
from bot.models import Conversation, Coupon, Customer, MendedCode, Mending, Outbound, Receipt
from bot.phones import mask

LISTED = 100


@dataclass(frozen=True, slots=True)
class Mended:
    """How far it is. `left`: holders still to come."""

    mending_id: int
    done: int
    left: int
    fates: dict[str, int]
    texts: dict[str, int]
    """The texts that tell of it, by how they stand."""


@dataclass(frozen=True, slots=True)
class Untold:
    """Somebody who holds a mended code, and no text has told them. `waits`: one tells them as soon as it may, or the code
    ends; else none will: write to them, and let the shop's till honour their old code."""

    conversation_id: int
    who: str
    """Their name, or the masked number."""
    code: str
    """The code that is theirs now."""
    old_code: str
    why: str
    waits: bool


@dataclass(frozen=True, slots=True)
class AllUntold:
    """The first of them, those first whom no text will tell. `more`: how many others there are."""

    people: tuple[Untold, ...]
    more: int


def standing(session: Session, mending_id: int, actor: Actor, now: datetime) -> Mended | Gone:
    """How far it is."""
    found = _mending(session, mending_id, actor)
    if found is None:
        return Gone()
    fates = session.execute(
        select(MendedCode.fate, func.count())
        .where(MendedCode.shop_id == actor.shop_id, MendedCode.mending_id == mending_id)
        .group_by(MendedCode.fate)
    )
    texts = session.execute(
        select(Outbound.status, func.count())
        .join(MendedCode, (MendedCode.shop_id == Outbound.shop_id) & (MendedCode.outbound_id == Outbound.id))
        .where(MendedCode.shop_id == actor.shop_id, MendedCode.mending_id == mending_id)
        .group_by(Outbound.status)
    )
    by_fate = {str(row[0]): int(row[1]) for row in fates}
    to_come = 0 if found.done_at else count(session, left(found, now))
    return Mended(
        found.id, sum(by_fate.values()), to_come, by_fate, {str(row[0]): int(row[1]) for row in texts}
    )


def untold(session: Session, mending_id: int, actor: Actor) -> AllUntold | Gone:
    """Who has not been told, and why not."""
    found = _mending(session, mending_id, actor)
    if found is None:
        return Gone()
    fates = ("replaced", "extended", "without_code", "failed") if found.bodies else ("failed",)
    asked = _UNTOLD.where(
        MendedCode.shop_id == actor.shop_id, MendedCode.mending_id == mending_id, MendedCode.fate.in_(fates)
    )
    total = session.execute(select(func.count()).select_from(asked.order_by(None).subquery())).scalar_one()
    rows = session.execute(asked.limit(LISTED)).all()
    said = _answers(session, actor.shop_id, [row.text for row in rows if row.text is not None])
    return AllUntold(tuple(_untold(row, said) for row in rows), total - len(rows))


def _mending(session: Session, mending_id: int, actor: Actor) -> Mending | None:
    return session.execute(
        select(Mending).where(Mending.shop_id == actor.shop_id, Mending.id == mending_id)
    ).scalar_one_or_none()


def _answers(session: Session, shop_id: int, texts: Sequence[int]) -> dict[int, str]:
    """What the gate said last of each of these texts that it did not let go."""
    last = select(func.max(Receipt.id)).where(Receipt.shop_id == shop_id, Receipt.outbound_id.in_(texts))
    rows = session.execute(
        select(Receipt.outbound_id, Receipt.decision, Receipt.kind, Receipt.rules).where(
            Receipt.shop_id == shop_id, Receipt.id.in_(last.group_by(Receipt.outbound_id))
        )
    )
    return {row.outbound_id: why for row in rows if (why := because_of(row))}


def _untold(row: Any, said: dict[int, str]) -> Untold:
    name = " ".join(part for part in (row.first_name, row.last_name) if part) or mask(row.phone)
    return Untold(
        row.conversation_id, name, row.now_code, row.old_code, _why(row, said), row.status == "ready"
    )


def _why(row: Any, said: dict[int, str]) -> str:
    """One sentence, without its stop."""
    if row.fate == "failed":
        return "a fault of ours: their code is as it was, and the log says more"
    if row.fate == "without_code":
        return "no code as good was left, so the text would not be true: theirs lasts longer"
    if row.phone is None:
        return "nothing is known of them any more"
    match row.status:
        case None:
            return "the text names something that is not known of them"
        case "ready":
            return said.get(row.text, "it is about to leave")
        case "denied":
            return said.get(row.text, row.words or "the gate said no")
        case "expired":
            why = said.get(row.text)
            return "the code ended before it could leave" + (f": {why}" if why else "")
        case "sent" | "unknown" | "claimed" | "refused":
            return "the carrier did not deliver it" + (f" ({row.error_code})" if row.error_code else "")
        case _:
            return row.words or "it was taken back"


# Built once: building a statement costs SQLAlchemy about as much as running it.
_NOW = aliased(Coupon)
_UNTOLD = (
    select(
        MendedCode.fate,
        Coupon.code.label("old_code"),
        _NOW.code.label("now_code"),
        Conversation.id.label("conversation_id"),
        Customer.first_name,
        Customer.last_name,
        Customer.phone,
        Outbound.id.label("text"),
        Outbound.status,
        Outbound.why.label("words"),
        Outbound.error_code,
    )
    .join(Coupon, (Coupon.shop_id == MendedCode.shop_id) & (Coupon.id == MendedCode.coupon_id))
    .join(
        _NOW,
        (_NOW.shop_id == MendedCode.shop_id)
        & (_NOW.id == func.coalesce(MendedCode.by_coupon_id, MendedCode.coupon_id)),
    )
    .join(Customer, (Customer.shop_id == Coupon.shop_id) & (Customer.id == Coupon.customer_id))
    .join(
        Conversation,
        (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
    )
    .outerjoin(Outbound, (Outbound.shop_id == MendedCode.shop_id) & (Outbound.id == MendedCode.outbound_id))
    .where(
        or_(
            Outbound.id.is_(None),
            Outbound.status.not_in(("claimed", "sent", "unknown", "superseded")),
            Outbound.provider_status.in_(UNDELIVERED),
        )
    )
    .order_by(case((Outbound.status == "ready", 1), else_=0), MendedCode.id)
)
