"""The cast of three: Ana lapsed and consented, Ben opted out, Cleo belongs to another shop.

Owns the rows; a test changes the one that it is about. Numbers are from 555-0100..0199, which nobody has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.keys import Keys
from bot.models import (
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
    shops = [_shop("juniper", "Juniper Coffee", now), _shop("paprika", "Paprika Spices", now)]
    _add(session, shops)
    shop, other = (each.id for each in shops)
    products = [_product(shop), _product(other)]
    _add(session, products)
    product, other_product = (each.id for each in products)
    people = [
        _customer(keys, shop, "Ana", "+14155550101", now, days=60),
        _customer(keys, shop, "Ben", "+17135550102", now, days=90),
        _customer(keys, other, "Cleo", "+13055550103", now, days=70),
    ]
    _add(session, people)
    orders = [_order(customer) for customer in people]
    conversations = [_conversation(customer) for customer in people]
    _add(session, [*orders, *conversations])
    number, other_number = "+12125550100", "+13125550100"
    ana, ben, cleo = (
        Member(customer.shop_id, customer.id, conversation.id, customer.phone or "", customer.phone_key)
        for customer, conversation in zip(people, conversations, strict=True)
    )
    _add(
        session,
        [
            *(_line(order, product if order.shop_id == shop else other_product) for order in orders),
            *_desk(shop, number),
            *_desk(other, other_number),
            *(Coupon(shop_id=shop, pool="percent-15", code=f"BACK15-{n:03d}", percent=15) for n in range(5)),
            *_consent(ana, now),
            *_consent(ben, now),
            *_opt_out(ben, now - timedelta(days=5)),
            *_consent(cleo, now),
        ],
    )
    return Cast(shop, other, number, other_number, product, ana, ben, cleo)


def _add(session: Session, rows: Sequence[object]) -> None:
    """One statement a table for all of them: nearly every test brings the cast."""
    session.add_all(rows)
    session.flush()


def _shop(slug: str, name: str, now: datetime) -> Shop:
    return Shop(
        slug=slug,
        name=name,
        text_name=name.split()[0],
        state="live",
        site_url=f"https://{slug}.example",
        contact="help@" + slug + ".example",
        created_at=now - timedelta(days=400),
    )


def _product(shop_id: int) -> Product:
    return Product(
        shop_id=shop_id,
        external_id="sku-1",
        name="Morning Blend 12 oz",
        text_name="Morning Blend",
        price_cents=1550,
    )


def _desk(shop_id: int, number: str) -> list[object]:
    return [
        Sender(shop_id=shop_id, number=number, account=ACCOUNT),
        ShopFact(
            shop_id=shop_id,
            key="shipping",
            answer="Orders ship within a day and take 2 to 4 days.",
            asked_as="",
        ),
    ]


def _customer(keys: Keys, shop_id: int, name: str, phone: str, now: datetime, *, days: int) -> Customer:
    placed = now - timedelta(days=days)
    return Customer(
        shop_id=shop_id,
        external_id=name.lower(),
        phone=phone,
        phone_key=keys.phone_key(shop_id, phone),
        first_name=name,
        country="US",
        orders_count=1,
        spent_cents=3100,
        first_order_at=placed,
        last_order_at=placed,
        created_at=placed,
    )


def _order(customer: Customer) -> Order:
    return Order(
        shop_id=customer.shop_id,
        customer_id=customer.id,
        external_id=f"order-{customer.external_id}",
        placed_at=customer.last_order_at,
        total_cents=3100,
        currency="USD",
        status="paid",
        counts=True,
        source="import",
    )


def _line(order: Order, product_id: int) -> OrderLine:
    return OrderLine(
        shop_id=order.shop_id,
        order_id=order.id,
        line_no=1,
        product_id=product_id,
        quantity=2,
        price_cents=1550,
    )


def _conversation(customer: Customer) -> Conversation:
    return Conversation(shop_id=customer.shop_id, customer_id=customer.id, created_at=customer.created_at)


def _consent(who: Member, now: datetime) -> list[object]:
    at = now - timedelta(days=200)
    return [
        Consent(
            shop_id=who.shop_id,
            phone_key=who.phone_key,
            kind="written",
            source="checkout",
            at=at,
            ledger_seq=1,
        ),
        _link(who, 1, "opted_in", "import", at),
    ]


def _opt_out(who: Member, at: datetime) -> list[object]:
    return [
        Suppression(
            shop_id=who.shop_id,
            phone_key=who.phone_key,
            kind="opted_out",
            source="carrier_word",
            since=at,
            ledger_seq=2,
        ),
        _link(who, 2, "opted_out", "carrier_word", at),
    ]


def _link(who: Member, seq: int, act: str, source: str, at: datetime) -> LedgerEntry:
    """A ledger entry whose hashes only look like some: tests of the chain itself write through bot.compliance."""
    digest = hashlib.sha256(f"{who.phone_key}:{seq}".encode()).hexdigest()
    before = hashlib.sha256(f"{who.phone_key}:{seq - 1}".encode()).hexdigest() if seq > 1 else ""
    return LedgerEntry(
        shop_id=who.shop_id,
        phone_key=who.phone_key,
        seq=seq,
        act=act,
        source=source,
        at=at,
        details={},
        payload_hash="",
        prev_hash=before,
        hash=digest,
    )
