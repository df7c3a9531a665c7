"""Who holds a code of a wrong offer, and for whom nothing was done yet.

Owns these questions. Who holds a code has got it in a text, and it is not over, void or used. A code that is still promised
to a text is none of them: mend the flow first. Writes nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from bot.models import Conversation, Coupon, MendedCode, Mending


def holders(mending: Mending, now: datetime) -> Select[int]:
    """The codes (ids) that are live, and that somebody with a conversation holds."""
    return (
        select(Coupon.id)
        .join(
            Conversation,
            (Conversation.shop_id == Coupon.shop_id) & (Conversation.customer_id == Coupon.customer_id),
        )
        .where(*_of(mending), Coupon.status == "live", Coupon.ends_at > now)
    )


def left(mending: Mending, now: datetime) -> Select[int]:
    """Those of them that nobody has seen to. The codes that came in their place are none."""
    of_this = (MendedCode.shop_id == mending.shop_id, MendedCode.mending_id == mending.id)
    seen = select(MendedCode.coupon_id).where(*of_this)
    given = select(MendedCode.by_coupon_id).where(*of_this, MendedCode.by_coupon_id.is_not(None))
    return holders(mending, now).where(Coupon.id.not_in(seen), Coupon.id.not_in(given))


def used(mending: Mending) -> Select[int]:
    """Those that are used by now, and left alone."""
    return select(Coupon.id).where(*_of(mending), Coupon.status == "redeemed")


def free(shop_id: int, pool: str) -> Select[int]:
    """The codes of a pool that nobody has."""
    return select(Coupon.id).where(Coupon.shop_id == shop_id, Coupon.pool == pool, Coupon.status == "pool")


def count(session: Session, asked: Select[int]) -> int:
    """How many these are."""
    found: int = session.execute(select(func.count()).select_from(asked.subquery())).scalar_one()
    return found


def _of(mending: Mending) -> list[ColumnElement[bool]]:
    wanted = [
        Coupon.shop_id == mending.shop_id,
        Coupon.flow_id == mending.flow_id,
        Coupon.offer == mending.offer,
        Coupon.starts_at.is_not(None),
        Coupon.starts_at <= mending.at,  # who gets one from now on, gets it right
    ]
    if mending.given_after is not None:
        wanted.append(Coupon.starts_at >= mending.given_after)
    if mending.given_before is not None:
        wanted.append(Coupon.starts_at < mending.given_before)
    return wanted
