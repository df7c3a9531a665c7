"""A made-up customer of a made-up shop, changed by what a merchant gives: `{language: es, last_order.product: Mug}`.

Owns the sample that tests and chats are played with. Names are those of texts and conditions (`flows.names`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.facts import CustomerFacts, Facts, LinkFacts, OrderFacts, ShopFacts
from flows.values import Scalar

BEGIN = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
"""A Friday, six in the evening in New York. It never moves: a test says «till Wednesday» for ever."""

_PERSON_BY = {"en": "today", "es": "hoy"}
_SHORT = {"product": "last_order.product"}
_OWN_NAMES = {
    "customer.spent": "spent_cents",
    "last_order.total": "total_cents",
    "last_order.day": "placed_at",
}


class UnknownFact(ValueError):
    """A test gives its customer a fact that does not exist, or a value that it cannot have."""


def customer_facts(given: Mapping[str, Scalar], now: datetime = BEGIN) -> Facts:
    """The facts of a usual customer, changed by `given`: `absent` takes one away, and money is in whole units.

    A name without a dot is the customer's (`language`, `orders`), but `product`, the last order's, and `zone`. Raises
    UnknownFact, with the name in its message.
    """
    facts = _usual(str(given.get("language", given.get("customer.language", "en"))), now)
    for name, value in given.items():
        facts = _with(facts, name, None if value == "absent" else value)
    return facts


def _usual(language: str, now: datetime) -> Facts:
    return Facts(
        customer=CustomerFacts(
            "k1", "Ana", language, orders=2, spent_cents=6200, days_since_order=60, points=120
        ),
        shop=ShopFacts(
            name="Juniper Coffee",
            text_name="Juniper",
            site="https://juniper.example",
            contact="help@juniper.example",
            answers={"shipping": "Orders leave within a day and take 2 to 4 days."},
            person_by=_PERSON_BY.get(language, "today"),
        ),
        link=LinkFacts("https://jun.pr/l/r", "https://jun.pr/l/c", "https://jun.pr/l/s"),
        zone="America/New_York",
        last_order=OrderFacts("Morning Blend", 2, 3100, now - timedelta(days=60)),
    )


def _with(facts: Facts, name: str, value: Scalar) -> Facts:
    path = _SHORT.get(name, name)
    if path == "zone":
        return replace(facts, zone=str(value))
    if path == "last_order":
        if value is not None:
            raise UnknownFact(
                "`last_order` can only be `absent`; its parts are last_order.product, items and total"
            )
        return replace(facts, last_order=None)
    group, _, rest = (path if "." in path else f"customer.{path}").partition(".")
    match group:
        case "customer":
            return replace(facts, customer=_changed(facts.customer, group, rest, value, name))
        case "shop":
            return replace(facts, shop=_changed(facts.shop, group, rest, value, name))
        case "last_order" if facts.last_order is not None:
            return replace(facts, last_order=_changed(facts.last_order, group, rest, value, name))
        case _:
            raise UnknownFact(f"a test's customer has no fact `{name}`")


def _changed(part: Any, group: str, rest: str, value: Scalar, name: str) -> Any:
    field = _OWN_NAMES.get(f"{group}.{rest}", rest)
    for inner in ("attributes", "answers"):
        if rest.startswith(inner + ".") and hasattr(part, inner):
            return replace(part, **{inner: {**getattr(part, inner), rest.partition(".")[2]: value}})
    kinds = {each.name: str(each.type) for each in fields(part)}
    if field not in kinds or field in ("key", "placed_at", "attributes", "answers"):
        raise UnknownFact(f"a test's customer has no fact `{name}`")
    if field.endswith("_cents") and isinstance(value, (int, float)):
        value = round(value * 100)
    kind = kinds[field]
    fits = value is None if "None" in kind else False
    fits = fits or ("int" in kind and isinstance(value, int) and not isinstance(value, bool))
    fits = fits or ("str" in kind and isinstance(value, str))
    if not fits:
        raise UnknownFact(f"`{name}` cannot be {'absent' if value is None else repr(value)}")
    return replace(part, **{field: value})
