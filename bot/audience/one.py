"""Enrolling one customer by hand, as the phone simulator does. Owns what speaks against it.

Unlike a start, it asks neither lapse nor holdout: somebody pointed at this customer. Whether a text may leave is the
gate's answer, as always, and so an opted-out customer can be enrolled and will hear nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audience.enrol import enrol
from bot.audience.finding import Candidate
from bot.audience.kinds import kind_of
from bot.flows_store import current, flow_of
from bot.models import Customer, Enrolment, Flow, FlowStart


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Done; the first text goes out as soon as the gate lets it."""

    enrolment_id: int


@dataclass(frozen=True, slots=True)
class NotEnrolled:
    """Not done. `why` is a sentence for the person who asked."""

    why: str


OneEnrolment: TypeAlias = Enrolled | NotEnrolled


def enrol_one(
    session: Session, shop_id: int, flow_name: str, customer_id: int, now: datetime, *, by: str = "simulator"
) -> OneEnrolment:
    """Enrol this customer of this shop in the flow's current revision, in the arm that is texted.

    A second time through the flow is a new passage. The caller rings the bell after the commit.
    """
    revision = current(session, shop_id, flow_name)
    customer = session.execute(
        select(Customer).where(Customer.shop_id == shop_id, Customer.id == customer_id)
    ).scalar_one_or_none()
    if revision is None:
        return NotEnrolled(f"No flow {flow_name} is published.")
    if customer is None or customer.phone is None:
        return NotEnrolled("There is nobody to text.")
    running = session.execute(
        select(Flow.name)
        .join(Enrolment, (Enrolment.shop_id == Flow.shop_id) & (Enrolment.flow_id == Flow.id))
        .where(
            Enrolment.shop_id == shop_id,
            Enrolment.customer_id == customer_id,
            Enrolment.status == "active",
            Enrolment.start_id.is_not(None),
        )
    ).scalar()
    if running is not None:
        return NotEnrolled(f"{running} is running with this customer already, and one flow speaks at a time.")
    flow = flow_of(session, revision.id)
    start = FlowStart(
        shop_id=shop_id,
        revision_id=revision.id,
        status="done",
        kind=kind_of(flow.trigger),
        priority=flow.priority,
        daily_limit=1,
        total_limit=1,
        params={"enrolled": 1},
        started_at=now,
        started_by=by,
    )
    session.add(start)
    session.flush()
    last = session.execute(
        select(func.max(Enrolment.passage)).where(
            Enrolment.shop_id == shop_id,
            Enrolment.flow_id == revision.flow_id,
            Enrolment.customer_id == customer_id,
        )
    ).scalar()
    candidate = Candidate(customer.id, customer.phone_key, customer.phone, customer.last_order_at, "treated")
    made = enrol(session, shop_id, start, candidate, now, passage=(last or 0) + 1)
    return Enrolled(made) if made is not None else NotEnrolled("Somebody else has just done that.")
