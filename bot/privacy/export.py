"""What is kept about one customer, for themselves (R153): in plain JSON, with their words, pictures and orders.

Owns what belongs to them. The proof (ledger, texts, receipts) is bot.proof.evidence's; here everything else is added.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from bot.models import (
    Base,
    Cart,
    Click,
    Conversation,
    Coupon,
    Customer,
    Enrolment,
    Flow,
    Inbound,
    InboundMedia,
    Link,
    Note,
    Order,
    OrderLine,
    Product,
    Promise,
)
from bot.proof.evidence import evidence

FORM = 1
"""Of the JSON; raised when a field changes its meaning."""
_INSIDE = frozenset({"id", "shop_id", "customer_id", "conversation_id", "phone_key", "staff_id"})
"""Our own numbers for things, of no use to anybody else."""


def export(
    session: Session, shop_id: int, phone_key: str, now: datetime, *, phone: str
) -> dict[str, Any] | None:
    """Everything about this number; None when nothing is known of it."""
    proof = evidence(session, shop_id, phone_key, now, phone=phone)
    if proof is None:
        return None
    customer = session.execute(
        select(Customer).where(Customer.shop_id == shop_id, Customer.phone_key == phone_key)
    ).scalar_one_or_none()
    told: dict[str, Any] = {
        "form": FORM,
        "made_at": now.astimezone(UTC).isoformat(),
        "shop": proof["shop"],
        "standing": proof["standing"],
        "consent_history": proof["ledger"],
    }
    if customer is None:
        return told | {"profile": None}
    return told | {
        "profile": _row(customer),
        "texts": [_text(each) for each in proof["texts"]],
        "pictures": list(_pictures(session, customer)),
        "flows": list(_flows(session, customer)),
        "orders": list(_orders(session, customer)),
        "carts": [_row(each) for each in _of(session, Cart, customer)],
        "codes": [_row(each) for each in _of(session, Coupon, customer)],
        "links": list(_links(session, customer)),
        "notes": [_row(each) for each in _of_conversation(session, Note, customer)],
        "promises": [_row(each) for each in _of_conversation(session, Promise, customer)],
    }


def _text(text: Mapping[str, Any]) -> dict[str, Any]:
    """Without the gate's rules: they are the shop's proof, and in the evidence file."""
    shown = {name: value for name, value in text.items() if name not in ("receipts", "reports")}
    if text["direction"] == "out":
        shown["delivery"] = [each["status"] for each in text["reports"]]
    return shown


def _pictures(session: Session, customer: Customer) -> Iterable[dict[str, Any]]:
    rows = session.execute(
        select(InboundMedia, Inbound.received_at)
        .join(Inbound, (Inbound.shop_id == InboundMedia.shop_id) & (Inbound.id == InboundMedia.inbound_id))
        .join(
            Conversation,
            (Conversation.shop_id == Inbound.shop_id) & (Conversation.id == Inbound.conversation_id),
        )
        .where(Conversation.shop_id == customer.shop_id, Conversation.customer_id == customer.id)
        .order_by(InboundMedia.id)
        .options(undefer(InboundMedia.body))
        .execution_options(yield_per=1)
    )
    for row, received_at in rows:
        yield {
            "received_at": _plain(received_at),
            "type": row.kind or row.claimed_type,
            "status": row.status,
            "base64": base64.b64encode(row.body).decode("ascii") if row.body is not None else None,
        }


def _flows(session: Session, customer: Customer) -> Iterable[dict[str, Any]]:
    rows = session.execute(
        select(Enrolment, Flow.name)
        .join(Flow, (Flow.shop_id == Enrolment.shop_id) & (Flow.id == Enrolment.flow_id))
        .where(Enrolment.shop_id == customer.shop_id, Enrolment.customer_id == customer.id)
        .order_by(Enrolment.id)
    )
    for row, name in rows:
        yield {
            "flow": name,
            "started_at": _plain(row.started_at),
            "ended_at": _plain(row.ended_at),
            "outcome": row.outcome,
            "in_the_control_group": row.arm == "control",
            "what_they_told": dict(row.state.get("values", {})),
        }


def _orders(session: Session, customer: Customer) -> Iterable[dict[str, Any]]:
    for order in _of(session, Order, customer):
        lines = session.execute(
            select(Product.name, OrderLine.quantity, OrderLine.price_cents)
            .select_from(OrderLine)
            .outerjoin(Product, (Product.shop_id == OrderLine.shop_id) & (Product.id == OrderLine.product_id))
            .where(OrderLine.shop_id == order.shop_id, OrderLine.order_id == order.id)
            .order_by(OrderLine.line_no)
        )
        yield _row(order) | {"lines": [dict(line._mapping) for line in lines]}


def _links(session: Session, customer: Customer) -> Iterable[dict[str, Any]]:
    for link in _of(session, Link, customer):
        clicks = session.scalars(
            select(Click).where(Click.shop_id == link.shop_id, Click.link_id == link.id).order_by(Click.id)
        )
        yield _row(link) | {"clicks": [{"at": _plain(click.at), "agent": click.agent} for click in clicks]}


def _of(session: Session, table: Any, customer: Customer) -> list[Any]:
    rows = session.scalars(
        select(table)
        .where(table.shop_id == customer.shop_id, table.customer_id == customer.id)
        .order_by(table.id)
    )
    return list(rows)


def _of_conversation(session: Session, table: Any, customer: Customer) -> list[Any]:
    """What colleagues wrote of them."""
    rows = session.scalars(
        select(table)
        .join(
            Conversation,
            (Conversation.shop_id == table.shop_id) & (Conversation.id == table.conversation_id),
        )
        .where(Conversation.shop_id == customer.shop_id, Conversation.customer_id == customer.id)
        .order_by(table.id)
    )
    return list(rows)


def _row(row: Base) -> dict[str, Any]:
    """All columns, so that one that is added later is in it too."""
    names = (column.name for column in row.__table__.columns if column.name not in _INSIDE)
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
