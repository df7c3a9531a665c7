"""What the rules of goodwill weigh, read from the rows that a claim has before it anyway.

Owns the reading. Decides nothing: bot.compliance.rules.goodwill does. Only a customer with a topic costs a statement.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.conversations.rows import fixed
from bot.conversations.subjects import Subject
from bot.models import Customer, Outbound, Product
from nlu.rhythm import Rhythm, from_text

MONTH = 30
"""Days of history that all caps of law and shop need."""


def silent_texts(subject: Subject, *, again: bool = False) -> int:
    """Marketing texts in a row that this customer neither answered, nor followed, nor ordered after, without the one that
    is asked about: tried `again`, it was counted when it was claimed first."""
    conversation, customer = subject.conversation, subject.customer
    if conversation.silent_at is None:
        return 0
    signs = (conversation.last_inbound_at, customer.clicked_at, customer.last_order_at)
    heard = any(each is not None and each > conversation.silent_at for each in signs)
    return 0 if heard else max(0, conversation.silent_texts - again)


def answers_at(left: Iterable[Any], now: datetime) -> tuple[datetime, ...]:
    """When the bot answered in the last 24 hours. `left`: what left for the customer."""
    since = now - timedelta(days=1)
    return tuple(each.attempted_at for each in left if each.kind == "answer" and each.attempted_at > since)


def sent_back(customer: Customer) -> bool:
    """Whether the customer's last order was wholly refunded."""
    refund, last = customer.refunded_order_at, customer.last_order_at
    return refund is not None and (last is None or refund > last)


def rhythm_of(customer: Customer) -> Rhythm | None:
    """What they said of when and how often; None: nothing."""
    return from_text(customer.rhythm["wish"]) if customer.rhythm else None


def said_at(customer: Customer) -> datetime | None:
    """When they said so last."""
    said = (customer.rhythm or {}).get("said_at")
    return datetime.fromisoformat(said) if said else None


def history(customers: Iterable[Customer]) -> timedelta:
    """How far back the texts to these have to be known: a month, or as long as one of their rhythms counts."""
    wishes = (rhythm_of(each) for each in customers if each.rhythm)
    return timedelta(days=max([MONTH, *(wish.per_days or 0 for wish in wishes if wish)]))


def off_topic(session: Session, subject: Subject, row: Outbound, wish: Rhythm | None) -> str | None:
    """A product that the text names and that does not bear the customer's topic in its name.

    Where no product of the shop bears it, nobody can tell, and nothing is off topic.
    """
    if wish is None or wish.topic is None:
        return None
    names = session.execute(_PRODUCTS, {"shop": subject.shop.id}).all()
    topic, body = _plain(wish.topic), _plain(row.body)
    known = [
        (each.text_name or each.name, f"{_plain(each.text_name or '')} {_plain(each.name)}") for each in names
    ]
    if not any(_bears(topic, full) for _, full in known):
        return None
    return next((name for name, full in known if _plain(name) in body and not _bears(topic, full)), None)


def _bears(topic: str, name: str) -> bool:
    """«coffee» is in «House Coffee», and «teas» in «Green Tea»."""
    stem = topic[:-1] if topic.endswith("s") and len(topic) > 3 else topic
    return re.search(rf"\b{re.escape(stem)}", name) is not None


def _plain(words: str) -> str:
    spread = unicodedata.normalize("NFKD", words.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


_PRODUCTS = (
    select(Product.name, Product.text_name)
    .where(Product.shop_id == bindparam("shop"), Product.kind == fixed("product"))
    .order_by(Product.id)
    .limit(2000)
)
