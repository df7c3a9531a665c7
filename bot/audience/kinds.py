"""The kinds of triggers: which one a flow has, when the clock looks for its customers, and when they may enter again.

Owns these three answers. Who fits is bot.audience.conditions; what each kind means, in words, docs/how-to/triggers.md.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, TypeAlias, assert_never

from flows.definition import Trigger

Kind: TypeAlias = Literal[
    "lapsed",
    "segment",
    "replenishment",
    "after_purchase",
    "cart_abandoned",
    "keyword",
    "birthday",
    "manual",
]

STANDING: frozenset[Kind] = frozenset({"after_purchase", "cart_abandoned"})
"""Looked at whenever something is due, and an hour later at the latest; the others once a day."""
BY_TEXT: frozenset[Kind] = frozenset({"keyword"})
"""Nobody is looked for: the customer comes."""

CART_AGAIN = timedelta(days=7)
PURCHASE_AGAIN = timedelta(days=30)
BIRTHDAY_AGAIN = timedelta(days=300)
CART_LASTS = timedelta(hours=48)
"""The carriers': a text about a cart leaves within so long after it was left, and is the only one about carts meanwhile."""
CART_DELAY = timedelta(hours=2)
"""How old a left cart is, unless the flow says."""
PURCHASE_LASTS = timedelta(days=14)
"""Older orders begin nothing, however late they are reported."""


def kind_of(trigger: Trigger) -> Kind:
    """Which kind it is."""
    if trigger.lapsed:
        return "lapsed"
    if trigger.segments:
        return "segment"
    if trigger.replenishment is not None:
        return "replenishment"
    if trigger.after_purchase:
        return "after_purchase"
    if trigger.cart_abandoned:
        return "cart_abandoned"
    if trigger.keywords:
        return "keyword"
    return "birthday" if trigger.birthday is not None else "manual"


def again_of(trigger: Trigger) -> timedelta | None:
    """How long after a passage ended the next may begin; None: never. What the flow says, else what its kind implies.

    Replenishment and after_purchase want a newer order beside it, a cart another cart.
    """
    if trigger.never_again:
        return None
    if trigger.again_after_seconds is not None:
        return timedelta(seconds=trigger.again_after_seconds)
    kind = kind_of(trigger)
    match kind:
        case "lapsed" | "segment" | "manual":
            return None
        case "replenishment" | "keyword":
            return timedelta()
        case "after_purchase":
            return PURCHASE_AGAIN if trigger.after_purchase == "any" else None
        case "cart_abandoned":
            return CART_AGAIN
        case "birthday":
            return BIRTHDAY_AGAIN
        case _:
            assert_never(kind)


def delay_of(trigger: Trigger) -> timedelta:
    """How long after the order, or after the cart was left."""
    if trigger.cart_abandoned and not trigger.delay_seconds:
        return CART_DELAY
    return timedelta(seconds=trigger.delay_seconds)
