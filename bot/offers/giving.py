"""Who gets which code: the one in their hands where it will do, a better one in its place, or none.

Owns one decision (DESIGN 3, «one live offer a customer, whatever the flow»): a code is given to nobody who holds another
that has not ended, unless it is of the same kind and better; then the old one works until the text with the new one has
left. What a code is worth beside another is bot.offers.worth's; its life, bot.offers.coupons's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.conversations.snapshot import held_codes
from bot.conversations.subjects import Subject
from bot.models import Product
from bot.offers import coupons
from bot.offers.budget import within_budget
from bot.offers.coupons import Asks
from bot.offers.holding import BY_HAND
from bot.offers.worth import covers, kind_of
from flows.effects import RequestCoupon
from flows.events import CouponReady, CouponUnavailable


def give(
    session: Session, subject: Subject, enrolment: Asks, request: RequestCoupon, now: datetime
) -> CouponReady | CouponUnavailable:
    """Answer a flow that asks for a code. Always answers at once: no flow waits for a code that nobody will make.

    `why` of a refusal is for people.
    """
    held = _held(session, subject, enrolment, request, now)
    if held and covers(held[0], request):
        return CouponReady(request.offer)
    for each in held:
        if kind_of(each) != kind_of(request):
            return CouponUnavailable(request.offer, f"they hold {each.code}, an offer of another kind")
        if covers(each, request):
            return CouponUnavailable(request.offer, f"another text is bringing them {each.code}")
    if request.gift and not _nameable(session, subject.shop.id, request.gift):
        return CouponUnavailable(request.offer, f"the shop has no product {request.gift} to give")
    if not within_budget(session, enrolment, request):
        return CouponUnavailable(request.offer, f"its budget of {request.budget} codes is given out")
    code = coupons.reserve(session, enrolment, request, now)
    if code is None:
        less = coupons.left_in(session, subject.shop.id, request.pool)
        why = "the codes left in {} are not worth as much" if less else "no code left in {}"
        return CouponUnavailable(request.offer, why.format(request.pool))
    for each in held:
        if each.status == "reserved" and (each.enrolment_id or BY_HAND) == enrolment.id:
            coupons.withdraw(session, each.id)
    if held or request.gift:
        subject.seen.forget_codes()
    else:
        subject.seen.codes = [code, *(subject.seen.codes or [])]
    return CouponReady(request.offer)


def _held(
    session: Session, subject: Subject, enrolment: Asks, request: RequestCoupon, now: datetime
) -> Sequence[Any]:
    """The codes that they hold, the one that this passage speaks of first. One that will not do, was only promised, and
    whose text never left and will not, is nobody's."""
    found = held_codes(session, subject, now, enrolment.id)
    if not found or covers(found[0], request):
        return found
    promised = {each.enrolment_id or BY_HAND for each in found if each.status == "reserved"}
    here = subject.shop.id, subject.conversation.id
    if not [each for each in sorted(promised) if coupons.give_back(session, *here, each)]:
        return found
    subject.seen.forget_codes()
    return held_codes(session, subject, now, enrolment.id)


def _nameable(session: Session, shop_id: int, product: str) -> bool:
    """Whether a text may say what the gift is: no text names a private product, and none one that nobody knows."""
    return session.execute(_GIFT, {"shop": shop_id, "product": product}).first() is not None


# Built once: building a statement costs SQLAlchemy about as much as running it.
_GIFT = select(Product.id).where(
    Product.shop_id == bindparam("shop"),
    Product.external_id == bindparam("product"),
    Product.private.is_(False),
    Product.retired.is_(False),
)
