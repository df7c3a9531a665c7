"""The frozen facts of one simulated customer: what the engine and the texts may look at.

Owns the reading of them out of a Talk, as bot.conversations.snapshot reads them out of the database.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.offers.coupons import offer_end
from bot.simulate.records import Code, Passage
from bot.simulate.shop import PRODUCTS, link_facts, shop_facts
from flows.facts import CodeFacts, CustomerFacts, Facts, OfferFacts, OrderFacts

if TYPE_CHECKING:
    from bot.simulate.talk import Talk

GIFT = "Travel Mug"
"""What a gift is called, whatever its id."""


def facts_of(talk: Talk, passage: Passage, now: datetime) -> Facts:
    """Everything a text of this passage may say, as of `now`."""
    person = talk.person
    language = passage.state.language or talk.language
    return Facts(
        customer=CustomerFacts(
            key=person.key,
            first_name=person.first_name,
            language=talk.language,
            country=talk.home.place.country or "US",
            orders=talk.orders,
            spent_cents=talk.spent,
            days_since_order=max(0, (now - talk.last_order_at).days),
            points=person.points,
            attributes={k: v for k, v in talk.attributes.items() if isinstance(v, (str, int, float, bool))},
            segment=person.segment,
            birthday=person.birthday,
            rhythm=talk.rhythm,
        ),
        shop=shop_facts(talk.world.shop, language, now),
        link=link_facts(passage.flow.links),
        zone=talk.zone,
        last_order=OrderFacts(
            PRODUCTS[person.product % len(PRODUCTS)],
            1 + person.product % 3,
            person.basket_cents,
            talk.last_order_at,
        ),
        offer=_offer(talk, now),
        code=_code(talk.code, now),
    )


def _offer(talk: Talk, now: datetime) -> OfferFacts | None:
    code = talk.code
    if code is None or code.used_at is not None or (code.ends is not None and code.ends <= now):
        return None
    request = code.request
    return OfferFacts(
        request.offer,
        code.code,
        request.percent,
        request.amount_cents,
        code.ends or offer_end(now, request.valid_for_seconds, talk.zone),
        free_shipping=request.free_shipping,
        gift=GIFT if request.gift else None,
        points=request.points,
    )


def _code(code: Code | None, now: datetime) -> CodeFacts | None:
    """The last code that they were given, as it stands."""
    if code is None or code.ends is None:
        return None
    state = "used" if code.used_at else "live" if code.ends > now else "ended"
    return CodeFacts(code.code, state, code.ends, code.used_at)  # type: ignore[arg-type]
