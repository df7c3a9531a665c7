"""A flow on a phone of the shop's own people: by real texts, with short waits, left out of results.

Owns who may be played to (a phone that proved whose it is, see bot.conversations.own_phones) and a clean beginning.
Whether a text may leave is the gate's answer, as always.
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
from bot.compliance.standing import OPT_OUTS
from bot.conversations import holders, own_phones
from bot.conversations.customers import conversation_of
from bot.conversations.signals import signal
from bot.flows_store import flow_of
from bot.keys import Keys
from bot.models import (
    ConfirmedPhone,
    Conversation,
    Customer,
    Enrolment,
    FlowRevision,
    FlowStart,
    Suppression,
)
from flows.events import HandedBack, Stopped


@dataclass(frozen=True, slots=True)
class Playing:
    """The first text leaves as soon as the gate lets it."""

    enrolment_id: int


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The phone has not shown whose it is. `code` has to be texted from it to a number of the shop."""

    code: str


@dataclass(frozen=True, slots=True)
class NotPlaying:
    """Nothing would arrive. `why` is a sentence with the remedy."""

    why: str


Trial: TypeAlias = Playing | Unconfirmed | NotPlaying


def try_out(
    session: Session, keys: Keys, revision: FlowRevision, phone: str, now: datetime, *, by: str
) -> Trial:
    """Begin the flow on this phone (E.164), and end whatever runs there. The caller rings the bell after the commit."""
    shop_id = revision.shop_id
    confirmed = session.execute(
        select(ConfirmedPhone.id).where(
            ConfirmedPhone.shop_id == shop_id,
            ConfirmedPhone.phone == phone,
            ConfirmedPhone.confirmed_at.is_not(None),
        )
    ).first()
    customer = session.execute(
        select(Customer).where(Customer.shop_id == shop_id, Customer.phone == phone)
    ).scalar_one_or_none()
    if confirmed is None or customer is None:
        return Unconfirmed(own_phones.ask(session, keys, shop_id, phone))
    stopped = session.get(Suppression, (shop_id, customer.phone_key))
    if stopped is not None and stopped.kind in OPT_OUTS:
        return NotPlaying("this phone has said stop: text START from it, then run this again")
    _clear(session, shop_id, customer.id, now)
    flow = flow_of(session, revision.id)
    start = FlowStart(
        shop_id=shop_id,
        revision_id=revision.id,
        status="done",
        kind=kind_of(flow.trigger),
        priority=flow.priority,
        trial=True,
        daily_limit=1,
        started_at=now,
        started_by=by,
    )
    session.add(start)
    session.flush()
    last = session.execute(
        select(func.max(Enrolment.passage)).where(
            Enrolment.shop_id == shop_id,
            Enrolment.flow_id == revision.flow_id,
            Enrolment.customer_id == customer.id,
        )
    ).scalar()
    candidate = Candidate(customer.id, customer.phone_key, phone, customer.last_order_at, "treated")
    made = enrol(session, shop_id, start, candidate, now, passage=(last or 0) + 1)
    return (
        Playing(made) if made is not None else NotPlaying("somebody else has just begun it: run this again")
    )


def _clear(session: Session, shop_id: int, customer_id: int, now: datetime) -> None:
    """What was said before the trial must not silence it: a shop in test can't answer an unknown phone, so the first
    «hello» of its owner waits for a person."""
    conversation = session.execute(
        select(Conversation)
        .where(Conversation.id == conversation_of(session, shop_id, customer_id, now))
        .with_for_update()
    ).scalar_one()
    if conversation.holder == "nobody":
        holders.hand_back(conversation, now)
        session.flush()
        key = f"handed-back:{conversation.id}:{conversation.fence}"
        signal(session, shop_id, conversation.id, None, key, HandedBack(None), now)
    running = session.execute(
        select(Enrolment.id).where(
            Enrolment.shop_id == shop_id,
            Enrolment.customer_id == customer_id,
            Enrolment.status == "active",
            Enrolment.start_id.is_not(None),
        )
    ).scalars()
    for enrolment_id in running:
        stop = Stopped("tried out again")
        signal(session, shop_id, conversation.id, enrolment_id, f"stopped:{enrolment_id}", stop, now)
