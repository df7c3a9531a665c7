"""When what somebody bought runs out: by the product's days of use, or by the customer's own rhythm with it.

Owns the prediction. The product is the one that the texts name (bot.conversations.subjects): of the last order that
counts, products with days of use first, then the dearest; private ones never. A text «low on X?» must be about X.

The rule. One piece lasts so many days:
- of their own, when they had the product in 3 or more orders on different days: the median of the gaps between these
  orders, each divided by the pieces bought at its beginning. It is bounded: between half and double the product's days of use, where it
  has some, else between LEAST and MOST days;
- else the product's days of use. With neither, nobody can tell, and the customer does not fit.
It runs out so many days after the last order, times the pieces in it and in others within a day, LONGEST at most. The customer's own rhythm goes
before the product's, whether it is earlier or later: they know how fast they drink.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.subjects import LAST_LINES
from bot.models import Order, OrderLine, Product

ORDERS = 3
"""Orders of a product that show a rhythm."""
LEAST, MOST = 3.0, 180.0
"""Days that a piece lasts, for products without days of use."""
LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class RunsOut:
    """`at`: when. `own`: by their own rhythm; else by the product's days of use."""

    product: str
    at: datetime
    own: bool


def running_out(session: Session, customers: Sequence[int]) -> dict[int, RunsOut]:
    """For those of these customers of whom it can be told, when their last purchase runs out. Two statements for all."""
    if not customers:
        return {}
    named: dict[int, Any] = {}
    for line in session.execute(LAST_LINES, {"customers": list(customers)}):
        if line.name and not line.private:
            named.setdefault(line.customer_id, line)
    if not named:
        return {}
    bought = _bought(session, named)
    found: dict[int, RunsOut] = {}
    for customer, line in named.items():
        purchases, days_of_use = bought.get(customer, ([], None))
        per_piece = own_days(purchases, days_of_use)
        days = per_piece if per_piece is not None else days_of_use
        if days and purchases:
            last_at, pieces = _merged(purchases)[-1]
            lasts = min(timedelta(days=days * max(pieces, 1)), LONGEST)
            found[customer] = RunsOut(line.name, last_at + lasts, per_piece is not None)
    return found


def own_days(purchases: Sequence[tuple[datetime, int]], days_of_use: int | None) -> float | None:
    """Days that a piece lasts this customer, by their purchases in order; None: too few to tell."""
    merged = _merged(purchases)
    if len(merged) < ORDERS:
        return None
    lasted = median(
        (later - at) / timedelta(days=1) / max(pieces, 1) for (at, pieces), (later, _) in pairwise(merged)
    )
    low, high = (days_of_use / 2, days_of_use * 2) if days_of_use else (LEAST, MOST)
    return min(max(lasted, low), high)


def _merged(purchases: Sequence[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """The same, where orders within a day of each other are one purchase, of all their pieces."""
    merged: list[tuple[datetime, int]] = []
    for at, pieces in purchases:
        if merged and at - merged[-1][0] < timedelta(days=1):
            merged[-1] = (merged[-1][0], merged[-1][1] + pieces)
        else:
            merged.append((at, pieces))
    return merged


def _bought(
    session: Session, named: dict[int, Any]
) -> dict[int, tuple[list[tuple[datetime, int]], int | None]]:
    """By customer: when and how much of that product they bought, in order; and its days of use."""
    rows: Iterable[Any] = session.execute(
        select(
            Order.customer_id,
            Order.id,
            Order.placed_at,
            OrderLine.quantity,
            Product.external_id,
            Product.days_of_use,
        )
        .join(OrderLine, (OrderLine.shop_id == Order.shop_id) & (OrderLine.order_id == Order.id))
        .join(Product, (Product.shop_id == OrderLine.shop_id) & (Product.id == OrderLine.product_id))
        .where(Order.customer_id.in_(list(named)), Order.counts.is_(True))
        .order_by(Order.customer_id, Order.placed_at, Order.id)
    )
    found: dict[int, tuple[list[tuple[datetime, int]], int | None]] = {}
    before: tuple[int, int] | None = None
    for row in rows:
        if row.external_id != named[row.customer_id].external_id:
            continue
        purchases, _ = found.get(row.customer_id, ([], None))
        if before == (row.customer_id, row.id):  # two lines of one order
            purchases[-1] = (purchases[-1][0], purchases[-1][1] + row.quantity)
        else:
            purchases.append((row.placed_at, row.quantity))
        found[row.customer_id] = (purchases, row.days_of_use)
        before = (row.customer_id, row.id)
    return found
