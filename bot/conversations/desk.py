"""The front desk's enrolment: every conversation has one as soon as it is needed. Nobody ever talks to silence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot import flows_store
from bot.conversations.rows import fixed
from bot.conversations.subjects import Subject
from bot.models import Enrolment, Flow
from flows import state as states
from flows.engine import begin

NAME = "front_desk"


def front_desk(session: Session, subject: Subject, now: datetime) -> Enrolment:
    """The enrolment in the shop's front desk, made on first need. A shop without the flow gets the shipped one."""
    shop_id, customer_id = subject.shop.id, subject.customer.id
    if subject.seen.live is None:
        found = session.execute(_FOUND, {"shop": shop_id, "customer": customer_id}).scalar_one_or_none()
    else:
        desks = (each for each, name in subject.seen.live if name == NAME and each.status == "active")
        found = next(desks, None)
    if found:
        return found
    revision = flows_store.current(session, shop_id, NAME)
    if revision is None:
        flows_store.publish_library(session, shop_id, now, only={NAME})
        revision = flows_store.current(session, shop_id, NAME)
        assert revision is not None
    flow = flows_store.flow_of(session, revision.id)
    made = Enrolment(
        shop_id=shop_id,
        customer_id=customer_id,
        conversation_id=subject.conversation.id,
        flow_id=revision.flow_id,
        revision_id=revision.id,
        state=states.to_json(begin(flow)),
        started_at=now,
    )
    session.add(made)
    session.flush()
    if subject.seen.live is not None:
        subject.seen.live.append((made, NAME))
    return made


_FOUND = (
    select(Enrolment)
    .join(Flow, (Flow.shop_id == Enrolment.shop_id) & (Flow.id == Enrolment.flow_id))
    .where(
        Enrolment.shop_id == bindparam("shop"),
        Enrolment.customer_id == bindparam("customer"),
        Enrolment.status == fixed("active"),
        Flow.name == fixed(NAME),
    )
)
