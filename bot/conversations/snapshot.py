"""The frozen facts of one customer at one moment: what the engine and the texts may look at.

Owns the reading of them out of the database. Decides nothing; the names are those of flows.facts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.compliance.places import Place, place_of, speaking_zone
from bot.conversations.rows import fixed
from bot.keys import Keys
from bot.models import (
    Conversation,
    Coupon,
    Customer,
    Enrolment,
    Order,
    OrderLine,
    Product,
    Shop,
    ShopFact,
)
from bot.offers.carts import link_address
from bot.shops import ShopSettings, person_by
from flows.facts import CustomerFacts, Facts, LinkFacts, OfferFacts, OrderFacts, ShopFacts
from flows.zones import zone_named

PURPOSES = ("reorder", "checkout", "shop")
_RUBBISH = re.compile(r"(n/?a|test.*|none|null|unknown|customer|guest|-+|\.+|x+|.*[\d@].*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a turn or a text is about: rows, and what was worked out from them."""

    shop: Shop
    customer: Customer
    conversation: Conversation
    settings: ShopSettings
    place: Place
    zone: str
    seen: dict[str, Any] = field(default_factory=dict)
    """What this transaction has read already, and nothing in it changes: the last order, the shop's answers."""


def subject_of(session: Session, conversation: Conversation) -> Subject:
    """The shop and the customer of a conversation. The enrolment that has the floor is loaded with them."""
    shop, customer, floor = session.execute(
        _WHO,
        {
            "shop": conversation.shop_id,
            "customer": conversation.customer_id,
            "floor": conversation.floor_enrolment_id,
        },
    ).one()
    place, zone = whereabouts(customer, shop.zone)
    settings = ShopSettings.model_validate(shop.settings)
    # held here, because a session forgets what nobody holds
    return Subject(shop, customer, conversation, settings, place, zone, {"floor": floor})


class Addressed(Protocol):
    """What is known of where somebody is: a customer, or those columns of one."""

    phone: Any
    country: Any
    region: Any
    postcode: Any


def whereabouts(customer: Addressed, shop_zone: str) -> tuple[Place, str]:
    """Where the customer may be, and the zone in which dates are said to them."""
    place = place_of(
        customer.phone or "", country=customer.country, region=customer.region, postcode=customer.postcode
    )
    return place, speaking_zone(place, shop_zone)


def facts_of(
    session: Session,
    keys: Keys,
    link_url: str,
    subject: Subject,
    *,
    enrolment_id: int,
    turn: int,
    now: datetime,
) -> Facts:
    """Everything a text of this enrolment's turn may say, as of `now`."""
    shop, customer = subject.shop, subject.customer
    language = subject.conversation.language or customer.language or shop.language
    offer = live_offer(session, shop.id, customer.id, subject.zone, now)
    last = customer.last_order_at
    return Facts(
        customer=CustomerFacts(
            key=customer.phone_key[:16],
            first_name=_first_name(customer.first_name),
            language=language,
            country=customer.country,
            orders=customer.orders_count,
            spent_cents=customer.spent_cents,
            days_since_order=(now - last).days if last else None,
            points=customer.points,
            attributes={
                name: value
                for name, value in customer.attributes.items()
                if not isinstance(value, (list, dict))
            },
        ),
        shop=ShopFacts(
            name=shop.name,
            text_name=shop.text_name,
            site=shop.site_url,
            contact=shop.contact,
            currency=shop.currency,
            answers=_answers(session, subject, language),
            person_by=person_by(subject.settings, shop.zone, language, now),
        ),
        link=LinkFacts(
            **{each: link_address(keys, link_url, shop.id, enrolment_id, turn, each) for each in PURPOSES}
        ),
        zone=subject.zone,
        last_order=_last_order(last_lines(session, subject)),
        offer=offer,
    )


def live_offer(
    session: Session, shop_id: int, customer_id: int, zone: str, now: datetime
) -> OfferFacts | None:
    """The one code in the customer's hands, or promised to a text that has not left yet."""
    coupon = session.execute(_HELD_CODE, {"shop": shop_id, "customer": customer_id, "now": now}).first()
    if coupon is None:
        return None
    ends = coupon.ends_at or offer_end(now, coupon.valid_for_seconds or 0, zone)
    return OfferFacts(coupon.offer or coupon.pool, coupon.code, coupon.percent, coupon.amount_cents, ends)


def offer_end(start: datetime, valid_for_seconds: int, zone: str) -> datetime:
    """The last minute of the day on which the span ends where the customer is: «till Sunday night» is then true."""
    last_day = (start + timedelta(seconds=valid_for_seconds)).astimezone(zone_named(zone)).date()
    return datetime.combine(last_day, time(23, 59), zone_named(zone))


def answers_of(session: Session, shop_id: int, language: str) -> dict[str, str]:
    """The shop's facts in that language, in English where that is missing."""
    rows = session.execute(_ANSWERS, {"shop": shop_id, "language": language}).all()
    found = {row.key: row.answer for row in rows if row.language == "en"}
    return found | {row.key: row.answer for row in rows if row.language == language}


def wordings_of(session: Session, shop_id: int) -> dict[str, str]:
    """What the reader matches questions against: each fact's other wordings and its answer, one a line."""
    rows = session.execute(_WORDINGS, {"shop": shop_id}).all()
    found: dict[str, str] = {}
    for row in rows:
        found[row.key] = "\n".join(part for part in (found.get(row.key), row.asked_as, row.answer) if part)
    return found


def last_lines(session: Session, subject: Subject) -> Sequence[Any]:
    """The last order that counts, a row a product in it, the dearest first; a single row without one if it has none."""
    if "lines" not in subject.seen:
        whose = {"shop": subject.shop.id, "customer": subject.customer.id}
        subject.seen["lines"] = session.execute(_LAST_LINES, whose).all()
    found: Sequence[Any] = subject.seen["lines"]
    return found


def _answers(session: Session, subject: Subject, language: str) -> dict[str, str]:
    key = f"answers {language}"
    if key not in subject.seen:
        subject.seen[key] = answers_of(session, subject.shop.id, language)
    found: dict[str, str] = subject.seen[key]
    return found


def _last_order(lines: Sequence[Any]) -> OrderFacts | None:
    if not lines:
        return None
    named = next((line for line in lines if line.name and not line.private), None)
    return OrderFacts(
        product=(named.text_name or short_name(named.name)) if named else None,
        items=sum(line.quantity for line in lines if line.name) or 1,
        total_cents=lines[0].total_cents,
        placed_at=lines[0].placed_at,
    )


def short_name(name: str) -> str:
    """A product's name cut to 24 characters at a word's end, without pack sizes in brackets."""
    name = re.sub(r"\s*[(\[].*", "", name).strip() or name
    if len(name) <= 24:
        return name
    cut = name[:25].rsplit(" ", 1)[0]
    return cut if 8 <= len(cut) <= 24 else name[:24].rstrip()


def _first_name(name: str | None) -> str | None:
    if not name or _RUBBISH.fullmatch(name.strip()) or len(name.strip()) < 2:
        return None
    name = name.strip().split()[0]
    return name[:20] if not name.isupper() and not name.islower() else name[:20].capitalize()


# Built once: building a statement costs SQLAlchemy about as much as running it.
_WHO = (
    select(Shop, Customer, Enrolment)
    .join(Customer, Customer.shop_id == Shop.id)
    .outerjoin(Enrolment, (Enrolment.shop_id == Customer.shop_id) & (Enrolment.id == bindparam("floor")))
    .where(Shop.id == bindparam("shop"), Customer.id == bindparam("customer"))
)
_HELD_CODE = (
    select(
        Coupon.code,
        Coupon.offer,
        Coupon.pool,
        Coupon.percent,
        Coupon.amount_cents,
        Coupon.ends_at,
        Coupon.valid_for_seconds,
    )
    .where(
        Coupon.shop_id == bindparam("shop"),
        Coupon.customer_id == bindparam("customer"),
        Coupon.status.in_((fixed("reserved"), fixed("live"))),
        Coupon.ends_at.is_(None) | (Coupon.ends_at > bindparam("now")),
    )
    .order_by(Coupon.id.desc())
    .limit(1)
)
_ANSWERS = select(ShopFact.key, ShopFact.language, ShopFact.answer).where(
    ShopFact.shop_id == bindparam("shop"), ShopFact.language.in_((bindparam("language"), fixed("en")))
)
_WORDINGS = select(ShopFact.key, ShopFact.asked_as, ShopFact.answer).where(
    ShopFact.shop_id == bindparam("shop")
)
_LAST = (
    select(Order.shop_id, Order.id, Order.placed_at, Order.total_cents)
    .where(
        Order.shop_id == bindparam("shop"),
        Order.customer_id == bindparam("customer"),
        Order.counts.is_(True),
    )
    .order_by(Order.placed_at.desc(), Order.id.desc())
    .limit(1)
    .subquery()
)
_LAST_LINES = (
    select(
        _LAST.c.placed_at,
        _LAST.c.total_cents,
        OrderLine.quantity,
        OrderLine.line_no,
        Product.external_id,
        Product.text_name,
        Product.name,
        Product.private,
    )
    .select_from(_LAST)
    # two joins in a row, not one of a joined pair: SQLite would put the whole of order_lines together first
    .outerjoin(OrderLine, (OrderLine.shop_id == _LAST.c.shop_id) & (OrderLine.order_id == _LAST.c.id))
    .outerjoin(
        Product,
        (Product.shop_id == OrderLine.shop_id)
        & (Product.id == OrderLine.product_id)
        & (Product.kind == fixed("product")),
    )
    .order_by(OrderLine.price_cents.desc(), OrderLine.line_no)
)
