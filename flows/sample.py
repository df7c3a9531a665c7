"""A usual customer of a usual shop: what a text is rendered with to say beforehand what it would cost.

Owns the sample's lengths: a first name of nine letters, a product of twenty, a shop of eleven. Pure data.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flows.definition import Flow
from flows.facts import CustomerFacts, Facts, LinkFacts, OfferFacts, OrderFacts, ShopFacts

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)

_FACTS = Facts(
    customer=CustomerFacts(
        "sample", "Alejandra", orders=3, spent_cents=9300, days_since_order=70, points=120
    ),
    shop=ShopFacts(
        name="Tern & Tide Coffee",
        text_name="Tern & Tide",
        site="https://tern-and-tide.example",
        contact="hello@tern-and-tide.example",
        person_by="tomorrow after 9",
    ),
    link=LinkFacts(
        "https://t.example/l/7gk2mPq4x", "https://t.example/l/8hk3nQr5y", "https://t.example/l/9jm4pRs6z"
    ),
    zone="America/New_York",
    last_order=OrderFacts("Ethiopia Yirgacheffe", 2, 3150, NOW - timedelta(days=70)),
)


def sample_facts(flow: Flow, offer: str | None, language: str) -> Facts:
    """The facts of that customer, with this flow's offer (or any of its offers) in their hands."""
    facts = replace(_FACTS, customer=replace(_FACTS.customer, language=language))
    named = flow.offers.get(offer or "") or next(iter(flow.offers.values()), None)
    if named is None:
        return facts
    ends = NOW + timedelta(seconds=named.valid_for_seconds)
    return replace(
        facts, offer=OfferFacts(named.name, "BACK-7KQ4MX", named.percent, named.amount_cents, ends)
    )


def nasty_facts(facts: Facts, language: str) -> Facts:
    """The same customer with what makes texts dear: letters outside GSM-7, long names, prices of four digits.

    Products have at most 24 characters in a text (`product.text_name`), shops as well; first names are as long as any list has.
    """
    offer = facts.offer and replace(
        facts.offer,
        code="WELCOMEBACK-7KQ4MX",
        gift="Caffè Añejo Größe XL 24oz" if facts.offer.gift else None,
        ends=NOW + timedelta(days=9),
    )
    order = facts.last_order and replace(
        facts.last_order,
        product=facts.last_order.product and "Żubrówka Grass Tea 250 g",
        items=12,
        total_cents=123_450,
    )
    customer = replace(
        facts.customer,
        language=language,
        first_name=facts.customer.first_name and "Wilhelmína Ángeles",
    )
    shop = replace(
        facts.shop,
        text_name="Tern & Tide Coffee Roast",
        person_by=facts.shop.person_by and "Wednesday after 9",
    )
    return replace(facts, customer=customer, shop=shop, last_order=order, offer=offer)
