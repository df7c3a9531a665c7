"""Flows with every kind of trigger, as small as they can be, and customers whom they name or not.

Owns what the tests of triggers share. Flows are put into the database as published: what a flow may say is not tried here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audience import starts
from bot.audience.recovery import order_arrived
from bot.keys import Keys
from bot.models import (
    Consent,
    Customer,
    Enrolment,
    Flow,
    FlowRevision,
    FlowStart,
    LedgerEntry,
    Order,
    OrderLine,
    Product,
)
from bot.orders import CustomerIn, OrderIn, record_order
from flows.definition import LANGUAGE_VERSION
from flows.parser import published
from tests.support.fakes import FakedApp

TEXT = "Juniper's text bot here. Hello again? STOP to opt out."


def source(name: str, trigger: str, *more: str) -> str:
    """A flow that says one text and waits four days."""
    lines = [f"flow: {name}", f"trigger: {trigger}", *more]
    if "exit_on: []" not in more:
        lines.append("exit_on: [ordered]")
    lines = [line for line in lines if line != "exit_on: []"]
    return "\n".join(
        [
            *lines,
            "start: hello",
            "nodes:",
            f'  hello: {{ say: "{TEXT}", silence: {{ after: 4 days, then: bye }} }}',
            "  bye: { end: silent }",
            "",
        ]
    )


def publish(session: Session, shop_id: int, written: str, now: datetime) -> FlowRevision:
    """Put it into the database as its first revision."""
    flow = published(written)
    row = Flow(shop_id=shop_id, name=flow.name)
    session.add(row)
    session.flush()
    revision = FlowRevision(
        shop_id=shop_id,
        flow_id=row.id,
        number=1,
        hash=flow.hash,
        language_version=LANGUAGE_VERSION,
        source=written,
        published_by="test",
        published_at=now,
    )
    session.add(revision)
    session.flush()
    row.current_revision_id = revision.id
    session.flush()
    return revision


def begin(session: Session, shop_id: int, written: str, now: datetime, **limits: Any) -> FlowStart:
    """Publish it and start it."""
    revision = publish(session, shop_id, written, now)
    wanted = {"daily_limit": None, "total": None} | limits
    return starts.start(session, revision, now, by="test", **wanted)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody new, with as many orders as wanted."""

    customer_id: int
    phone: str
    phone_key: str


def person(
    session: Session,
    keys: Keys,
    shop_id: int,
    number: int,
    now: datetime,
    *orders: tuple[int, int],
    **columns: Any,
) -> Person:
    """A consented customer with that number. `orders`: days ago, and cents; each counts."""
    phone = f"+1415555{number:04}"
    key = keys.phone_key(shop_id, phone)
    placed = sorted(now - timedelta(days=days) for days, _ in orders)
    row = Customer(
        shop_id=shop_id,
        phone=phone,
        phone_key=key,
        country="US",
        created_at=now - timedelta(days=900),
        orders_count=len(orders),
        spent_cents=sum(cents for _, cents in orders),
        first_order_at=placed[0] if placed else None,
        last_order_at=placed[-1] if placed else None,
        **columns,
    )
    session.add(row)
    session.flush()
    for place, (days, cents) in enumerate(orders):
        session.add(
            Order(
                shop_id=shop_id,
                customer_id=row.id,
                external_id=f"{number}-{place}",
                placed_at=now - timedelta(days=days),
                total_cents=cents,
                currency="USD",
                status="paid",
                counts=True,
                source="test",
            )
        )
    consented = {"shop_id": shop_id, "phone_key": key, "at": now - timedelta(days=100)}
    session.add(Consent(**consented, kind="written", source="test", ledger_seq=1))
    session.add(
        LedgerEntry(
            **consented,
            seq=1,
            act="opted_in",
            source="signup",
            details={"confirmed_by": "text"},
            payload_hash="",
            prev_hash="",
            hash=f"h{number}",
        )
    )
    session.flush()
    return Person(row.id, phone, key)


def passages(session: Session, flow: str) -> list[Enrolment]:
    """All passages through that flow, in order."""
    return list(
        session.scalars(
            select(Enrolment)
            .join(Flow, Flow.id == Enrolment.flow_id)
            .where(Flow.name == flow)
            .order_by(Enrolment.id)
        )
    )


def look(app: FakedApp) -> int:
    """What the clock does, until nothing is left."""
    return sum(iter(lambda: starts.run_due(app), 0))


def entered(app: FakedApp, flow: str) -> list[int]:
    """Who entered it, in order."""
    with app.database.read() as session:
        return [each.customer_id for each in passages(session, flow)]


def buy(app: FakedApp, shop_id: int, phone: str, name: str, at: datetime) -> None:
    """An order of this moment, as the API takes it."""
    with app.database.write() as session:
        order = OrderIn(name, at, 2_000, "USD", CustomerIn(phone=phone), "paid")
        made = record_order(session, app.keys, shop_id, order, source="api", now=app.real_now())
        assert made.order_id is not None
        order_arrived(session, shop_id, made.order_id, app.real_now())


def finish(app: FakedApp, flow: str, at: datetime) -> None:
    """Whoever is in it has come to its end."""
    with app.database.write() as session:
        for each in passages(session, flow):
            if each.status == "active":
                each.status, each.outcome, each.ended_at = "ended", "silent", at


def lines(app: FakedApp, shop_id: int, product: dict[str, Any], pieces: int = 1) -> None:
    """One line of that product in each order of the shop."""
    with app.database.write() as session:
        row = Product(shop_id=shop_id, external_id=product["name"], **product)
        session.add(row)
        session.flush()
        for order in session.scalars(select(Order).where(Order.source == "test", Order.shop_id == shop_id)):
            session.add(
                OrderLine(
                    shop_id=shop_id,
                    order_id=order.id,
                    line_no=1,
                    product_id=row.id,
                    quantity=pieces,
                    price_cents=1_000,
                )
            )
