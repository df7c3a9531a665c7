"""What a member of staff gives in a conversation: one of the shop's offers, a filled cart, a product; as words for their text.

Owns the giving; what may be given is bot.inbox.choices'. A code is given by the very code that flows give it by
(bot.offers.giving: one live offer a customer, the budgets, the pools), so facts, pages and the bot know of it afterwards.
Sends nothing: what is picked is words for a text that a person writes. Such a code is reserved until that text leaves, and
goes back to its pool if none does.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.snapshot import held_codes, last_lines, offer_among
from bot.conversations.subjects import Subject, subject_of
from bot.inbox import Actor, Gone, NotAllowed
from bot.inbox.deeds import begin, record
from bot.inbox.limits import over_limit
from bot.keys import Keys
from bot.models import Conversation, Product
from bot.offers.by_hand import ByHand, carried_offer, link, request_for, shop_offers
from bot.offers.giving import give
from bot.offers.holding import BY_HAND
from bot.offers.naming import short_name
from flows.definition import Offer
from flows.events import CouponUnavailable
from flows.names import money_words, offer_words
from flows.render import day_words


@dataclass(frozen=True, slots=True)
class OfferPick:
    """An offer of one of the shop's flows, by the names that they have there."""

    flow: str
    offer: str


@dataclass(frozen=True, slots=True)
class LinkPick:
    """A link: reorder (the same cart again), checkout (the same with the customer's code in it), shop."""

    purpose: Literal["reorder", "checkout", "shop"]


@dataclass(frozen=True, slots=True)
class ProductPick:
    """One product, by the platform's id; the customer's code goes with it."""

    product: str


Pick: TypeAlias = OfferPick | LinkPick | ProductPick


@dataclass(frozen=True, slots=True)
class Picked:
    """Words to put into the text, in the customer's language, dates true if it leaves now."""

    words: str
    code: str | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotGiven:
    """It cannot be given. `why`: one sentence for the screen."""

    why: str


def pick(
    session: Session, keys: Keys, link_url: str, conversation_id: int, what: Pick, actor: Actor, now: datetime
) -> Picked | NotGiven | Gone | NotAllowed:
    """Reserve what was picked, and give the words for it. Picked twice, it is the same code and the same link."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    subject = subject_of(session, conversation)
    if subject.customer.phone is None:
        return NotGiven("nothing is known of this customer any more")
    address = functools.partial(link, session, keys, link_url, subject)
    language = _language(subject)
    match what:
        case OfferPick(flow=flow, offer=name):
            found = next(
                (
                    each
                    for each in shop_offers(session, actor.shop_id)
                    if (each[1], each[2].name) == (flow, name)
                ),
                None,
            )
            if found is None:
                return Gone()
            if why := _give(session, subject, found[0], found[2], actor, now):
                return NotGiven(why)
            record(session, actor, "offer given", conversation.id, now, flow=flow, offer=name)
            return _words_of_code(session, subject, address("checkout", now), language, now)
        case LinkPick(purpose="checkout") if held_codes(session, subject, now, BY_HAND):
            return _words_of_code(session, subject, address("checkout", now), language, now)
        case LinkPick(purpose=purpose):
            if purpose != "shop" and not any(line.name for line in last_lines(session, subject)):
                return NotGiven("no order of theirs is known that could be filled again")
            return Picked(_WORDS[language][purpose].format(link=address(purpose, now)), None, None)
        case ProductPick(product=product):
            row = session.execute(
                select(Product).where(
                    Product.shop_id == actor.shop_id,
                    Product.external_id == product,
                    Product.kind == "product",
                    Product.retired.is_(False),
                )
            ).scalar_one_or_none()
            if row is None:
                return Gone()
            if row.private:
                return NotGiven("a private product is named in no text")
            called = row.text_name or short_name(row.name)
            price = f", {money_words(row.price_cents, subject.shop.currency)}" if row.price_cents else ""
            return Picked(f"{called}{price}: {address('product', now, [product])}", None, None)
        case _:
            assert_never(what)


def carried(session: Session, conversation: Conversation, body: str) -> dict[str, Any] | None:
    """What `Outbound.effect` of a staff text with these words has to be, so that the code in it goes live when it leaves.

    None: it carries none. Whoever writes a staff text asks this (bot.inbox.replying).
    """
    offer = carried_offer(session, conversation.shop_id, conversation.customer_id, body)
    return {"offer": offer} if offer else None


def _give(
    session: Session, subject: Subject, flow_id: int, offer: Offer, actor: Actor, now: datetime
) -> str | None:
    """Reserve a code of it; gives why there is none."""
    if why := over_limit(actor, offer, subject.settings.agent_limits, subject.shop.currency):
        return why
    hand = ByHand(subject.shop.id, subject.customer.id, flow_id)
    given = give(session, subject, hand, request_for(offer), now)
    return given.why if isinstance(given, CouponUnavailable) else None


def _words_of_code(
    session: Session, subject: Subject, address: str, language: str, now: datetime
) -> Picked | NotGiven:
    held = held_codes(session, subject, now, BY_HAND)
    offer = offer_among(held, subject.zone, now)
    what = offer_words(offer, language, subject.shop.currency) if offer else None
    if offer is None or what is None:
        return NotGiven("nobody has said what this code is worth")
    day = day_words(offer.ends, now, subject.zone, language)
    words = _WORDS[language]["code"].format(what=what, day=day, link=address)
    return Picked(words, offer.code, offer.ends)


def _language(subject: Subject) -> str:
    said = subject.conversation.language or subject.customer.language or subject.shop.language
    return "es" if said == "es" else "en"


_WORDS = {
    "en": {
        "code": "{what} till {day} night, already in this link: {link}",
        "reorder": "Here's your cart again: {link}",
        "checkout": "Here's your cart: {link}",
        "shop": "{link}",
    },
    "es": {  # in letters that GSM-7 has: another would make two parts of one (R130)
        "code": "{what} hasta el {day} en la noche, ya incluido en este enlace: {link}",
        "reorder": "Tu carrito de nuevo: {link}",
        "checkout": "Tu carrito: {link}",
        "shop": "{link}",
    },
}
