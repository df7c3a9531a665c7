"""Passages without a dialogue: rows enough to ask for a code, and nothing published."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.subjects import Subject, subject_of
from bot.models import Conversation, Coupon, Enrolment, Flow, FlowRevision
from flows.effects import RequestCoupon
from tests.support.cast import Member
from tests.support.clock import NOW

DAY = 86_400


def passage(session: Session, who: Member, flow: str = "winback", number: int = 1) -> Enrolment:
    """The customer's passage through a flow of that name, made on first need."""
    row = session.execute(select(Flow).where(Flow.shop_id == who.shop_id, Flow.name == flow)).scalar()
    if row is None:
        row = Flow(shop_id=who.shop_id, name=flow)
        session.add(row)
        session.flush()
        session.add(
            FlowRevision(
                shop_id=who.shop_id,
                flow_id=row.id,
                number=1,
                hash=flow,
                language_version=1,
                source="",
                published_by="test",
                published_at=NOW,
            )
        )
        session.flush()
    revision = session.execute(select(FlowRevision.id).where(FlowRevision.flow_id == row.id)).scalar_one()
    made = Enrolment(
        shop_id=who.shop_id,
        customer_id=who.customer_id,
        conversation_id=who.conversation_id,
        flow_id=row.id,
        revision_id=revision,
        passage=number,
        state={},
        started_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def subject(session: Session, who: Member) -> Subject:
    """Whom a turn would be about."""
    return subject_of(session, session.get_one(Conversation, who.conversation_id))


def wish(offer: str = "deal", pool: str = "percent-15", **worth: Any) -> RequestCoupon:
    """What a flow asks for; 15 percent unless told otherwise."""
    kinds = ("percent", "amount_cents", "free_shipping", "gift", "points")
    plain: dict[str, Any] = {"percent": None, "amount_cents": None}
    told = worth if any(kind in worth for kind in kinds) else {"percent": 15} | worth
    return RequestCoupon(offer=offer, pool=pool, valid_for_seconds=3 * DAY, **plain | told)


def codes(session: Session, who: Member) -> list[tuple[str, str, str | None]]:
    """(code, status, offer) of every code that was taken from a pool of the customer's shop."""
    rows = session.scalars(
        select(Coupon).where(Coupon.shop_id == who.shop_id, Coupon.status != "pool").order_by(Coupon.id)
    )
    return [(row.code, row.status, row.offer) for row in rows]
