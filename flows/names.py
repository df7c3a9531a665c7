"""The names that a merchant uses for facts, in texts and in conditions, and what each is.

Owns the vocabulary (`customer.first_name`, `last_order.total` ...): the reference and the checks are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.facts import Facts, OfferFacts
from flows.values import Scalar

NAMES: dict[str, tuple[str, bool]] = {
    # name: (meaning, may be empty)
    "customer.first_name": ("first name, as the shop has it; rubbish names count as absent", True),
    "customer.orders": ("orders that count", False),
    "customer.spent": ("money spent so far, for the filter `money`", False),
    "customer.days_since_order": ("whole days since the last order", True),
    "customer.points": ("points balance", True),
    "customer.segment": (
        "champions, loyal, cooling, at_risk, hibernating or lost; absent before the first order",
        True,
    ),
    "customer.birthday": ("month and day, MM-DD", True),
    "customer.language": ("en or es", False),
    "customer.country": ("two letters", False),
    "customer.attributes": (
        "columns of the import that Winback has no name for, e.g. customer.attributes.roast",
        True,
    ),
    "last_order.product": ("what the customer would call it; absent when there is nothing to name", True),
    "last_order.items": ("how many things were in it", True),
    "last_order.total": ("what it cost, for the filter `money`", True),
    "last_order.day": ("when it was placed, for the filter `day`", True),
    "shop.name": ("full name", False),
    "shop.text_name": ("short name, at most 24 characters", False),
    "shop.site": ("the web site", False),
    "shop.contact": ("toll-free number or e-mail for people", False),
    "shop.person_by": ("when a person will answer, in words", True),
    "shop.texts_a_month": ("marketing texts in 30 days at most, by the shop's setting", False),
    "shop.answers": ("a shop fact by its key, e.g. shop.answers.shipping", True),
    "offer.name": ("the offer's name", True),
    "offer.code": ("the customer's own code", True),
    "offer.percent": ("percent off", True),
    "offer.amount": ("money off, for the filter `money`", True),
    "offer.free_shipping": ("true where the offer is free shipping", True),
    "offer.gift": ("what the gift is called", True),
    "offer.points": ("points that come with the next order", True),
    "offer.what": ("the offer in words: 15% off, $5 off, free shipping, a free Mug, 200 points", True),
    "offer.ends": ("when it ends, for the filter `day`", True),
    "code.code": ("the last code that they were given, whether it still works or not", True),
    "code.state": ("live, used, ended or void", True),
    "code.ends": ("when it ended or ends, for the filter `day`", True),
    "code.used_at": ("when it was used, for the filter `day`", True),
    "link.reorder": ("short link to the same cart again", False),
    "link.checkout": ("short link to the same cart with the offer in it", False),
    "link.shop": ("short link to the shop", False),
    "link.to": ("a link of the flow's own to a product, or to several to choose from", True),
    "link.here": ("the link that the node's `link:` names", False),
    "said": ("what was said or set earlier, e.g. said.later_until", True),
}

_SHORT = {"orders": "customer.orders", "points": "customer.points", "language": "customer.language"}
"""Conditions may leave out `customer.` for these."""


def text_names(facts: Facts, values: Mapping[str, Scalar]) -> dict[str, Any]:
    """What texts can say, without the names that are empty (so that a missing one is noticed, not printed as nothing)."""
    customer, shop, order, offer = facts.customer, facts.shop, facts.last_order, facts.offer
    code = facts.code
    names: dict[str, Any] = {
        "customer": {
            "first_name": customer.first_name,
            "orders": customer.orders,
            "spent": customer.spent_cents,
            "days_since_order": customer.days_since_order,
            "points": customer.points,
            "segment": customer.segment,
            "birthday": customer.birthday,
            "language": customer.language,
            "country": customer.country,
            "attributes": _present(customer.attributes),
        },
        "shop": {
            "name": shop.name,
            "text_name": shop.text_name,
            "site": shop.site,
            "contact": shop.contact,
            "person_by": shop.person_by,
            "texts_a_month": shop.texts_a_month,
            "answers": dict(shop.answers),
        },
        "last_order": order
        and {
            "product": order.product,
            "items": order.items,
            "total": order.total_cents,
            "day": order.placed_at,
        },
        "offer": offer
        and {
            "name": offer.name,
            "code": offer.code,
            "percent": offer.percent,
            "amount": offer.amount_cents,
            "free_shipping": offer.free_shipping or None,
            "gift": offer.gift,
            "points": offer.points,
            "what": offer_words(offer, customer.language, shop.currency),
            "ends": offer.ends,
        },
        "code": code and {"code": code.code, "state": code.state, "ends": code.ends, "used_at": code.used_at},
        "link": {
            "reorder": facts.link.reorder,
            "checkout": facts.link.checkout,
            "shop": facts.link.shop,
            "to": dict(facts.link.to),
        },
        "said": values,
    }
    return {name: _present(group) if group else {} for name, group in names.items()}


def condition_names(facts: Facts, values: Mapping[str, Scalar]) -> dict[str, Any]:
    """What conditions can test: the same names, money in whole units, and the short forms."""
    names = text_names(facts, values)
    if facts.last_order:
        names["last_order"]["total"] = facts.last_order.total_cents / 100
    names["customer"]["spent"] = facts.customer.spent_cents / 100
    names["offer"] = names["offer"] or None
    for short, full in _SHORT.items():
        group, name = full.split(".")
        names[short] = names[group].get(name)
    return names


def offer_words(offer: OfferFacts, language: str, currency: str) -> str | None:
    """What is offered, in a few words of that language; None for an offer of no kind that we know."""
    spanish = language == "es"
    if offer.percent is not None:
        return f"{offer.percent}% de descuento" if spanish else f"{offer.percent}% off"
    if offer.amount_cents is not None:
        money = money_words(offer.amount_cents, currency)
        return f"{money} de descuento" if spanish else f"{money} off"
    if offer.gift:
        return f"{offer.gift} de regalo" if spanish else f"a free {offer.gift}"
    if offer.points:
        return f"{offer.points} puntos" if spanish else f"{offer.points} points"
    if offer.free_shipping:
        return "entrega gratis" if spanish else "free shipping"
    return None


def money_words(cents: int, currency: str) -> str:
    """Cents as people write prices: $31, or $31.50."""
    sign = _SIGNS.get(currency, "$")
    return f"{sign}{cents // 100}" if cents % 100 == 0 else f"{sign}{cents / 100:.2f}"


_SIGNS = {"USD": "$", "CAD": "$", "AUD": "$", "EUR": "EUR ", "GBP": "GBP "}


def _present(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if value is not None}
