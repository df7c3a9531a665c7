"""Bringing customers into a flow: who fits, in which arm, and their first event.

Owns enrolment. Who has lapsed is bot.audience.lapsed; how many a day is bot.audience.starts. A customer is enrolled
once in a flow, and not while another flow speaks with them (one voice).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from bot.compliance.book import book
from bot.conversations.customers import conversation_of
from bot.conversations.rows import insert_once
from bot.conversations.signals import signal
from bot.flows_store import flow_of
from bot.models import (
    Consent,
    Conversation,
    Customer,
    Enrolment,
    FlowRevision,
    FlowStart,
    Shop,
    Suppression,
)
from bot.models.base import UtcDateTime
from bot.shops import ShopSettings
from flows import state as states
from flows.conditions import Test, holds
from flows.definition import Flow as Definition
from flows.engine import begin
from flows.events import Started

PAGE = 500

HOLDOUT_LASTS = timedelta(days=30)
"""How long a control customer is kept out of other flows: the time within which a recovered order counts."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who fits a flow now."""

    customer_id: int
    phone_key: str
    phone: str
    last_order_at: datetime
    arm: str


def candidates(
    session: Session,
    shop_id: int,
    flow_id: int,
    flow: Definition,
    now: datetime,
    *,
    after: tuple[datetime, int] | None = None,
) -> Iterator[Candidate]:
    """Who would be enrolled, the newest lapsed first: in the range of days, in the audience, and allowed to be texted.

    `after`: the last order and the id of the one after whom to go on.
    """
    settings = session.execute(select(Shop.settings).where(Shop.id == shop_id)).scalar_one()
    most = ShopSettings.model_validate(settings).silent_texts
    while True:
        rows = session.execute(_page(shop_id, flow_id, flow, now, after, most)).all()
        for row in rows:
            if fits(flow.audience, row, now):
                arm = arm_of(shop_id, row.phone_key, flow.name, flow.holdout_percent)
                yield Candidate(row.id, row.phone_key, row.phone, row.last_order_at, arm)
        if len(rows) < PAGE:
            return
        after = (rows[-1].last_order_at, rows[-1].id)


def enrol(
    session: Session, shop_id: int, start: FlowStart, candidate: Candidate, now: datetime, *, passage: int = 1
) -> int | None:
    """Enrol one customer; a control customer is noted and hears nothing. None: they are in this flow already."""
    flow = flow_of(session, start.revision_id)
    conversation_id = conversation_of(session, shop_id, candidate.customer_id, now)
    made = insert_once(
        session,
        Enrolment,
        {
            "shop_id": shop_id,
            "customer_id": candidate.customer_id,
            "conversation_id": conversation_id,
            "flow_id": _flow_id(session, start.revision_id),
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
    if made is not None and candidate.arm == "treated":
        signal(session, shop_id, conversation_id, made, f"started:{made}", Started(), now)
    return made


def arm_of(shop_id: int, phone_key: str, flow: str, holdout_percent: int) -> str:
    """treated or control: hash(shop, customer, flow), so that it is the same on every day and every machine."""
    digest = hashlib.sha256(f"holdout/{shop_id}/{phone_key}/{flow}".encode()).digest()
    return "control" if int.from_bytes(digest[:4]) % 100 < holdout_percent else "treated"


def fits(tests: tuple[Test, ...], row: Any, now: datetime) -> bool:
    """Whether a customer's row passes a flow's audience tests, and their consent is one that their country wants today."""
    return consent_fits(row) and _lasts(row, now) and in_audience(tests, row, now)


def consent_fits(row: Any) -> bool:
    """Whether the consent in a customer's row is of a kind that their country wants."""
    profile = book().profiles.get(row.country)
    return profile is not None and row.consent in profile.marketing_consent


def _lasts(row: Any, now: datetime) -> bool:
    """Whether the consent has not ended by time (R150, R155): the gate would deny, and the passage would be spent."""
    end = book().profiles[row.country].runs_out(row.consent, row.consent_at, row.last_order_at)
    return end is None or now <= end


def in_audience(tests: tuple[Test, ...], row: Any, now: datetime) -> bool:
    """Whether a customer's row passes a flow's audience tests."""
    names = {
        "orders": row.orders_count,
        "points": row.points,
        "language": row.language or "en",
        "customer": {
            "orders": row.orders_count,
            "points": row.points,
            "spent": row.spent_cents / 100,
            "country": row.country,
            "language": row.language or "en",
            "days_since_order": (now - row.last_order_at).days,
            "attributes": row.attributes,
        },
    }
    return all(holds(test, names) for test in tests)


def conditions(
    shop_id: int, flow_id: int, flow: Definition, now: datetime, silent_texts: int = 6
) -> dict[str, ColumnElement[bool]]:
    """What a customer must meet to be enrolled, each by its name, as SQL on `customers`. Audience and consent come on top.

    A batch asks all of them at once, `winback why` each for itself. `silent_texts`: the shop's setting.
    """
    first, last = flow.trigger.lapsed or (0, 36_500)
    mine, other = aliased(Enrolment), aliased(Enrolment)
    return {
        "lapsed": Customer.last_order_at <= now - timedelta(days=first),
        "not too long ago": Customer.last_order_at > now - timedelta(days=last + 1),
        "phone": Customer.phone.is_not(None),
        "number": Customer.number_state == "ok",
        "suppression": ~exists().where(
            Suppression.shop_id == shop_id, Suppression.phone_key == Customer.phone_key
        ),
        "re-entry": ~exists().where(
            mine.shop_id == shop_id, mine.customer_id == Customer.id, mine.flow_id == flow_id
        ),
        "one voice": ~exists().where(
            other.shop_id == shop_id,
            other.customer_id == Customer.id,
            other.status == "active",
            other.start_id.is_not(None),
            (other.arm == "treated") | (other.started_at > now - HOLDOUT_LASTS),
        ),
        # both would be denied by the gate, and a place of the day be spent
        "refunded": Customer.refunded_order_at.is_(None)
        | (Customer.refunded_order_at <= Customer.last_order_at),
        "let go": ~exists().where(
            Conversation.shop_id == shop_id,
            Conversation.customer_id == Customer.id,
            Conversation.silent_texts >= silent_texts,
            Conversation.silent_at >= func.coalesce(Conversation.last_inbound_at, Conversation.silent_at),
            Conversation.silent_at >= func.coalesce(Customer.clicked_at, Conversation.silent_at),
            Conversation.silent_at >= Customer.last_order_at,
        ),
        "holder": ~exists().where(
            Conversation.shop_id == shop_id,
            Conversation.customer_id == Customer.id,
            Conversation.holder != "bot",
        ),
    }


def who() -> tuple[Any, ...]:
    """The columns of a customer's row that enrolment looks at, but for the kind of consent."""
    return (
        Customer.id,
        Customer.phone,
        Customer.phone_key,
        Customer.last_order_at,
        Customer.orders_count,
        Customer.spent_cents,
        Customer.points,
        Customer.country,
        Customer.language,
        Customer.attributes,
    )


def _page(
    shop_id: int,
    flow_id: int,
    flow: Definition,
    now: datetime,
    after: tuple[datetime, int] | None,
    silent_texts: int,
) -> Any:
    statement: Any = (
        select(*who(), Consent.kind.label("consent"), Consent.at.label("consent_at"))
        .join(Consent, (Consent.shop_id == Customer.shop_id) & (Consent.phone_key == Customer.phone_key))
        .where(Customer.shop_id == shop_id, *conditions(shop_id, flow_id, flow, now, silent_texts).values())
        .order_by(Customer.last_order_at.desc(), Customer.id.desc())
        .limit(PAGE)
    )
    if after:
        moment, last_id = after
        here = tuple_(literal(moment, UtcDateTime), literal(last_id))
        # as one value, so that the index finds the place
        statement = statement.where(tuple_(Customer.last_order_at, Customer.id) < here)
    return statement


def _flow_id(session: Session, revision_id: int) -> int:
    return session.execute(select(FlowRevision.flow_id).where(FlowRevision.id == revision_id)).scalar_one()
