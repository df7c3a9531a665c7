"""How the customers of a record shop bought: a few numbers, and drawing any number of customers from them.

Owns the numbers and the drawing. They come from the CDNOW file (23,570 customers who first bought in the first quarter of
1997, 69,659 orders until 30 June 1998; Fader and Hardie, brucehardie.com, notes on the CDNOW data set); `fit` makes them
from such a file, and made those written here. Pure but for the reading: the same seed draws the same customers.
"""

from __future__ import annotations

import bisect
import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

STEPS = 16
GROUPS = (1, 3)
"""Customers with one order, with two or three, with more: each group has its own time since the last order."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What is drawn from. A tuple of seventeen numbers is a distribution by its sixteenths, smallest and largest included.

    Orders a customer, less the first, are negative binomial (Poisson with a rate that is gamma distributed over the
    customers), with this mean and shape.
    """

    further: float
    shape: float
    between: tuple[int, ...]
    """Days from one order to the next."""
    cents: tuple[int, ...]
    """What an order came to."""
    pieces: tuple[int, ...]
    """CDs in an order."""
    since: tuple[tuple[int, ...], ...]
    """Days from the last order to the end of the file, for each of the GROUPS and the rest."""


CDNOW = Behaviour(
    further=1.955,
    shape=0.187,
    between=(0, 1, 4, 7, 10, 14, 19, 25, 31, 40, 52, 67, 89, 120, 168, 253, 533),
    cents=(
        0,
        1077,
        1225,
        1397,
        1449,
        1536,
        1799,
        2278,
        2598,
        2876,
        3198,
        3847,
        4370,
        5246,
        6443,
        8832,
        128601,
    ),
    pieces=(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 6, 99),
    since=(
        (462, 467, 472, 477, 482, 487, 492, 497, 502, 507, 511, 516, 521, 527, 533, 539, 545),
        (0, 47, 96, 132, 185, 221, 258, 303, 339, 373, 412, 437, 456, 472, 487, 507, 545),
        (0, 8, 16, 24, 32, 45, 59, 74, 95, 109, 130, 165, 203, 237, 301, 378, 544),
    ),
)
"""`fit` of the CDNOW file."""


@dataclass(frozen=True, slots=True)
class Bought:
    """One order of a customer."""

    day: date
    cents: int
    pieces: int


def fit(path: Path) -> Behaviour:
    """The numbers of a file in CDNOW's form (customer, YYYYMMDD, pieces, dollars). Raises ValueError without orders."""
    people: dict[str, list[Bought]] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            cells = line.split()
            if len(cells) == 4 and cells[0].isdigit():
                day = datetime.strptime(cells[1], "%Y%m%d").date()  # noqa: DTZ007  a day
                order = Bought(day, round(float(cells[3]) * 100), int(cells[2]))
                people.setdefault(cells[0], []).append(order)
    if not people:
        raise ValueError(f"{path.name} has no orders: customer, YYYYMMDD, pieces, dollars")
    histories = [sorted(orders, key=lambda order: order.day) for orders in people.values()]
    counts = [len(orders) - 1 for orders in histories]
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)
    end = max(orders[-1].day for orders in histories)
    ages: list[list[int]] = [[] for _ in range(len(GROUPS) + 1)]
    for orders in histories:
        ages[_group(len(orders))].append((end - orders[-1].day).days)
    every = [order for orders in histories for order in orders]
    return Behaviour(
        further=round(mean, 3),
        shape=round(mean * mean / (variance - mean), 3) if variance > mean else 1e3,
        between=_sixteenths([(b.day - a.day).days for o in histories for a, b in itertools.pairwise(o)]),
        cents=_sixteenths([order.cents for order in every]),
        pieces=_sixteenths([order.pieces for order in every]),
        since=tuple(_sixteenths(days) for days in ages),
    )


def with_orders_each(behaviour: Behaviour, orders_each: float) -> Behaviour:
    """The same customers, buying more or less often on the whole; their differences stay as they are."""
    return replace(behaviour, further=max(orders_each - 1, 0.0))


def histories(behaviour: Behaviour, customers: int, today: date, seed: int) -> Iterator[list[Bought]]:
    """Each customer's orders, the first one first, none after `today`. Drawn backwards from the last one."""
    draw = random.Random(seed)
    for _ in range(customers):
        count = 1 + _poisson(draw, draw.gammavariate(behaviour.shape, behaviour.further / behaviour.shape))
        day = today - timedelta(days=_of(behaviour.since[_group(count)], draw))
        orders = []
        for _ in range(count):
            cents, pieces = _of(behaviour.cents, draw), max(_of(behaviour.pieces, draw), 1)
            orders.append(Bought(day, cents, pieces))
            day -= timedelta(days=_of(behaviour.between, draw))
        yield orders[::-1]


def _group(orders: int) -> int:
    return bisect.bisect_left(GROUPS, orders)


def _sixteenths(values: list[int]) -> tuple[int, ...]:
    ordered = sorted(values) or [0]
    return tuple(ordered[round(step * (len(ordered) - 1) / STEPS)] for step in range(STEPS + 1))


def _of(distribution: Sequence[int], draw: random.Random) -> int:
    """A number between two neighbouring sixteenths, each pair as likely as the next."""
    place, part = divmod(draw.random() * STEPS, 1)
    low, high = distribution[int(place)], distribution[int(place) + 1]
    return low + int((high - low) * part)


def _poisson(draw: random.Random, rate: float) -> int:
    """Small rates by waiting times, large ones by the normal curve, which is as good there."""
    if rate > 50:
        return max(0, round(draw.gauss(rate, math.sqrt(rate))))
    count, left = 0, math.exp(-rate)
    chance = draw.random()
    while chance > left:
        chance *= draw.random()
        count += 1
    return count
