"""What a customer picks from their last order: «just the dark one», «same but only one», as a cart and as what texts name.

Owns the slot `picked`: platform ids with their counts, as in `sku-1:2,sku-9:1`. It is worked out once, with the reading,
and stands in the journal like every other slot; which words pick what is nlu.slots. Reads no database: rows are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.offers.naming import short_name
from flows.events import Event, Replied
from flows.facts import Facts
from flows.values import Scalar
from nlu.interpretation import Interpretation
from nlu.products import Product
from nlu.slots import picking

SLOT = "picked"
_ORDERS = ("reorder", "yes", "coupon")


def read_picks(reading: Interpretation, text: str, lines: Sequence[Any]) -> Interpretation:
    """The reading, knowing what was in the last order (`lines`: rows of LAST_LINES).

    With the slot `picked` where the text says which of it, or how many of the only product in it; `product` then holds
    what texts may call that, and is left out where that is private or many.
    """
    named = {str(line.line_no): line for line in lines if line.name}
    if not named:
        return reading
    products = [Product(key, _names(line)) for key, line in named.items()]
    found = picking(reading, text, products)
    said = found.slots.get("product")
    count = found.slots.get("quantity")
    if isinstance(said, str):
        picked = [
            (named[key], int(n) if n else None)
            for key, _, n in (each.partition(":") for each in said.split(","))
        ]
    elif found.intent in _ORDERS and found.opt_out == "none" and isinstance(count, int) and len(named) == 1:
        picked = [(next(iter(named.values())), count)]
    else:
        return found
    slots = {name: value for name, value in found.slots.items() if name != "product"}
    if len(picked) == 1 and (name := _called(picked[0][0])):
        slots["product"] = name
    slots[SLOT] = ",".join(f"{line.external_id}:{n or line.quantity}" for line, n in picked)
    return replace(found, slots=slots)


def picked_by(event: Event, values: Mapping[str, Scalar]) -> str | None:
    """What is picked once the engine has heard the event: the wish for «the same again» takes back what was picked before.

    `values`: what was said before. As flows.engine keeps it.
    """
    if isinstance(event, Replied):
        if SLOT in event.reading.slots:
            return _text(event.reading.slots[SLOT])
        if event.reading.intent == "reorder":
            return None
    return _text(values.get(SLOT))


def items_picked(picked: Scalar, lines: Sequence[Any]) -> list[tuple[str, int]]:
    """The cart: platform ids and counts of what is picked, as far as it is in the last order; empty when nothing is."""
    known = {line.external_id for line in lines if line.name}
    found = []
    for each in (_text(picked) or "").split(","):
        item, _, count = each.rpartition(":")
        if item in known and count.isdecimal() and int(count):
            found.append((item, int(count)))
    return found


def as_picked(facts: Facts, picked: Scalar, lines: Sequence[Any]) -> Facts:
    """The facts in which the last order is what is picked of it, so that a text names what its link has in the cart."""
    items = dict(items_picked(picked, lines))
    if not items or facts.last_order is None:
        return facts
    chosen = [line for line in lines if line.name and line.external_id in items]
    order = replace(
        facts.last_order,
        product=next((name for line in chosen if (name := _called(line))), None),
        items=sum(items.values()),
        total_cents=sum(items[line.external_id] * line.price_cents for line in chosen),
    )
    return replace(facts, last_order=order)


def _names(line: Any) -> tuple[str, ...]:
    return tuple(name for name in (line.name, line.text_name) if name)


def _called(line: Any) -> str | None:
    return None if line.private else (line.text_name or short_name(line.name) or None)


def _text(value: Scalar) -> str | None:
    return value if isinstance(value, str) else None
