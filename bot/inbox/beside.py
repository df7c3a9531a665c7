"""The customer beside their conversation: orders, codes, consent, where their flows stand and what comes next.

Owns the reading of one customer for people. Words for it are the pages'; the rules that use the same facts are the gate's
and the engine's. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.compliance.places import place_of, speaking_zone
from bot.conversations.snapshot import codes_of
from bot.flows_store import flow_of
from bot.models import (
    Consent,
    Conversation,
    Customer,
    Enrolment,
    Flow,
    Order,
    OrderLine,
    Outbound,
    Product,
    Shop,
    Suppression,
    Timer,
)

ORDERS = 5
"""Orders that are told, the newest."""

CodeState: TypeAlias = Literal["promised", "live", "used", "ended", "void"]


@dataclass(frozen=True, slots=True)
class Bought:
    """One order. `what`: (product, how many) each."""

    order: str
    at: datetime
    total_cents: int
    currency: str
    status: str
    counts: bool
    what: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code that the customer was given or promised. `ends_at` is the promise until its text has left."""

    id: int
    code: str
    state: CodeState
    percent: int | None
    amount_cents: int | None
    free_shipping: bool
    gift: str | None
    points: int | None
    ends_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Passage:
    """One flow that this customer is in. `phase` as in flows.state; `then`: the node to which silence leads."""

    enrolment_id: int
    flow: str
    title: str
    node: str
    phase: str
    has_floor: bool
    holdout: bool
    then: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand now. `silenced`: the kind of suppression, and by whom; `consent`: the kind in force.
    `leaves`: when texts that wait will leave; `waits`: until when silence is waited for (None: from when the text leaves)."""

    passages: tuple[Passage, ...]
    silenced: tuple[str, str] | None
    consent: str | None
    leaves: tuple[datetime, ...]
    waits: tuple[datetime | None, ...]
    link_opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """The customer. `zone` is theirs, as far as it is known; amounts in cents of `currency`; `spent_cents` in all."""

    id: int
    name: str | None
    phone: str | None
    email: str | None
    language: str | None
    country: str
    zone: str
    orders_count: int
    spent_cents: int
    currency: str
    first_order_at: datetime | None
    last_order_at: datetime | None
    points: int | None
    orders: tuple[Bought, ...]
    codes: tuple[Code, ...]


def person_of(session: Session, shop: Shop, customer: Customer, now: datetime) -> Person:
    """The customer, with their newest orders and all of their codes."""
    return Person(
        id=customer.id,
        name=" ".join(filter(None, (customer.first_name, customer.last_name))) or None,
        phone=customer.phone,
        email=customer.email,
        language=customer.language,
        country=customer.country,
        zone=zone_of(shop, customer),
        orders_count=customer.orders_count,
        spent_cents=customer.spent_cents,
        currency=shop.currency,
        first_order_at=customer.first_order_at,
        last_order_at=customer.last_order_at,
        points=customer.points,
        orders=_orders(session, customer),
        codes=tuple(_code(each, now) for each in codes_of(session, customer.id)),
    )


def zone_of(shop: Shop, customer: Customer) -> str:
    """The zone in which this customer is spoken to; the shop's where nothing is known."""
    if customer.phone is None:
        return shop.zone
    place = place_of(
        customer.phone, country=customer.country, region=customer.region, postcode=customer.postcode
    )
    return speaking_zone(place, shop.zone)


def standing_of(session: Session, customer: Customer, conversation: Conversation | None) -> Standing:
    """How things stand with this customer. `conversation` None: nothing was said yet."""
    silenced = session.get(Suppression, (customer.shop_id, customer.phone_key))
    given = session.get(Consent, (customer.shop_id, customer.phone_key))
    return Standing(
        passages=passages_of(session, customer, conversation),
        silenced=(silenced.kind, silenced.source) if silenced else None,
        consent=given.kind if given else None,
        leaves=leaves(session, conversation) if conversation else (),
        waits=waits(session, conversation) if conversation else (),
        link_opened_at=customer.clicked_at,
    )


def passages_of(
    session: Session, customer: Customer, conversation: Conversation | None
) -> tuple[Passage, ...]:
    """The flows that the customer is in, the front desk left out, the oldest first."""
    floor = conversation.floor_enrolment_id if conversation else None
    rows = session.execute(
        select(Enrolment.id, Enrolment.state, Enrolment.arm, Enrolment.revision_id, Flow.name)
        .join(Flow, and_(Flow.shop_id == Enrolment.shop_id, Flow.id == Enrolment.flow_id))
        .where(
            Enrolment.shop_id == customer.shop_id,
            Enrolment.customer_id == customer.id,
            Enrolment.status == "active",
            Enrolment.start_id.is_not(None),
        )
        .order_by(Enrolment.id)
    )
    return tuple(_passage(session, row, floor) for row in rows)


def leaves(session: Session, conversation: Conversation) -> tuple[datetime, ...]:
    """When the texts that are ready are due."""
    return tuple(
        session.scalars(
            select(Outbound.due_at)
            .where(
                Outbound.shop_id == conversation.shop_id,
                Outbound.conversation_id == conversation.id,
                Outbound.status == "ready",
            )
            .order_by(Outbound.due_at)
        )
    )


def waits(session: Session, conversation: Conversation) -> tuple[datetime | None, ...]:
    """Until when silence is waited for; None: from when the text leaves on which it hangs."""
    return tuple(
        session.scalars(
            select(Timer.due_at)
            .where(
                Timer.shop_id == conversation.shop_id,
                Timer.conversation_id == conversation.id,
                Timer.status == "armed",
            )
            .order_by(Timer.due_at)
        )
    )


def _passage(session: Session, row: Any, floor: int | None) -> Passage:
    state = row.state
    node, title, then = str(state.get("node", "")), row.name, None
    try:
        flow = flow_of(session, row.revision_id, state.get("revision"))
        title = flow.title
        if state.get("phase") == "waiting":
            silence = flow.node(node).silence
            then = silence.then if silence else None
    except (ValueError, KeyError):  # a revision that this program cannot read any more
        pass
    return Passage(
        enrolment_id=row.id,
        flow=row.name,
        title=title,
        node=node,
        phase=str(state.get("phase", "")),
        has_floor=row.id == floor,
        holdout=row.arm == "control",
        then=then,
    )


def _orders(session: Session, customer: Customer) -> tuple[Bought, ...]:
    orders = session.scalars(
        select(Order)
        .where(Order.shop_id == customer.shop_id, Order.customer_id == customer.id)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(ORDERS)
    ).all()
    if not orders:
        return ()
    lines: dict[int, list[tuple[str, int]]] = {}
    for row in session.execute(
        select(OrderLine.order_id, func.coalesce(Product.text_name, Product.name), OrderLine.quantity)
        .outerjoin(Product, and_(Product.shop_id == OrderLine.shop_id, Product.id == OrderLine.product_id))
        .where(OrderLine.shop_id == customer.shop_id, OrderLine.order_id.in_([each.id for each in orders]))
        .order_by(OrderLine.order_id, OrderLine.line_no)
    ):
        lines.setdefault(row[0], []).append((row[1] or "?", row[2]))
    return tuple(
        Bought(
            order=each.external_id,
            at=each.placed_at,
            total_cents=each.total_cents,
            currency=each.currency,
            status=each.status,
            counts=each.counts,
            what=tuple(lines.get(each.id, ())),
        )
        for each in orders
    )


def _code(row: Any, now: datetime) -> Code:
    return Code(
        id=row.id,
        code=row.code,
        state=_state(row, now),
        percent=row.percent,
        amount_cents=row.amount_cents,
        free_shipping=bool(row.free_shipping),
        gift=row.gift_text_name or row.gift_name or row.gift,
        points=row.points,
        ends_at=row.ends_at,
        used_at=row.used_at,
    )


def _state(row: Any, now: datetime) -> CodeState:
    match row.status:
        case "reserved":
            return "promised"
        case "redeemed":
            return "used"
        case "void":
            return "void"
        case _:
            return "live" if row.status == "live" and (row.ends_at is None or row.ends_at > now) else "ended"
