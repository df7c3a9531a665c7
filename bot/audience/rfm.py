"""Segments by recency, frequency and value: where the fifths are cut, and which customer is in which segment.

Owns the rule. Takes off neither consent nor holdout, as bot.audience.lapsed does; who is enrolled is
bot.audience.conditions.

The rule. Customers with at least one order that counts are compared with each other, erased ones left out, as of a day at
the shop; orders after its end do not exist yet. Recency is the date of the last order (the shop's calendar, hours do not
matter), frequency the number of orders, value the money of all of them. Each gives a score from 1 to 5, the fifth that
the customer stands in: with n customers, b of them worse and e of them equal (the customer among these),

    score = 1 + floor(5 * (b + e / 2) / n)

so equal values have equal scores, always: nobody is above another by the order of a list. Among n different values these
are the common quintiles. With fewer than 5 distinct values some scores stay empty, and a value that all share says
nothing and is a 3. Frequency and value are then one number, FM = their mean, halves up, and SEGMENTS has the rest.

Only the cuts are stored, a row a shop, not a column a customer: a million rows need no writing every night, and an order
moves its customer at once. The fifths are reckoned once a day; a score is a few comparisons with columns that are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Integer, case, cast, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.models import Customer, Order, SegmentBounds, Shop
from bot.models.base import UtcDateTime
from flows.zones import zone_named

Segment: TypeAlias = Literal["champions", "loyal", "cooling", "at_risk", "hibernating", "lost"]

SEGMENTS: dict[int, tuple[Segment, Segment, Segment, Segment, Segment]] = {
    # recency: by FM 1, 2, 3, 4, 5
    5: ("loyal", "loyal", "loyal", "champions", "champions"),
    4: ("loyal", "loyal", "loyal", "champions", "champions"),
    3: ("cooling", "cooling", "cooling", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "cooling", "at_risk", "at_risk"),
    1: ("lost", "lost", "hibernating", "at_risk", "at_risk"),
}
NAMES: tuple[Segment, ...] = ("champions", "loyal", "cooling", "at_risk", "hibernating", "lost")
STREAMED = 5_000
"""Distinct values in memory at a time."""
QUARTER = 15 * 60
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """As of `day`: the least value that has the score 2, 3, 4, 5. None: nobody has it. Money in cents."""

    day: date
    recency: tuple[date | None, ...]
    frequency: tuple[int | None, ...]
    value: tuple[int | None, ...]

    def scores(self, last_order_on: date, orders: int, spent_cents: int) -> tuple[int, int, int]:
        """Recency, frequency and value of one customer, each 1 to 5."""
        return (
            1 + sum(cut is not None and last_order_on >= cut for cut in self.recency),
            1 + sum(cut is not None and orders >= cut for cut in self.frequency),
            1 + sum(cut is not None and spent_cents >= cut for cut in self.value),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One segment: how many, with how many orders, worth how much."""

    segment: Segment
    customers: int
    orders: int
    spent_cents: int


def segment_of_scores(recency: int, frequency: int, value: int) -> Segment:
    """The cell of the table."""
    return SEGMENTS[recency][(frequency + value + 1) // 2 - 1]


def segment_of(
    bounds: Bounds | None, last_order_at: datetime | None, orders: int, spent_cents: int, zone: str
) -> Segment | None:
    """One customer's segment; None: never ordered, or nobody has reckoned the shop's fifths yet."""
    if bounds is None or last_order_at is None:
        return None
    on = last_order_at.astimezone(zone_named(zone)).date()
    return segment_of_scores(*bounds.scores(on, orders, spent_cents))


def in_segments(bounds: Bounds, wanted: Iterable[str], zone: str) -> ColumnElement[bool]:
    """Whether a row of `customers` is in one of these, as SQL."""
    cells = [r * 10 + fm for r, row in SEGMENTS.items() for fm, name in enumerate(row, 1) if name in wanted]
    return Customer.last_order_at.is_not(None) & _cell(bounds, _Present, zone).in_(cells)


def kept(session: Session, shop_id: int) -> Bounds | None:
    """The fifths as they were last reckoned."""
    row = session.get(SegmentBounds, shop_id)
    return _read(row.day, row.bounds) if row else None


def today(session: Session, shop_id: int, now: datetime) -> Bounds:
    """The fifths of this day at the shop: those that are kept, else reckoned, and not kept."""
    zone = _zone(session, shop_id)
    known = kept(session, shop_id)
    on = now.astimezone(zone_named(zone)).date()
    return known if known is not None and known.day == on else reckon(session, shop_id, now)


def keep(session: Session, shop_id: int, bounds: Bounds, now: datetime) -> None:
    """Keep the fifths of a day. Twice is once, and the newer reckoning stays."""
    document = {
        "recency": [cut.isoformat() if cut else None for cut in bounds.recency],
        "frequency": list(bounds.frequency),
        "value": list(bounds.value),
    }
    values = {"shop_id": shop_id, "day": bounds.day.isoformat(), "bounds": document, "reckoned_at": now}
    make: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(SegmentBounds).values(**values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["shop_id"],
            set_={name: values[name] for name in ("day", "bounds", "reckoned_at")},
            where=SegmentBounds.reckoned_at <= now,
        )
    )


def reckon(session: Session, shop_id: int, as_of: datetime) -> Bounds:
    """The fifths as of that instant. Streams the distinct values, each with its number; holds none of the customers."""
    zone = _zone(session, shop_id)
    people = _people(session, shop_id, as_of)
    number = session.execute(select(func.count()).select_from(people.rows)).scalar_one()
    return Bounds(
        as_of.astimezone(zone_named(zone)).date(),
        _cuts(_by_date(_groups(session, _quarter(session, people.last), people.rows), zone), number),
        _cuts(_groups(session, people.orders, people.rows), number),
        _cuts(_groups(session, people.spent, people.rows), number),
    )


def table(session: Session, shop_id: int, as_of: datetime) -> list[Row]:
    """All six segments as of that instant, with what is in them."""
    zone, people = _zone(session, shop_id), _people(session, shop_id, as_of)
    bounds = reckon(session, shop_id, as_of)
    cell = _cell(bounds, people, zone).label("cell")
    found = dict.fromkeys(NAMES, (0, 0, 0))
    figures = (func.count(), func.sum(people.orders), func.sum(people.spent))
    for at, *more in session.execute(select(cell, *figures).select_from(people.rows).group_by(cell)):
        name = SEGMENTS[at // 10][at % 10 - 1]
        found[name] = tuple(a + int(b) for a, b in zip(found[name], more, strict=True))  # type: ignore[assignment]
    return [Row(name, *found[name]) for name in NAMES]


class _Present:
    """The customers' own columns."""

    rows: Any = Customer.__table__
    last: Any = Customer.last_order_at
    orders: Any = Customer.orders_count
    spent: Any = Customer.spent_cents


@dataclass(frozen=True, slots=True)
class _People:
    rows: Any
    last: Any
    orders: Any
    spent: Any


def _people(session: Session, shop_id: int, as_of: datetime) -> _People:
    """Whoever had ordered by then: from the customers' columns, or from the orders where those know too much."""
    newest = session.execute(
        select(func.max(Customer.last_order_at)).where(Customer.shop_id == shop_id)
    ).scalar_one()
    if newest is None or newest <= as_of:
        rows = (
            select(
                Customer.last_order_at.label("last_at"),
                Customer.orders_count.label("orders"),
                Customer.spent_cents.label("spent"),
            )
            .where(
                Customer.shop_id == shop_id, Customer.erased_at.is_(None), Customer.last_order_at.is_not(None)
            )
            .subquery()
        )
    else:
        rows = (
            select(
                func.max(Order.placed_at).label("last_at"),
                func.count().label("orders"),
                func.sum(Order.total_cents).label("spent"),
            )
            .join(Customer, (Customer.shop_id == Order.shop_id) & (Customer.id == Order.customer_id))
            .where(
                Order.shop_id == shop_id,
                Order.counts,
                Order.placed_at <= as_of,
                Customer.erased_at.is_(None),
            )
            .group_by(Order.customer_id)
            .subquery()
        )
    return _People(rows, rows.c.last_at, rows.c.orders, rows.c.spent)


def _groups(session: Session, column: Any, rows: Any) -> Iterator[tuple[Any, int]]:
    statement = select(column, func.count()).select_from(rows).group_by(column).order_by(column)
    for value, number in session.execute(statement.execution_options(yield_per=STREAMED)):
        yield int(value), number  # PostgreSQL adds up whole numbers to decimals


def _quarter(session: Session, last: Any) -> Any:
    """Which quarter of an hour an instant lies in, counted from 1970: every zone's midnight begins one, and there are far
    fewer of them than of orders."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", last), Integer) // QUARTER
    return cast(func.floor(func.extract("epoch", last) / QUARTER), BigInteger)


def _by_date(groups: Iterable[tuple[int, int]], zone: str) -> Iterator[tuple[date, int]]:
    """Quarters of an hour in order, as dates at the shop. A zone is asked once a day, not once a customer."""
    here = zone_named(zone)
    on: date | None = None
    ends, number = 0, 0
    for quarter, count in groups:
        if on is None or quarter >= ends:
            if on is not None:
                yield on, number
            on, number = datetime.fromtimestamp(quarter * QUARTER, here).date(), 0
            ends = int(_midnight(on + timedelta(days=1), zone).timestamp()) // QUARTER
        number += count
    if on is not None:
        yield on, number


def _cuts(groups: Iterable[tuple[Any, int]], number: int) -> tuple[Any, ...]:
    """The least values with the scores 2 to 5. `groups`: values in rising order, each with how many have it."""
    found: list[Any] = [None] * 4
    worse = 0
    for value, equal in groups:
        score = 1 + 5 * (2 * worse + equal) // (2 * number)
        for place in range(score - 1):
            if found[place] is None:
                found[place] = value
        worse += int(equal)
    return tuple(found)


def _cell(bounds: Bounds, people: Any, zone: str) -> ColumnElement[int]:
    """Ten times the recency score, plus FM."""
    midnights = [
        literal(_midnight(cut, zone), UtcDateTime) if cut is not None else None for cut in bounds.recency
    ]
    fm = (_score(people.orders, bounds.frequency) + _score(people.spent, bounds.value) + 1) // 2
    return _score(people.last, midnights) * 10 + fm  # type: ignore[no-any-return]


def _score(column: Any, cuts: Iterable[Any]) -> Any:
    score: Any = literal(1)
    for cut in cuts:
        if cut is not None:
            score = score + case((column >= cut, 1), else_=0)
    return score


def _read(day: str, document: dict[str, Any]) -> Bounds:
    return Bounds(
        date.fromisoformat(day),
        tuple(date.fromisoformat(cut) if cut else None for cut in document["recency"]),
        tuple(document["frequency"]),
        tuple(document["value"]),
    )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), zone_named(zone)).astimezone(UTC)


def _zone(session: Session, shop_id: int) -> str:
    return session.execute(select(Shop.zone).where(Shop.id == shop_id)).scalar_one()
