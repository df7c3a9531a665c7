"""The customers' order columns, which repeat what their orders say. Owns the repeating, and the lock that keeps it true.

They are computed again from the orders, never counted on: so an order that comes twice, late, or changes its mind about
counting leaves them right.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from bot.bulk import among, ask, columns_of
from bot.models import Conversation, Customer, Order
from bot.orders.upsert import chunks


def lock_customers(session: Session, shop_id: int, customer_ids: Collection[int]) -> None:
    """Hold these customers' rows until the commit, always in the same order, so that two writers cannot miss each
    other's orders nor wait for each other. (SQLite has one writer anyway.)

    Their conversations first, like everybody else: the order will be told to them, and a turn that holds one may want to
    write its customer. Not against foreign keys: whoever only points to the customer need not wait.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    for part in chunks(sorted(set(customer_ids))):
        ask(session, _conversations, shop_id=shop_id, among=part)
        ask(session, _customers, shop_id=shop_id, among=part)


@functools.cache
def _conversations(dialect: str) -> Any:
    c = columns_of(Conversation)
    mine = (c.shop_id == bindparam("shop_id"), among(dialect, c.customer_id))
    return select(c.id).where(*mine).order_by(c.id).with_for_update(key_share=True)


@functools.cache
def _customers(dialect: str) -> Any:
    c = columns_of(Customer)
    mine = (c.shop_id == bindparam("shop_id"), among(dialect, c.id))
    return select(c.id).where(*mine).order_by(c.id).with_for_update(key_share=True)


_RECOUNT = text(
    """
    UPDATE customers AS c
    SET orders_count = n.count, spent_cents = n.spent, first_order_at = n.first, last_order_at = n.last,
        refunded_order_at = n.refunded
    FROM unnest(CAST(:ids AS bigint[])) AS mine (id) CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE o.counts) AS count,
            coalesce(sum(o.total_cents) FILTER (WHERE o.counts), 0) AS spent,
            min(o.placed_at) FILTER (WHERE o.counts) AS first, max(o.placed_at) FILTER (WHERE o.counts) AS last,
            max(o.placed_at) FILTER (WHERE o.refunded) AS refunded
        FROM orders AS o
        WHERE o.shop_id = :shop_id AND o.customer_id = mine.id
    ) AS n
    WHERE c.shop_id = :shop_id AND c.id = mine.id
        AND (c.orders_count, c.spent_cents, c.first_order_at, c.last_order_at, c.refunded_order_at)
            IS DISTINCT FROM (n.count, n.spent, n.first, n.last, n.refunded)
    """
)
"""The same as below in one trip: each customer's orders over their index, whatever the planner knows of the tables."""


def recount(session: Session, shop_id: int, customer_ids: Collection[int]) -> None:
    """Set orders_count, spent_cents, first_order_at and last_order_at from the orders that count, refunded_order_at from
    those that went back."""
    if session.get_bind().dialect.name == "postgresql":
        for part in chunks(sorted(set(customer_ids))):
            session.execute(_RECOUNT, {"shop_id": shop_id, "ids": list(part)})
        return
    rows: list[dict[str, Any]] = []
    for part in chunks(sorted(set(customer_ids))):
        statement = (
            select(
                Order.customer_id,
                func.count().filter(Order.counts),
                func.coalesce(func.sum(Order.total_cents).filter(Order.counts), 0),
                func.min(Order.placed_at).filter(Order.counts),
                func.max(Order.placed_at).filter(Order.counts),
                func.max(Order.placed_at).filter(Order.refunded),
            )
            .where(Order.shop_id == shop_id, Order.customer_id.in_(part))
            .group_by(Order.customer_id)
        )
        found = {row[0]: row for row in session.execute(statement)}
        for customer_id in part:
            _, count, spent, first, last, back = found.get(customer_id, (customer_id, 0, 0, None, None, None))
            rows.append(
                {
                    "b_id": customer_id,
                    "count": count,
                    "spent": int(spent),
                    "first": first,
                    "last": last,
                    "refunded": back,
                }
            )
    if rows:
        table = Customer.__table__
        session.connection().execute(
            update(table)  # type: ignore[arg-type]
            .where(table.c.shop_id == shop_id, table.c.id == bindparam("b_id"))
            .values(
                orders_count=bindparam("count"),
                spent_cents=bindparam("spent"),
                first_order_at=bindparam("first"),
                last_order_at=bindparam("last"),
                refunded_order_at=bindparam("refunded"),
            ),
            rows,
        )
