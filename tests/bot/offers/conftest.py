"""Passages without a dialogue: rows enough to ask for a code, and nothing published."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations.subjects import Subject, subject_of
from bot.db import Database
from bot.models import Conversation, Coupon, Enrolment, Flow, FlowRevision
from bot.offers.pools import add_codes
from flows.effects import RequestCoupon
from tests.support.cast import Cast, Member
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


SHIPPING: dict[str, Any] = {"free_shipping": True}


def fill(database: Database, cast: Cast) -> None:
    """A pool of each kind beside the cast's five codes of 15%."""
    with database.write() as session:
        for pool, worth in (
            ("percent-10", {"percent": 10}),
            ("percent-20", {"percent": 20}),
            ("free-shipping", SHIPPING),
            ("gift-sku-1", {"gift": "sku-1"}),
            ("points-200", {"points": 200}),
        ):
            add_codes(session, cast.shop_id, pool, [f"{pool}-A", f"{pool}-B"], **worth)


def hold(database: Database, who: Member, code: str, *, live: bool = True) -> None:
    """Put this code into the customer's hands, by a passage of another flow."""
    with database.write() as session:
        before = passage(session, who, "earlier")
        session.execute(
            update(Coupon)
            .where(Coupon.shop_id == who.shop_id, Coupon.code == code)
            .values(
                status="live" if live else "reserved",
                customer_id=who.customer_id,
                enrolment_id=before.id,
                flow_id=before.flow_id,
                offer="comeback",
                valid_for_seconds=86_400,
                reserved_at=NOW - timedelta(days=1),
                starts_at=NOW - timedelta(days=1) if live else None,
                ends_at=NOW + timedelta(days=2) if live else None,
            )
        )
