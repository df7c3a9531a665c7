"""The frozen facts of one customer at one moment: what the engine and the texts may look at.

Owns the reading of them out of the database. Decides nothing; the names are those of flows.facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.places import Place, place_of, speaking_zone
from bot.keys import Keys
from bot.models import Conversation, Coupon, Customer, Order, OrderLine, Product, Shop, ShopFact
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


def subject_of(session: Session, conversation: Conversation) -> Subject:
    """The shop and the customer of a conversation."""
    shop = session.get_one(Shop, conversation.shop_id)
    customer = session.get_one(Customer, conversation.customer_id)
    place = place_of(
        customer.phone or "", country=customer.country, region=customer.region, postcode=customer.postcode
    )
    settings = ShopSettings.model_validate(shop.settings)
    return Subject(shop, customer, conversation, settings, place, speaking_zone(place, shop.zone))


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
            answers=answers_of(session, shop.id, language),
            person_by=person_by(subject.settings, shop.zone, language, now),
        ),
        link=LinkFacts(
            **{each: link_address(keys, link_url, shop.id, enrolment_id, turn, each) for each in PURPOSES}
        ),
        zone=subject.zone,
        last_order=_last_order(session, shop.id, customer.id),
        offer=offer,
    )


def live_offer(
    session: Session, shop_id: int, customer_id: int, zone: str, now: datetime
) -> OfferFacts | None:
    """The one code in the customer's hands, or promised to a text that has not left yet."""
    coupon = (
        session.execute(
            select(Coupon)
            .where(
                Coupon.shop_id == shop_id,
                Coupon.customer_id == customer_id,
                Coupon.status.in_(("reserved", "live")),
                Coupon.ends_at.is_(None) | (Coupon.ends_at > now),
            )
            .order_by(Coupon.id.desc())
        )
        .scalars()
        .first()
    )
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
    rows = session.execute(
        select(ShopFact.key, ShopFact.language, ShopFact.answer).where(
            ShopFact.shop_id == shop_id, ShopFact.language.in_((language, "en"))
        )
    ).all()
    found = {row.key: row.answer for row in rows if row.language == "en"}
    return found | {row.key: row.answer for row in rows if row.language == language}


def wordings_of(session: Session, shop_id: int) -> dict[str, str]:
    """What the reader matches questions against: each fact's other wordings and its answer, one a line."""
    rows = session.execute(
        select(ShopFact.key, ShopFact.asked_as, ShopFact.answer).where(ShopFact.shop_id == shop_id)
    ).all()
    found: dict[str, str] = {}
    for row in rows:
        found[row.key] = "\n".join(part for part in (found.get(row.key), row.asked_as, row.answer) if part)
    return found


def _last_order(session: Session, shop_id: int, customer_id: int) -> OrderFacts | None:
    order: Any = session.execute(
        select(Order.id, Order.placed_at, Order.total_cents)
        .where(Order.shop_id == shop_id, Order.customer_id == customer_id, Order.counts.is_(True))
        .order_by(Order.placed_at.desc(), Order.id.desc())
    ).first()
    if order is None:
        return None
    lines = session.execute(
        select(OrderLine.quantity, OrderLine.price_cents, Product.text_name, Product.name, Product.private)
        .join(Product, (Product.shop_id == OrderLine.shop_id) & (Product.id == OrderLine.product_id))
        .where(OrderLine.shop_id == shop_id, OrderLine.order_id == order.id, Product.kind == "product")
        .order_by(OrderLine.price_cents.desc(), OrderLine.line_no)
    ).all()
    named = next((line for line in lines if not line.private), None)
    return OrderFacts(
        product=(named.text_name or short_name(named.name)) if named else None,
        items=sum(line.quantity for line in lines) or 1,
        total_cents=order.total_cents,
        placed_at=order.placed_at,
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
