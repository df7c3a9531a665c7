"""The cast of three: Ana lapsed and consented, Ben opted out, Cleo belongs to another shop.

Owns the rows; a test changes the one that it is about. Numbers are from 555-0100..0199, which nobody has.
"""

from __future__ import annotations

import hashlib
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
    shop, number, product = _shop(session, "juniper", "Juniper Coffee", "+12125550100", now)
    other, other_number, other_product = _shop(session, "paprika", "Paprika Spices", "+13125550100", now)
    for n in range(5):
        session.add(Coupon(shop_id=shop, pool="percent-15", code=f"BACK15-{n:03d}", percent=15))
    ana = _customer(session, keys, shop, product, "Ana", "+14155550101", "US", now, days=60)
    ben = _customer(session, keys, shop, product, "Ben", "+17135550102", "US", now, days=90)
    cleo = _customer(session, keys, other, other_product, "Cleo", "+13055550103", "US", now, days=70)
    _consent(session, ana, now)
    _consent(session, ben, now)
    _opt_out(session, ben, now - timedelta(days=5))
    _consent(session, cleo, now)
    session.flush()
    return Cast(shop, other, number, other_number, product, ana, ben, cleo)


def _shop(session: Session, slug: str, name: str, number: str, now: datetime) -> tuple[int, str, int]:
    shop = Shop(
        slug=slug,
        name=name,
        text_name=name.split()[0],
        state="live",
        site_url=f"https://{slug}.example",
        contact="help@" + slug + ".example",
        created_at=now - timedelta(days=400),
    )
    session.add(shop)
    session.flush()
    session.add(Sender(shop_id=shop.id, number=number, account=ACCOUNT))
    session.add(
        ShopFact(
            shop_id=shop.id,
            key="shipping",
            answer="Orders ship within a day and take 2 to 4 days.",
            asked_as="",
        )
    )
    product = Product(
        shop_id=shop.id,
        external_id="sku-1",
        name="Morning Blend 12 oz",
        text_name="Morning Blend",
        price_cents=1550,
    )
    session.add(product)
    session.flush()
    return shop.id, number, product.id


def _customer(
    session: Session,
    keys: Keys,
    shop_id: int,
    product_id: int,
    name: str,
    phone: str,
    country: str,
    now: datetime,
    *,
    days: int,
) -> Member:
    placed = now - timedelta(days=days)
    customer = Customer(
        shop_id=shop_id,
        external_id=name.lower(),
        phone=phone,
        phone_key=keys.phone_key(shop_id, phone),
        first_name=name,
        country=country,
        orders_count=1,
        spent_cents=3100,
        first_order_at=placed,
        last_order_at=placed,
        created_at=placed,
    )
    session.add(customer)
    session.flush()
    order = Order(
        shop_id=shop_id,
        customer_id=customer.id,
        external_id=f"order-{name.lower()}",
        placed_at=placed,
        total_cents=3100,
        currency="USD",
        status="paid",
        counts=True,
        source="import",
    )
    conversation = Conversation(shop_id=shop_id, customer_id=customer.id, created_at=placed)
    session.add_all([order, conversation])
    session.flush()
    session.add(
        OrderLine(
            shop_id=shop_id, order_id=order.id, line_no=1, product_id=product_id, quantity=2, price_cents=1550
        )
    )
    return Member(shop_id, customer.id, conversation.id, phone, customer.phone_key)


def _consent(session: Session, who: Member, now: datetime) -> None:
    at = now - timedelta(days=200)
    session.add(
        Consent(
            shop_id=who.shop_id,
            phone_key=who.phone_key,
            kind="written",
            source="checkout",
            at=at,
            ledger_seq=1,
        )
    )
    session.add(_link(who, 1, "opted_in", "import", at))


def _opt_out(session: Session, who: Member, at: datetime) -> None:
    session.add(
        Suppression(
            shop_id=who.shop_id,
            phone_key=who.phone_key,
            kind="opted_out",
            source="carrier_word",
            since=at,
            ledger_seq=2,
        )
    )
    session.add(_link(who, 2, "opted_out", "carrier_word", at))


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
