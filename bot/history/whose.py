"""Which conversation somebody means. Owns the names that it may be called by: its id, the customer's phone, a text of it."""

from __future__ import annotations

import re

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.keys import Keys
from bot.models import Conversation, Customer, Inbound, Outbound, Shop
from bot.phones import BadPhone, parse_phone

_TEXT = re.compile(r"[0-9a-f]{32}|[A-Z]{2}[0-9a-f]{32}")
LONGEST_ID = 9
"""Digits of an id; a number of more is a phone."""


def conversation_named(session: Session, keys: Keys, shop_id: int, name: str) -> int | None:
    """The conversation with this id (as logs and traces print it), of this phone, or of the text with this public id or
    provider's id. None: the shop has none such."""
    name = name.strip()
    if name.isdecimal() and len(name) <= LONGEST_ID:
        return session.execute(
            select(Conversation.id).where(Conversation.shop_id == shop_id, Conversation.id == int(name))
        ).scalar()
    if _TEXT.fullmatch(name):
        return _of_text(session, shop_id, name)
    country = session.execute(select(Shop.country).where(Shop.id == shop_id)).scalar_one()
    try:
        key = keys.phone_key(shop_id, parse_phone(name, country))
    except BadPhone:
        return None
    return session.execute(
        select(Conversation.id)
        .join(
            Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id)
        )
        .where(Customer.shop_id == shop_id, Customer.phone_key == key)
    ).scalar()


def _of_text(session: Session, shop_id: int, name: str) -> int | None:
    sent = session.execute(
        select(Outbound.conversation_id).where(
            Outbound.shop_id == shop_id, or_(Outbound.public_id == name, Outbound.provider_id == name)
        )
    ).scalar()
    if sent is not None:
        return sent
    return session.execute(
        select(Inbound.conversation_id).where(Inbound.shop_id == shop_id, Inbound.provider_id == name)
    ).scalar()
