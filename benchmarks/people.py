"""Customers by the thousand, each in the middle of the shipped win-back: greeted yesterday, waiting for an answer.

Owns the rows that a measurement begins with, written in bulk. They are what the loop itself would have written; no
measurement counts their making.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bot.audience import starts
from bot.compliance.areas import areas
from bot.demo import NUMBER, load_demo
from bot.flows_store import current, flow_of
from bot.keys import Keys
from bot.models import (
    Base,
    Consent,
    Conversation,
    Coupon,
    Customer,
    Enrolment,
    Order,
    OrderLine,
    Outbound,
    Product,
    Timer,
)
from flows import state as states
from flows.engine import begin

FLOW = "winback_offer"
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Crowd:
    """The shop and the phones of its customers."""

    shop_id: int
    number: str
    account: str
    phones: tuple[str, ...]


def bring_crowd(session: Session, keys: Keys, account: str, count: int, now: datetime) -> Crowd:
    """The demo shop with `count` further customers."""
    shop_id = load_demo(session, keys, account, now)
    session.flush()
    crowd = Crowd(shop_id, NUMBER, account, tuple(phones(count)))
    codes = [f"BENCH-{n:06d}" for n in range(count)]
    _insert(
        session,
        Coupon,
        [
            {"shop_id": shop_id, "pool": "percent-15", "code": code, "percent": 15, "status": "pool"}
            for code in codes
        ],
    )
    revision = current(session, shop_id, FLOW)
    assert revision is not None
    flow = flow_of(session, revision.id)
    start = starts.start(session, revision, now, daily_limit=10, total=None, by="benchmark")
    start.next_batch_at = None
    session.flush()
    product = session.execute(
        select(Product.id).where(Product.shop_id == shop_id, Product.external_id == "morning-blend")
    ).scalar_one()
    state = states.to_json(replace(begin(flow), phase="waiting", turn=1, wait=1, disclosed=True))
    greeted, bought = now - timedelta(days=1), now - timedelta(days=70)
    ids: dict[type[Base], int] = {
        table: _next_id(session, table) for table in (Customer, Conversation, Order, Enrolment, Outbound)
    }
    rows: dict[type[Base], list[dict[str, Any]]] = {}
    for number, phone in enumerate(crowd.phones):
        mine = {table: first + number for table, first in ids.items()}
        for table, row in _passage(keys, shop_id, mine, phone, product, bought, greeted).items():
            if table is Enrolment:
                row |= {"flow_id": revision.flow_id, "revision_id": revision.id, "start_id": start.id}
                row |= {"state": state}
            rows.setdefault(table, []).append(row)
    for table, listed in rows.items():
        _insert(session, table, listed)
    _move_sequences(session, ids, count)
    return crowd


def phones(count: int) -> list[str]:
    """Numbers that nobody has: 555-0100 to 555-0199 of each area code."""
    codes = sorted(code for code, states in areas().codes.items() if len(states) == 1)
    found = [f"+1{code}55501{end:02d}" for end in range(23, 100) for code in codes]
    return found[:count]


def _passage(
    keys: Keys,
    shop_id: int,
    ids: dict[type[Base], int],
    phone: str,
    product_id: int,
    bought: datetime,
    greeted: datetime,
) -> dict[type[Base], dict[str, Any]]:
    """One customer's rows: an order, the consent, the greeting that was sent and the timer that hangs on it."""
    mine = {"shop_id": shop_id}
    customer, talk = ids[Customer], ids[Conversation]
    key = keys.phone_key(shop_id, phone)
    due = greeted + timedelta(days=4)
    return {
        Customer: mine
        | {
            "id": customer,
            "external_id": f"bench-{customer}",
            "phone": phone,
            "phone_key": key,
            "first_name": "Ana",
            "country": "US",
            "orders_count": 1,
            "spent_cents": 3100,
            "first_order_at": bought,
            "last_order_at": bought,
            "created_at": bought,
        },
        Conversation: mine
        | {
            "id": talk,
            "customer_id": customer,
            "floor_enrolment_id": ids[Enrolment],
            "last_outbound_at": greeted,
            "work_due_at": due,
            "created_at": bought,
        },
        Order: mine
        | {
            "id": ids[Order],
            "customer_id": customer,
            "external_id": f"bench-{customer}",
            "placed_at": bought,
            "total_cents": 3100,
            "currency": "USD",
            "status": "paid",
            "counts": True,
            "source": "import",
        },
        OrderLine: mine
        | {
            "order_id": ids[Order],
            "line_no": 1,
            "product_id": product_id,
            "quantity": 2,
            "price_cents": 1550,
        },
        Consent: mine
        | {"phone_key": key, "kind": "written", "source": "checkout", "at": bought, "ledger_seq": 1},
        Enrolment: mine
        | {
            "id": ids[Enrolment],
            "customer_id": customer,
            "conversation_id": talk,
            "turn": 1,
            "started_at": greeted,
        },
        Outbound: mine
        | {
            "id": ids[Outbound],
            "public_id": f"bench{ids[Outbound]:026d}",
            "conversation_id": talk,
            "enrolment_id": ids[Enrolment],
            "key": f"{ids[Enrolment]}:1:0",
            "turn": 1,
            "body": "Hi Ana, Tern & Tide's text bot here. Low on Morning Blend? STOP to opt out.",
            "language": "en",
            "encoding": "GSM-7",
            "parts": 1,
            "kind": "marketing",
            "status": "sent",
            "fence": 0,
            "due_at": greeted,
            "attempts": 1,
            "attempted_at": greeted,
            "provider_id": f"SMbench{ids[Outbound]:025d}",
            "provider_status": "delivered",
            "created_at": greeted,
        },
        Timer: mine
        | {
            "conversation_id": talk,
            "enrolment_id": ids[Enrolment],
            "wait_no": 1,
            "after_seconds": 345_600,
            "outbound_id": ids[Outbound],
            "due_at": due,
        },
    }


def _insert(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    for at in range(0, len(rows), BATCH):
        session.execute(insert(table), rows[at : at + BATCH])


def _next_id(session: Session, table: type[Base]) -> int:
    return int(session.execute(select(func.coalesce(func.max(table.id), 0))).scalar_one()) + 1  # type: ignore[attr-defined]


def _move_sequences(session: Session, ids: dict[type[Base], int], count: int) -> None:
    """Ids were given here; PostgreSQL must go on behind them."""
    if session.get_bind().dialect.name == "sqlite":
        return
    for table, first in ids.items():
        session.execute(
            select(func.setval(func.pg_get_serial_sequence(table.__tablename__, "id"), first + count))
        )
