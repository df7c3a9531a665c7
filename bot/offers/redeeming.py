"""A code that an order used.

Owns the finding of it, as people and platforms type it, and what else that ends. Which order made up for which text is
bot.audience.recovery's.
"""

from __future__ import annotations

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import fixed
from bot.models import Coupon, MendedCode, Outbound


def redeem(session: Session, shop_id: int, code: str, order_id: int) -> Coupon | None:
    """The code that an order used, now redeemed; None if it isn't one of ours. A void one is honoured like any: the till
    took it. The better one in its place, of which no text has told them, was the same gift, and is void then."""
    coupon: Coupon | None = session.execute(
        select(Coupon)
        .where(Coupon.shop_id == shop_id, func.upper(Coupon.code) == code.strip().upper())
        .order_by(
            (Coupon.code == code.strip()).desc(), Coupon.id
        )  # a pool may hold two that differ in case alone
        .limit(1)
    ).scalar_one_or_none()
    if coupon and coupon.redeemed_order_id in (None, order_id):
        if coupon.status == "void":
            session.execute(_UNTOLD, {"shop": shop_id, "used": coupon.id})
        coupon.status, coupon.redeemed_order_id = "redeemed", order_id
    return coupon


# Built once: building a statement costs SQLAlchemy about as much as running it.
_COUPONS: Table = Coupon.__table__  # type: ignore[assignment]
_UNTOLD = (
    update(_COUPONS)
    .where(
        _COUPONS.c.status == fixed("live"),
        _COUPONS.c.id.in_(
            select(MendedCode.by_coupon_id)
            .outerjoin(
                Outbound,
                (Outbound.shop_id == MendedCode.shop_id) & (Outbound.id == MendedCode.outbound_id),
            )
            .where(
                MendedCode.shop_id == bindparam("shop"),
                MendedCode.coupon_id == bindparam("used"),
                MendedCode.by_coupon_id.is_not(None),
                Outbound.attempted_at.is_(None),
            )
        ),
    )
    .values(status="void")
)
