"""Bringing customers into a flow: the passage, its arm, and its first event.

Owns enrolment. Who fits is bot.audience.finding; how many a day, and when, bot.audience.starts. One flow speaks with a
customer at a time (one voice): a flow of higher priority ends one of lower, any other waits.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.audience.conditions import Asked, asked, left_carts
from bot.audience.finding import Candidate
from bot.audience.kinds import again_of
from bot.conversations.customers import conversation_of
from bot.conversations.rows import insert_once
from bot.conversations.signals import signal
from bot.flows_store import flow_of
from bot.models import Cart, Enrolment, FlowRevision, FlowStart
from flows import state as states
from flows.engine import begin
from flows.events import Started, Stopped


def enrol(
    session: Session,
    shop_id: int,
    start: FlowStart,
    candidate: Candidate,
    now: datetime,
    *,
    passage: int | None = None,
    begun: Started | None = Started(),
) -> int | None:
    """Enrol one customer; a control customer is noted and hears nothing. None: they are in this flow already.

    `passage`: its number; None: the first, or the next where one may enter again. `begun`: their first event, left for
    the conversation's next turn; None: the caller has the turn, and takes the event through it.
    """
    flow = flow_of(session, start.revision_id)
    flow_id = _flow_id(session, start.revision_id)
    conversation_id = conversation_of(session, shop_id, candidate.customer_id, now)
    if passage is None:
        passage = 1 if again_of(flow.trigger) is None else _next_passage(session, shop_id, flow_id, candidate)
    made = insert_once(
        session,
        Enrolment,
        {
            "shop_id": shop_id,
            "customer_id": candidate.customer_id,
            "conversation_id": conversation_id,
            "flow_id": flow_id,
            "revision_id": start.revision_id,
            "start_id": start.id,
            "passage": passage,
            "arm": candidate.arm,
            "trial": start.trial,
            "status": "active",
            "state": states.to_json(begin(flow)),
            "turn": 0,
            "started_at": now,
        },
    )
    if made is None:
        return None
    if start.kind == "cart_abandoned":
        _speak_of_cart(session, asked(session, shop_id, flow_id, flow, now), candidate.customer_id, made)
    if passage > 1:
        _end_controls(session, shop_id, flow_id, candidate.customer_id, made, now)
    if candidate.arm == "treated" and begun is not None:
        for other in others_speaking(session, shop_id, flow_id, candidate.customer_id):
            stop = Stopped(f"{flow.name} goes first"[:64])
            signal(session, shop_id, conversation_id, other, f"stopped:{other}", stop, now)
        signal(session, shop_id, conversation_id, made, f"started:{made}", begun, now)
    return made


def others_speaking(session: Session, shop_id: int, flow_id: int, customer_id: int) -> list[int]:
    """The passages of other flows that speak with this customer."""
    return list(
        session.scalars(
            select(Enrolment.id)
            .where(
                Enrolment.shop_id == shop_id,
                Enrolment.customer_id == customer_id,
                Enrolment.status == "active",
                Enrolment.arm == "treated",
                Enrolment.start_id.is_not(None),
                Enrolment.flow_id != flow_id,
            )
            .order_by(Enrolment.id)
        )
    )


def _next_passage(session: Session, shop_id: int, flow_id: int, candidate: Candidate) -> int:
    last = session.execute(
        select(func.max(Enrolment.passage)).where(
            Enrolment.shop_id == shop_id,
            Enrolment.flow_id == flow_id,
            Enrolment.customer_id == candidate.customer_id,
        )
    ).scalar()
    return int(last or 0) + 1


def _end_controls(
    session: Session, shop_id: int, flow_id: int, customer_id: int, made: int, now: datetime
) -> None:
    """A control passage whose time is over has nothing else to end it."""
    session.execute(
        update(Enrolment)
        .where(
            Enrolment.shop_id == shop_id,
            Enrolment.flow_id == flow_id,
            Enrolment.customer_id == customer_id,
            Enrolment.id != made,
            Enrolment.arm == "control",
            Enrolment.status == "active",
        )
        .values(status="ended", outcome="over", ended_at=now)
        .execution_options(synchronize_session=False)
    )


def _speak_of_cart(session: Session, ask: Asked, customer_id: int, enrolment_id: int) -> None:
    """The newest of their left carts is the one that this passage speaks of."""
    newest = (
        select(Cart.id)
        .where(*left_carts(ask), Cart.customer_id == customer_id)
        .order_by(Cart.updated_at.desc(), Cart.id.desc())
        .limit(1)
    )
    found = session.execute(newest).scalar_one_or_none()
    session.execute(
        update(Cart)
        .where(Cart.id == found)
        .values(enrolment_id=enrolment_id)
        .execution_options(synchronize_session=False)
    )


def _flow_id(session: Session, revision_id: int) -> int:
    return session.execute(select(FlowRevision.flow_id).where(FlowRevision.id == revision_id)).scalar_one()
