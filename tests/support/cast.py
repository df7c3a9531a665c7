"""The cast of three: Ana lapsed and consented, Ben opted out, Cleo belongs to another shop.

Owns the rows; a test changes the one that it is about. Numbers are from 555-0100..0199, which nobody has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.keys import Keys
from bot.models import (
    Base,
    Consent,
    Conversation,
    Coupon,
    Customer,
    LedgerEntry,
    Order,
    OrderLine,
    Product,
    Sender,
    Shop,
    ShopFact,
    Suppression,
)

ACCOUNT = "AC" + "0" * 31 + "1"


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast, in plain values."""

    shop_id: int
    customer_id: int
    conversation_id: int
    phone: str
    phone_key: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Two live shops, their numbers, and three customers. `shop_id` is Ana's and Ben's."""

    shop_id: int
    other_shop_id: int
    number: str
    other_number: str
    product_id: int
    ana: Member
    ben: Member
    cleo: Member


def bring_cast(session: Session, keys: Keys, now: datetime) -> Cast:
    """Write the cast. Ana bought 60 days ago, Ben 90, Cleo 70; the first shop has five codes of 15%."""
    shop, other = _add(
        session, Shop, _shop("juniper", "Juniper Coffee", now), _shop("paprika", "Paprika Spices", now)
    )
    product, other_product = _add(session, Product, _product(shop), _product(other))
    people = [
        _customer(keys, shop, "Ana", "+14155550101", now - timedelta(days=60)),
        _customer(keys, shop, "Ben", "+17135550102", now - timedelta(days=90)),
        _customer(keys, other, "Cleo", "+13055550103", now - timedelta(days=70)),
    ]
    customers = _add(session, Customer, *people)
    orders = _add(session, Order, *map(_order, people, customers))
    conversations = _add(session, Conversation, *map(_conversation, people, customers))
    _add(session, OrderLine, *map(_line, people, orders, (product, product, other_product)))
    number, other_number = "+12125550100", "+13125550100"
    _add(session, Sender, _sender(shop, number), _sender(other, other_number))
    _add(session, ShopFact, _fact(shop), _fact(other))
    _add(session, Coupon, *(_coupon(shop, n) for n in range(5)))
    ana, ben, cleo = (
        Member(person["shop_id"], customer, conversation, person["phone"], person["phone_key"])
        for person, customer, conversation in zip(people, customers, conversations, strict=True)
    )
    long_ago, lately = now - timedelta(days=200), now - timedelta(days=5)
    _add(session, Consent, *(_consent(each, long_ago) for each in (ana, ben, cleo)))
    _add(session, Suppression, _opt_out(ben, lately))
    _add(
        session,
        LedgerEntry,
        *(_link(each, 1, "opted_in", "import", long_ago) for each in (ana, ben, cleo)),
        _link(ben, 2, "opted_out", "carrier_word", lately),
    )
    return Cast(shop, other, number, other_number, product, ana, ben, cleo)


Row = dict[str, Any]


def _add(session: Session, table: type[Base], *rows: Row) -> Sequence[int]:
    """One statement a table, and no objects: nearly every test brings the cast. Gives the ids, where there are some."""
    statement = insert(table.__table__)  # type: ignore[arg-type]
    if "id" not in table.__table__.c:
        session.execute(statement, rows)
        return []
    ids = statement.returning(table.__table__.c.id, sort_by_parameter_order=True)
    return session.execute(ids, rows).scalars().all()


def _shop(slug: str, name: str, now: datetime) -> Row:
    return {
        "slug": slug,
        "name": name,
        "text_name": name.split()[0],
        "state": "live",
        "site_url": f"https://{slug}.example",
        "contact": "help@" + slug + ".example",
        "orders_known_at": now,
        "created_at": now - timedelta(days=400),
    }


def _product(shop_id: int) -> Row:
    return {
        "shop_id": shop_id,
        "external_id": "sku-1",
        "name": "Morning Blend 12 oz",
        "text_name": "Morning Blend",
        "price_cents": 1550,
    }


def _sender(shop_id: int, number: str) -> Row:
    return {"shop_id": shop_id, "number": number, "account": ACCOUNT}


def _fact(shop_id: int) -> Row:
    answer = "Orders ship within a day and take 2 to 4 days."
    return {"shop_id": shop_id, "key": "shipping", "answer": answer, "asked_as": ""}


def _coupon(shop_id: int, n: int) -> Row:
    return {"shop_id": shop_id, "pool": "percent-15", "code": f"BACK15-{n:03d}", "percent": 15}


def _customer(keys: Keys, shop_id: int, name: str, phone: str, placed: datetime) -> Row:
    return {
        "shop_id": shop_id,
        "external_id": name.lower(),
        "phone": phone,
        "phone_key": keys.phone_key(shop_id, phone),
        "first_name": name,
        "country": "US",
        "orders_count": 1,
        "spent_cents": 3100,
        "first_order_at": placed,
        "last_order_at": placed,
        "created_at": placed,
    }


def _order(person: Row, customer_id: int) -> Row:
    return {
        "shop_id": person["shop_id"],
        "customer_id": customer_id,
        "external_id": f"order-{person['external_id']}",
        "placed_at": person["last_order_at"],
        "total_cents": 3100,
        "currency": "USD",
        "status": "paid",
        "counts": True,
        "source": "import",
    }


def _line(person: Row, order_id: int, product_id: int) -> Row:
    return {
        "shop_id": person["shop_id"],
        "order_id": order_id,
        "line_no": 1,
        "product_id": product_id,
        "quantity": 2,
        "price_cents": 1550,
    }


def _conversation(person: Row, customer_id: int) -> Row:
    return {
        "shop_id": person["shop_id"],
        "customer_id": customer_id,
        "created_at": person["created_at"],
    }


def _consent(who: Member, at: datetime) -> Row:
    return {
        "shop_id": who.shop_id,
        "phone_key": who.phone_key,
        "kind": "written",
        "source": "checkout",
        "at": at,
        "ledger_seq": 1,
    }


def _opt_out(who: Member, at: datetime) -> Row:
    return {
        "shop_id": who.shop_id,
        "phone_key": who.phone_key,
        "kind": "opted_out",
        "source": "carrier_word",
        "since": at,
        "ledger_seq": 2,
    }


def _link(who: Member, seq: int, act: str, source: str, at: datetime) -> Row:
    """A ledger entry whose hashes only look like some: tests of the chain itself write through bot.compliance."""
    digest = hashlib.sha256(f"{who.phone_key}:{seq}".encode()).hexdigest()
    before = hashlib.sha256(f"{who.phone_key}:{seq - 1}".encode()).hexdigest() if seq > 1 else ""
    return {
        "shop_id": who.shop_id,
        "phone_key": who.phone_key,
        "seq": seq,
        "act": act,
        "source": source,
        "at": at,
        "details": {},
        "payload_hash": "",
        "prev_hash": before,
        "hash": digest,
    }
