"""Who is texting: the customer and the conversation behind a phone number, made on the first text.

Owns that one number is one customer and one conversation at a shop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.keys import Keys
from bot.models import Conversation, Customer
from bot.phones import country_of


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a conversation, in plain values."""

    shop_id: int
    customer_id: int
    conversation_id: int
    phone_key: str
    erased: bool = False
    """Nothing is known of them any more, their number included."""


def find_or_make(
    session: Session, keys: Keys, shop_id: int, phone: str, now: datetime, *, themselves: bool = False
) -> Party:
    """The customer with this number (E.164) and their conversation, both made if need be.

    `themselves`: the phone itself is texting. Only that brings an erased customer back; a number that somebody typed
    proves nothing.
    """
    phone_key = keys.phone_key(shop_id, phone)
    found = session.execute(
        select(Customer.id, Conversation.id, Customer.erased_at)
        .outerjoin(
            Conversation,
            (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
        )
        .where(Customer.shop_id == shop_id, Customer.phone_key == phone_key)
    ).first()
    erased = found is not None and found[2] is not None
    if found and erased and themselves:
        _come_back(session, shop_id, found[0], phone)
        erased = False
    if found and found[1] is not None:
        return Party(shop_id, found[0], found[1], phone_key, erased)
    customer_id = found[0] if found else _make_customer(session, shop_id, phone, phone_key, now)
    return Party(shop_id, customer_id, conversation_of(session, shop_id, customer_id, now), phone_key, erased)


def _come_back(session: Session, shop_id: int, customer_id: int, phone: str) -> None:
    """Somebody who was erased gets in touch by themselves: the number is theirs to give, and all else stays forgotten."""
    session.execute(
        update(Customer)
        .where(Customer.shop_id == shop_id, Customer.id == customer_id)
        .values(phone=phone, country=country_of(phone) or "US", erased_at=None)
        .execution_options(synchronize_session="fetch")
    )


def conversation_of(session: Session, shop_id: int, customer_id: int, now: datetime) -> int:
    """The id of the customer's conversation, made if need be."""
    made = insert_once(
        session,
        Conversation,
        {"shop_id": shop_id, "customer_id": customer_id, "created_at": now},
    )
    return (
        made
        or session.execute(
            select(Conversation.id).where(
                Conversation.shop_id == shop_id, Conversation.customer_id == customer_id
            )
        ).scalar_one()
    )


def _make_customer(session: Session, shop_id: int, phone: str, phone_key: str, now: datetime) -> int:
    values = {
        "shop_id": shop_id,
        "phone": phone,
        "phone_key": phone_key,
        "country": country_of(phone) or "US",
        "created_at": now,
    }
    made = insert_once(session, Customer, values)
    return (
        made
        or session.execute(
            select(Customer.id).where(Customer.shop_id == shop_id, Customer.phone_key == phone_key)
        ).scalar_one()
    )
