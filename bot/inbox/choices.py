"""What a member of staff can give in a conversation: the shop's offers, links to a filled cart, products.

Owns the picker. Reserves nothing: bot.inbox.offering gives what is picked, by the same rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversations.rows import fixed
from bot.conversations.snapshot import held_codes, last_lines, offer_among
from bot.conversations.subjects import Subject, subject_of
from bot.inbox import Actor, Gone, NotAllowed
from bot.inbox.limits import over_limit, worth_words
from bot.models import Conversation, Coupon, Product
from bot.offers.budget import within_budget
from bot.offers.by_hand import ByHand, request_for, shop_offers
from bot.offers.holding import BY_HAND
from bot.offers.naming import short_name
from bot.offers.worth import covers, kind_of
from flows.definition import Offer
from flows.names import offer_words


@dataclass(frozen=True, slots=True)
class OfferChoice:
    """One offer that might be given. `worth`: in words (15%, $5, free shipping). `left`: free codes in its pool."""

    flow: str
    offer: str
    worth: str
    days: int
    left: int
    why_not: str | None
    """Why it cannot be given here; None: it can."""


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """One link that might be given."""

    purpose: Literal["reorder", "checkout", "shop"]
    why_not: str | None


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """One product that might be named."""

    product: str
    name: str
    price_cents: int | None


@dataclass(frozen=True, slots=True)
class Picker:
    """What may be given here now. `holds`: the code that the customer has, in words."""

    offers: tuple[OfferChoice, ...]
    links: tuple[LinkChoice, ...]
    holds: str | None


def choices(
    session: Session, conversation_id: int, actor: Actor, now: datetime
) -> Picker | Gone | NotAllowed:
    """What may be given in this conversation. Changes nothing."""
    subject = _subject(session, conversation_id, actor)
    if not isinstance(subject, Subject):
        return subject
    held = held_codes(session, subject, now, BY_HAND)
    found = [
        OfferChoice(
            flow=name,
            offer=offer.name,
            worth=worth_words(offer, subject.shop.currency),
            days=offer.valid_for_seconds // 86_400,
            left=_left(session, subject.shop.id, offer),
            why_not=_why_not(session, subject, flow_id, offer, held, actor, now),
        )
        for flow_id, name, offer in shop_offers(session, actor.shop_id)
    ]
    ordered = any(line.name for line in last_lines(session, subject))
    no_cart = None if ordered else "no order of theirs is known that could be filled again"
    holds = offer_among(held, subject.zone, now)
    return Picker(
        offers=tuple(found),
        links=(
            LinkChoice("reorder", no_cart),
            LinkChoice("checkout", no_cart if held else "they hold no code: take the cart again instead"),
            LinkChoice("shop", None),
        ),
        holds=f"{offer_words(holds, 'en', subject.shop.currency)}, {holds.code}" if holds else None,
    )


def products(session: Session, actor: Actor, search: str, limit: int = 20) -> tuple[ProductChoice, ...]:
    """The shop's products whose name has these words in it."""
    asked = select(Product.external_id, Product.text_name, Product.name, Product.price_cents).where(
        Product.shop_id == actor.shop_id,
        Product.kind == "product",
        Product.private.is_(False),
        Product.retired.is_(False),
        *(Product.name.icontains(word, autoescape=True) for word in search.split()[:5]),
    )
    rows = session.execute(asked.order_by(Product.name, Product.id).limit(limit))
    return tuple(
        ProductChoice(row.external_id, row.text_name or short_name(row.name) or row.name, row.price_cents)
        for row in rows
    )


def _subject(session: Session, conversation_id: int, actor: Actor) -> Subject | Gone | NotAllowed:
    if not actor.may("inbox.reply"):
        return NotAllowed("inbox.reply")
    conversation = session.execute(
        select(Conversation).where(Conversation.shop_id == actor.shop_id, Conversation.id == conversation_id)
    ).scalar_one_or_none()
    return subject_of(session, conversation) if conversation is not None else Gone()


def _why_not(
    session: Session,
    subject: Subject,
    flow_id: int,
    offer: Offer,
    held: Sequence[Any],
    actor: Actor,
    now: datetime,
) -> str | None:
    """What `_give` would say, as far as looking tells: a promise whose text never left may still make room there."""
    if why := over_limit(actor, offer, subject.settings.agent_limits, subject.shop.currency):
        return why
    if held and covers(held[0], offer):
        return None
    firm = [each for each in held if each.status == "live"]
    if other := next((each for each in firm if kind_of(each) != kind_of(offer)), None):
        return f"they hold {other.code}, an offer of another kind"
    hand = ByHand(subject.shop.id, subject.customer.id, flow_id)
    if not within_budget(session, hand, request_for(offer), lock=False):
        return f"its budget of {offer.budget} codes is given out"
    return None if _left(session, subject.shop.id, offer) else f"no code left in {offer.pool}"


def _left(session: Session, shop_id: int, offer: Offer) -> int:
    free = select(func.count()).where(
        Coupon.shop_id == shop_id, Coupon.pool == offer.pool, Coupon.status == fixed("pool")
    )
    return session.execute(free).scalar_one()
