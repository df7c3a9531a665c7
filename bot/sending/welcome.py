"""What the rules of goodwill weigh, read from the rows that a claim has before it anyway.

Owns the reading. Decides nothing: bot.compliance.rules.goodwill does. Only a customer with a topic costs a statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.conversations.rows import fixed
from bot.conversations.subjects import Subject
from bot.models import Customer, Product
from bot.offers.naming import short_name
from nlu import topics
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


def off_topic(session: Session, subject: Subject, body: str, wish: Rhythm | None) -> str | None:
    """What keeps the words that would leave from being about the customer's topic; None: they are about it.

    A product counts as one of the topic when its name bears it; where none does but the shop's own name, whatever names
    no other goods. Words that name no product have to bear the topic themselves, or the whole shop is about it. So a
    topic that nobody here has heard of stops marketing: that is what was promised. A product of which nothing is to be said
    any more (`without`) is off topic wherever its name stands.
    """
    if wish is None:
        return None
    words = f" {topics.plain(body)} "
    if never := next((name for name in wish.without if f" {name} " in words), None):
        return never
    if wish.topic is None:
        return None
    topic, shop = wish.topic, subject.shop
    rows = session.execute(_PRODUCTS, {"shop": shop.id}).all()
    names: list[tuple[str, str, set[str]]] = [
        (each.text_name or each.name, f"{each.text_name or ''} {each.name}", _said(each)) for each in rows
    ]
    theirs = [topics.bears(topic, full) for _, full, _ in names]
    whole = bool(names) and all(theirs)
    if not any(theirs) and topics.bears(topic, f"{shop.name} {shop.text_name}"):
        theirs = [not topics.names_other_goods(topic, full) for _, full, _ in names]
        whole = not topics.names_other_goods(topic, body)
    named = [
        (name, its)
        for (name, _, said), its in zip(names, theirs, strict=True)
        if any(each in words for each in said)
    ]
    if other := next((name for name, its in named if not its), None):
        return other
    about = named or whole or (any(theirs) and topics.bears(topic, body))
    return None if about else NOTHING


NOTHING = "nothing of the kind"
"""What words name that are about none of the topic's products."""


def _said(product: Any) -> set[str]:
    """How texts may name a product: whole words of any of these."""
    names = (product.text_name, product.name, short_name(product.name))
    return {f" {plain} " for name in names if name and (plain := topics.plain(name))}


_PRODUCTS = (
    select(Product.name, Product.text_name)
    .where(Product.shop_id == bindparam("shop"), Product.kind == fixed("product"))
    .order_by(Product.id)
    .limit(2000)
)
