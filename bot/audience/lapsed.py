"""Who has lapsed: customers whose last order that counts is a while ago.

Owns the definition and the two questions: how many, and who (newest lapsed first). Takes off neither consent nor holdout:
who may be texted is the gate's business, who is enrolled that of bot.audience.enrolment.

The definition. Days are days of the calendar in the shop's zone: an order is `(as_of's date - the order's date).days` old,
whatever the hours. Lapsed from N to M days means N <= age <= M of the last counting order. Orders after `as_of` do not
exist yet, so at an earlier `as_of` the last order is looked for among those that did. Erased customers are nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, func, literal, select, tuple_
from sqlalchemy.orm import Session

from bot.models import Customer, Order, Shop
from bot.models.base import UtcDateTime
from flows.conditions import Test, holds
from flows.zones import zone_named

PAGE = 500


@dataclass(frozen=True, slots=True)
class Lapsed:
    """One lapsed customer. The two values are also the place in the list at which the next page begins."""

    last_order_at: datetime
    customer_id: int


@dataclass(frozen=True, slots=True)
class Question:
    """Who lapsed from `days_from` to `days_to` days (None: and longer), seen at `as_of`.

    `filters` are an audience's tests (flows.conditions), all of which must hold, on customer.orders, .spent (in whole
    units), .days_since_order, .points, .country, .region, .language and .attributes.*, `customer.` left out or not.
    Orders, money and days are those of `as_of`.
    """

    shop_id: int
    days_from: int
    as_of: datetime
    days_to: int | None = None
    filters: Sequence[Test] = ()


def lapsed(
    session: Session,
    shop_id: int,
    *,
    days_from: int,
    as_of: datetime,
    days_to: int | None = None,
    filters: Sequence[Test] = (),
) -> Iterator[list[int]]:
    """The customer ids, newest lapsed first, in pages of at most PAGE. For use within one transaction; whoever commits in
    between takes `lapsed_page`. Raises ValueError for a range that is none."""
    question = Question(shop_id, days_from, as_of, days_to, filters)
    after: Lapsed | None = None
    while page := lapsed_page(session, question, after=after, size=PAGE):
        yield [one.customer_id for one in page]
        after = page[-1]


def lapsed_page(
    session: Session, question: Question, *, after: Lapsed | None = None, size: int = PAGE
) -> list[Lapsed]:
    """The next `size` lapsed customers after that place (keyset: no row is skipped or repeated when others change).

    Empty only at the end: customers that a filter leaves out are passed over.
    """
    found: list[Lapsed] = []
    zone = _zone(session, question.shop_id)
    while len(found) < size:
        rows = session.execute(_statement(session, question, after).limit(max(size, PAGE))).all()
        for row in rows:
            after = Lapsed(row.last_at, row.id)
            if _fits(row, question, zone):
                found.append(after)
                if len(found) == size:
                    break
        if len(rows) < max(size, PAGE):
            break
    return found


def count_lapsed(
    session: Session,
    shop_id: int,
    *,
    days_from: int,
    as_of: datetime,
    days_to: int | None = None,
    filters: Sequence[Test] = (),
) -> int:
    """How many they are."""
    question = Question(shop_id, days_from, as_of, days_to, filters)
    if filters:
        return sum(
            map(
                len,
                lapsed(session, shop_id, days_from=days_from, as_of=as_of, days_to=days_to, filters=filters),
            )
        )
    statement = _statement(session, question, None).order_by(None).subquery()
    return session.execute(select(func.count()).select_from(statement)).scalar_one()


def end_of_day(session: Session, shop_id: int, day: date) -> datetime:
    """The last instant of a day at the shop: what a bare date means as `as_of`, since orders of that day did exist."""
    return _midnight(day + timedelta(days=1), _zone(session, shop_id)) - timedelta(microseconds=1)


def _statement(session: Session, question: Question, after: Lapsed | None) -> Select[Any]:
    zone = _zone(session, question.shop_id)
    if question.days_from < 0 or (question.days_to is not None and question.days_to < question.days_from):
        raise ValueError("a range of days starts at 0 or later and does not end before it starts")
    today = question.as_of.astimezone(zone).date()
    before = _midnight(today - timedelta(days=question.days_from - 1), zone)
    since = None
    if question.days_to is not None:
        since = _midnight(today - timedelta(days=question.days_to), zone)
    if _is_past(session, question):
        return _from_orders(question, before, since, after)
    return _from_columns(question, before, since, after)


def _is_past(session: Session, question: Question) -> bool:
    """Whether an order that counts lies after `as_of`, so that the customers' columns know too much."""
    newest = session.execute(
        select(func.max(Customer.last_order_at)).where(Customer.shop_id == question.shop_id)
    ).scalar_one()
    return newest is not None and newest > question.as_of


def _from_columns(
    question: Question, before: datetime, since: datetime | None, after: Lapsed | None
) -> Select[Any]:
    last = Customer.last_order_at
    where = [
        Customer.shop_id == question.shop_id,
        Customer.erased_at.is_(None),
        last <= question.as_of,
        last < before,
        *([last >= since] if since else []),
        *_after(last, after),
    ]
    facts = (Customer.orders_count.label("orders"), Customer.spent_cents.label("spent_cents"))
    return (
        select(Customer.id.label("id"), last.label("last_at"), *facts, *_person())
        .where(*where)
        .order_by(last.desc(), Customer.id.desc())
    )


def _from_orders(
    question: Question, before: datetime, since: datetime | None, after: Lapsed | None
) -> Select[Any]:
    latest = func.max(Order.placed_at)
    last = _last_orders(question, and_(latest < before, *([latest >= since] if since else [])))
    return (
        select(Customer.id.label("id"), last.c.last_at, last.c.orders, last.c.spent_cents, *_person())
        .join(last, and_(Customer.shop_id == question.shop_id, Customer.id == last.c.customer_id))
        .where(Customer.erased_at.is_(None), *_after(last.c.last_at, after))
        .order_by(last.c.last_at.desc(), Customer.id.desc())
    )


def _last_orders(question: Question, having: ColumnElement[bool]) -> Subquery:
    return (
        select(
            Order.customer_id,
            func.max(Order.placed_at).label("last_at"),
            func.count().label("orders"),
            func.sum(Order.total_cents).label("spent_cents"),
        )
        .where(Order.shop_id == question.shop_id, Order.counts, Order.placed_at <= question.as_of)
        .group_by(Order.customer_id)
        .having(having)
        .subquery()
    )


def _person() -> tuple[ColumnElement[Any], ...]:
    columns = (Customer.points, Customer.country, Customer.language, Customer.region, Customer.attributes)
    return tuple(column.label(column.key) for column in columns)


def _after(last: Any, place: Lapsed | None) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    here = tuple_(literal(place.last_order_at, UtcDateTime), literal(place.customer_id))
    return [tuple_(last, Customer.id) < here]  # as one value, so that the index finds the place


def _fits(row: Row[Any], question: Question, zone: tzinfo) -> bool:
    if not question.filters:
        return True
    facts = {
        "orders": row.orders,
        "spent": int(row.spent_cents) / 100,
        "days_since_order": (
            question.as_of.astimezone(zone).date() - row.last_at.astimezone(zone).date()
        ).days,
        "points": row.points,
        "country": row.country,
        "language": row.language,
        "region": row.region,
        "attributes": row.attributes or {},
    }
    return all(holds(test, {**facts, "customer": facts}) for test in question.filters)


def _zone(session: Session, shop_id: int) -> tzinfo:
    return zone_named(session.execute(select(Shop.zone).where(Shop.id == shop_id)).scalar_one())


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
