"""The typed details of a text, by intent: until when, how many, which percentage, which products.

Owns which intent has which detail, and what a text that only picks from the last order means. How each is read: nlu.times, nlu.counts, nlu.products. A detail that isn't clear is
left out: the flow has a default.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from nlu.counts import percent, quantity
from nlu.interpretation import Interpretation, Slot
from nlu.normalise import Plain, normalise
from nlu.products import Product, named, names_nothing_else
from nlu.times import later_until

__all__ = ["details", "later_until", "percent", "picking", "quantity"]

LONGEST = 400
"""Characters in which somebody picks: who writes more tells a story, and a person reads better what they want."""

_PARTS = re.compile(r" (?:,|;|\.|\+|&|and|y|e|plus) ")
_PICKING = ("reorder", "yes", "coupon")
_MAY_PICK = frozenset({"reorder", "churn_reason", "smalltalk", "other", "question", "no"})
"""What the model takes «solo el descafeinado» for. Never what may be an opt-out, and no complaint."""


def details(intent: str, plain: Plain, today: date) -> dict[str, Slot]:
    """What a text of that intent says besides, as far as its words alone tell."""
    found: dict[str, Slot] = {}
    if intent == "later" and (until := later_until(plain.text, today)):
        found["later_until"] = until.isoformat()
    if intent in ("reorder", "yes", "question") and (count := quantity(plain.text)):
        found["quantity"] = count
    if intent in ("coupon", "question", "reorder") and (share := percent(plain.text)):
        found["percent"] = share
    return found


def picking(reading: Interpretation, text: str, products: Sequence[Product]) -> Interpretation:
    """The reading with the slot `product`, where the text picks some of the last order's products: their keys, parted by
    commas, each with `:COUNT` where one is said. A text that does nothing else is the wish to order them.

    `products`: those of the customer's last order; keys without comma and colon. Never touches consent.
    """
    if reading.opt_out != "none" or len(products) < 2 or "asks" in reading.slots or len(text) > LONGEST:
        return reading
    plain = normalise(text)
    which = named(plain, products)
    if not which or plain.reaction:
        return reading
    if reading.intent not in _PICKING:
        if reading.intent not in _MAY_PICK or not names_nothing_else(plain, products):
            return reading
        why = (*reading.why, "picks from the last order, and says nothing else")
        reading = replace(
            reading, intent="reorder", understood=True, confidence=max(reading.confidence, 0.9), why=why
        )
        reading = replace(reading, slots={**reading.slots, **_count(plain)})
    counts = _counts(plain, which, products)
    picked = ",".join(f"{key}:{counts[key]}" if key in counts else key for key in which)
    return replace(reading, slots={**reading.slots, "product": picked})


def _count(plain: Plain) -> dict[str, Slot]:
    count = quantity(plain.text)
    return {"quantity": count} if count else {}


def _counts(plain: Plain, which: Sequence[str], products: Sequence[Product]) -> dict[str, int]:
    """How many of each: «2 of the dark and one decaf»."""
    if len(which) == 1:
        whole = quantity(plain.text)
        return {which[0]: whole} if whole else {}
    found: dict[str, int] = {}
    for part in _PARTS.split(f" {plain.text} "):
        one = named(Plain(part.strip(), (), None), products)
        if len(one) == 1 and one[0] in which and (count := quantity(part.strip())):
            found[one[0]] = count
    return found
