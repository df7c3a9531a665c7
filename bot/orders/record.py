"""Orders into the database, one or many in one go, the same whether they come by file or by API.

Owns what is created, what is changed and what is refused. Runs in the caller's transaction and commits nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from bot.bulk import among, ask, columns_of
from bot.keys import Keys
from bot.models import Customer, Erasure, Order, OrderLine
from bot.orders.heard import hear_of_orders
from bot.orders.people import resolve
from bot.orders.products import product_ids
from bot.orders.totals import lock_customers, recount
from bot.orders.upsert import chunks, insert_new
from bot.orders.values import OrderIn, does_count, plain_status, was_refunded

Result: TypeAlias = Literal["created", "updated", "unchanged", "rejected"]

NOBODY = "no customer has this id or e-mail, and there is no phone number to make one"
DIFFERS = "this order was given before, with other contents"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one order. `began_to_count`: created as a purchase, or one only now (paid at last), which is the
    moment that ends flows. `order_id` and `customer_id` are None when it was rejected; `why` says why then."""

    result: Result
    order_id: int | None = None
    customer_id: int | None = None
    counts: bool = False
    began_to_count: bool = False
    why: str | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    customer_id: int
    values: dict[str, Any]


def record_order(
    session: Session, keys: Keys, shop_id: int, order: OrderIn, *, source: str, now: datetime
) -> Recorded:
    """Write one order. Twice the same: «unchanged». Known with other contents: «updated», its customer kept.

    `source` (api, import, shopify ...) is kept from the first report. Raises nothing for bad orders: «rejected».
    """
    return record_orders(session, keys, shop_id, [order], source=source, now=now)[0]


def record_orders(
    session: Session,
    keys: Keys,
    shop_id: int,
    orders: Sequence[OrderIn],
    *,
    source: str,
    now: datetime,
    may_change: bool = True,
) -> list[Recorded]:
    """Write many orders with distinct external ids; gives what became of each, in order.

    With `may_change` False, a known order with other contents is rejected instead of updated.
    """
    stored = _read(session, shop_id, [order.external_id for order in orders])
    new = [order for order in orders if order.external_id not in stored]
    owners = dict(
        zip(
            (order.external_id for order in new),
            resolve(session, keys, shop_id, [order.customer for order in new], now=now),
            strict=True,
        )
    )
    lock_customers(
        session,
        shop_id,
        {owner for owner in owners.values() if owner} | {known.customer_id for known in stored.values()},
    )
    orders = _told_of_nobody(session, shop_id, orders, owners, stored)
    new = [order for order in orders if order.external_id not in stored]
    results = _create(session, shop_id, new, owners, source)
    late = [order.external_id for order in new if order.external_id not in results]
    if late:  # the other road was faster: theirs stands, ours is compared with it
        stored |= _read(session, shop_id, late)
        orders = _told_of_nobody(session, shop_id, orders, {}, stored)
    results |= _change(session, shop_id, [o for o in orders if o.external_id in stored], stored, may_change)
    touched = {
        result.customer_id
        for result in results.values()
        if result.result in ("created", "updated") and result.customer_id
    }
    recount(session, shop_id, touched)
    hear_of_orders(session, shop_id, now)
    return [results[order.external_id] for order in orders]


def _told_of_nobody(
    session: Session,
    shop_id: int,
    orders: Sequence[OrderIn],
    owners: Mapping[str, int | None],
    stored: Mapping[str, _Stored],
) -> list[OrderIn]:
    """The orders, without their lines where whoever placed them was erased since, or is: that somebody bought stays in the
    shop's books, what they bought does not come back (R153)."""
    whose = {name: known.customer_id for name, known in stored.items()}
    whose |= {name: owner for name, owner in owners.items() if owner is not None}
    gone: dict[int, tuple[datetime, bool]] = {}
    for part in chunks(sorted(set(whose.values()))):
        for id_, until, back in ask(session, _forgotten, shop_id=shop_id, among=part):
            gone[id_] = until, back

    def is_gone(order: OrderIn) -> bool:
        until, back = gone.get(whose.get(order.external_id, 0), (None, True))
        return until is not None and (not back or order.placed_at <= until)

    return [replace(order, lines=()) if order.lines and is_gone(order) else order for order in orders]


@functools.cache
def _forgotten(dialect: str) -> Any:
    e, c = columns_of(Erasure), columns_of(Customer)
    return (
        select(c.id, e.asked_at, c.erased_at.is_(None))
        .join_from(Customer.__table__, Erasure.__table__, (e.shop_id == c.shop_id) & (e.customer_id == c.id))
        .where(c.shop_id == bindparam("shop_id"), among(dialect, c.id))
    )


_VALUES = ("placed_at", "total_cents", "currency", "status", "counts", "refunded", "code")


@functools.cache
def _known(dialect: str) -> Any:
    c = columns_of(Order)
    return select(c.external_id, c.id, c.customer_id, *(c[name] for name in _VALUES)).where(
        c.shop_id == bindparam("shop_id"), among(dialect, c.external_id)
    )


@functools.cache
def _lines(dialect: str) -> Any:
    c = columns_of(OrderLine)
    return (
        select(c.order_id, c.product_id, c.quantity, c.price_cents)
        .where(c.shop_id == bindparam("shop_id"), among(dialect, c.order_id))
        .order_by(c.order_id, c.line_no)
    )


def _values(order: OrderIn) -> dict[str, Any]:
    return {
        "placed_at": order.placed_at,
        "total_cents": order.total_cents,
        "currency": order.currency,
        "status": plain_status(order.status)[:64],
        "counts": does_count(order),
        "refunded": was_refunded(order),
        "code": order.code[:64] if order.code else None,
    }


def _read(session: Session, shop_id: int, names: list[str]) -> dict[str, _Stored]:
    found: dict[str, _Stored] = {}
    for part in chunks(names):
        for name, id_, customer_id, *values in ask(session, _known, shop_id=shop_id, among=part):
            found[name] = _Stored(id_, customer_id, dict(zip(_VALUES, values, strict=True)))
    return found


def _create(
    session: Session, shop_id: int, orders: list[OrderIn], owners: dict[str, int | None], source: str
) -> dict[str, Recorded]:
    results = {
        order.external_id: Recorded("rejected", why=NOBODY)
        for order in orders
        if owners[order.external_id] is None
    }
    rows = [
        {
            "shop_id": shop_id,
            "customer_id": owners[order.external_id],
            "external_id": order.external_id,
            "source": source,
            **_values(order),
        }
        for order in orders
        if order.external_id not in results
    ]
    ids = {name: id_ for id_, name in insert_new(session, Order, rows, "id", "external_id")}
    created = [order for order in orders if order.external_id in ids]
    _write_lines(session, shop_id, [(ids[order.external_id], order) for order in created])
    for order in created:
        counts = does_count(order)
        results[order.external_id] = Recorded(
            "created", ids[order.external_id], owners[order.external_id], counts, began_to_count=counts
        )
    return results


def _change(
    session: Session, shop_id: int, orders: list[OrderIn], stored: dict[str, _Stored], may_change: bool
) -> dict[str, Recorded]:
    with_lines = [stored[order.external_id].id for order in orders if order.lines]
    lines = _read_lines(session, shop_id, with_lines)
    products = product_ids(session, shop_id, [line for order in orders for line in order.lines])
    results: dict[str, Recorded] = {}
    rewrite: list[tuple[int, OrderIn]] = []
    for order in orders:
        known, values = stored[order.external_id], _values(order)
        told = [(products[line.product_id], line.quantity, line.price_cents) for line in order.lines]
        same_lines = not order.lines or told == lines.get(known.id, [])
        result = Recorded("unchanged", known.id, known.customer_id, values["counts"])
        if values == known.values and same_lines:
            pass
        elif not may_change:
            result = Recorded("rejected", why=DIFFERS)
        else:
            session.execute(
                update(Order)
                .where(Order.shop_id == shop_id, Order.id == known.id)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
            if not same_lines:
                rewrite.append((known.id, order))
            result = replace(
                result, result="updated", began_to_count=values["counts"] and not known.values["counts"]
            )
        results[order.external_id] = result
    for part in chunks([order_id for order_id, _ in rewrite]):
        session.execute(
            delete(OrderLine)
            .where(OrderLine.shop_id == shop_id, OrderLine.order_id.in_(part))
            .execution_options(synchronize_session=False)
        )
    _write_lines(session, shop_id, rewrite)
    return results


def _read_lines(
    session: Session, shop_id: int, order_ids: list[int]
) -> dict[int, list[tuple[int | None, int, int]]]:
    found: dict[int, list[tuple[int | None, int, int]]] = {}
    for part in chunks(order_ids):
        for order_id, product_id, quantity, price in ask(session, _lines, shop_id=shop_id, among=part):
            found.setdefault(order_id, []).append((product_id, quantity, price))
    return found


def _write_lines(session: Session, shop_id: int, orders: list[tuple[int, OrderIn]]) -> None:
    products = product_ids(session, shop_id, [line for _, order in orders for line in order.lines])
    rows = [
        {
            "shop_id": shop_id,
            "order_id": order_id,
            "line_no": number,
            "product_id": products[line.product_id],
            "quantity": line.quantity,
            "price_cents": line.price_cents,
        }
        for order_id, order in orders
        for number, line in enumerate(order.lines, 1)
    ]
    if rows:
        insert_new(session, OrderLine, rows)
