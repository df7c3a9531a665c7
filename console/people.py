"""The customers to be: who they are, when they bought, and the one thing to know about each.

Owns the simulator's list and the reading of one customer. Plain values; templates get nothing else.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.places import place_of, speaking_zone
from bot.models import Consent, Conversation, Customer, Enrolment, Sender, Shop, Suppression
from console import words

LIST_LENGTH = 60
LANGUAGES = {"es": "Spanish", "fr": "French"}
SILENCED = {"opted_out": "opted out", "held": "on hold", "wrong_number": "wrong number"}
SILENCED |= {
    "no_marketing": "opted out of marketing",
    "blocked": "has to text START: Twilio blocks the number",
}


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the list. `tone`: calm, stop (will hear nothing) or call (waits for a person)."""

    id: int
    name: str
    initial: str
    phone: str
    bought: str
    hint: str
    tone: str
    spanish: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """The customer whose phone is shown. `conversation_id` is None before the first text either way."""

    shop_id: int
    slug: str
    shop_name: str
    text_name: str
    customer_id: int
    conversation_id: int | None
    name: str
    phone: str
    phone_key: str
    shown_phone: str
    our_number: str
    zone: str
    shop_zone: str
    holder: str
    version: int


def people(session: Session, shop_id: int, now: datetime) -> list[Person]:
    """Customers of this shop that have a phone, in the order in which they came."""
    rows = session.execute(
        select(Customer, Conversation.holder, Suppression.kind.label("silenced"), Consent.kind.label("given"))
        .outerjoin(
            Conversation,
            (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
        )
        .outerjoin(
            Suppression,
            (Suppression.shop_id == Customer.shop_id) & (Suppression.phone_key == Customer.phone_key),
        )
        .outerjoin(Consent, (Consent.shop_id == Customer.shop_id) & (Consent.phone_key == Customer.phone_key))
        .where(Customer.shop_id == shop_id, Customer.phone.is_not(None))
        .order_by(Customer.id)
        .limit(LIST_LENGTH)
    ).all()
    talking = _in_flow(session, shop_id)
    return [
        _person(customer, holder, silenced, given is not None, talking, now)
        for customer, holder, silenced, given in rows
    ]


def subject(session: Session, shop: Shop, customer_id: int | None) -> Subject | None:
    """This customer of this shop, or the first one when nobody is named. None: there is no such customer."""
    asked = select(Customer).where(Customer.shop_id == shop.id, Customer.phone.is_not(None))
    if customer_id is not None:
        asked = asked.where(Customer.id == customer_id)
    customer = session.execute(asked.order_by(Customer.id).limit(1)).scalar_one_or_none()
    if customer is None or customer.phone is None:
        return None
    conversation = session.execute(
        select(Conversation).where(Conversation.shop_id == shop.id, Conversation.customer_id == customer.id)
    ).scalar_one_or_none()
    ours = session.execute(
        select(Sender.number).where(Sender.shop_id == shop.id, Sender.active.is_(True)).order_by(Sender.id)
    ).scalar()
    place = place_of(
        customer.phone, country=customer.country, region=customer.region, postcode=customer.postcode
    )
    return Subject(
        shop_id=shop.id,
        slug=shop.slug,
        shop_name=shop.name,
        text_name=shop.text_name,
        customer_id=customer.id,
        conversation_id=conversation.id if conversation else None,
        name=_name(customer),
        phone=customer.phone,
        phone_key=customer.phone_key,
        shown_phone=shown_phone(customer.phone),
        our_number=ours or "",
        zone=speaking_zone(place, shop.zone),
        shop_zone=shop.zone,
        holder=conversation.holder if conversation else "bot",
        version=conversation.version if conversation else 0,
    )


def shown_phone(phone: str) -> str:
    """`(212) 555-0111` for a North American number; any other as it is."""
    if phone.startswith("+1") and len(phone) == 12:
        return f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    return phone


def _person(
    customer: Customer,
    holder: str | None,
    silenced: str | None,
    consented: bool,
    talking: Set[int],
    now: datetime,
) -> Person:
    last = customer.last_order_at
    days = (now - last).days if last else None
    bought = (
        "never ordered"
        if days is None
        else "ordered today"
        if days <= 0
        else f"ordered {words.span(days * 86_400)} ago"
    )
    hint, tone = "", "calm"
    if holder in ("nobody", "staff"):
        hint, tone = "waiting", "call"
    elif silenced:
        hint, tone = SILENCED.get(silenced, silenced), "stop"
    elif not consented:
        hint, tone = "no consent", "stop"
    elif customer.id in talking:
        hint = "in a flow"
    elif customer.language and customer.language != "en":
        hint = LANGUAGES.get(customer.language, customer.language)
    elif days is not None and days < 30:
        hint = "not lapsed"
    name = _name(customer)
    return Person(
        id=customer.id,
        name=name,
        initial=name[:1].upper(),
        phone=shown_phone(customer.phone or ""),
        bought=bought,
        hint=hint,
        tone=tone,
        spanish=customer.language == "es",
    )


def _in_flow(session: Session, shop_id: int) -> Set[int]:
    rows = session.execute(
        select(Enrolment.customer_id).where(
            Enrolment.shop_id == shop_id, Enrolment.status == "active", Enrolment.start_id.is_not(None)
        )
    ).scalars()
    return frozenset(rows)


def _name(customer: Customer) -> str:
    return customer.first_name or shown_phone(customer.phone or "")
