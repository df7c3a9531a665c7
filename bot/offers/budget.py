"""Whether one more code of an offer may be given out: its budget, over all revisions of its flow.

Owns the counting, and the one lock under which it is done.
"""

from __future__ import annotations

from sqlalchemy import Integer, and_, bindparam, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from bot.conversations.rows import fixed
from bot.models import Coupon
from bot.offers.coupons import Asks
from flows.effects import RequestCoupon

_LOCK = 0x57_42_42_47
"""PostgreSQL advisory lock, till the end of the transaction: whoever counts."""


def within_budget(session: Session, enrolment: Asks, request: RequestCoupon, *, lock: bool = True) -> bool:
    """Whether one more code of this offer may be given out in this flow.

    Counted under a lock: two workers would both find the last one free. One lock for all budgets, and not one a flow: a
    batch of turns asks for the offers of several flows in any order, and two batches that each held what the other
    wants would wait for ever. A batch lasts some hundredths of a second. SQLite has one writer anyway.
    A code that went back to its pool unseen does not count; one that ended unused does. A void one in whose place the
    customer got another of this offer is the same gift, and counts once. Without `lock` it is a look: for a
    screen, where the answer may be old before it is read.
    """
    if request.budget is None:
        return True
    if lock and session.get_bind().dialect.name == "postgresql":
        session.execute(_TAKE, {"lock": _LOCK})
    given = session.execute(
        _GIVEN,
        {
            "shop": enrolment.shop_id,
            "flow": enrolment.flow_id,
            "of_offer": request.offer,
            "budget": request.budget,
        },
    )
    return given.scalar_one() < request.budget


# Built once: building a statement costs SQLAlchemy about as much as running it.
_TAKE = text("SELECT pg_advisory_xact_lock(:lock)")
_LATER: type[Coupon] = aliased(Coupon)
_IN_ITS_PLACE = exists().where(
    _LATER.shop_id == Coupon.shop_id,
    _LATER.customer_id == Coupon.customer_id,
    _LATER.flow_id == Coupon.flow_id,
    _LATER.offer == Coupon.offer,
    or_(
        _LATER.reserved_at > Coupon.reserved_at,
        and_(_LATER.reserved_at == Coupon.reserved_at, _LATER.id > Coupon.id),
    ),
)
_GIVEN = select(func.count()).select_from(
    select(Coupon.id)
    .where(
        Coupon.shop_id == bindparam("shop"),
        Coupon.flow_id == bindparam("flow"),
        Coupon.offer == bindparam("of_offer"),
        or_(Coupon.status != fixed("void"), ~_IN_ITS_PLACE),
    )
    .limit(bindparam("budget", type_=Integer))
    .subquery()
)
