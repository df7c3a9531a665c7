"""Orders from a file into the database, a batch at a time, in the caller's transaction.

Owns the bridge between the file's rows and bot.orders, which does the work for the API as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from bot.importing.units import Code, OrderRows, Rejected
from bot.importing.write_customers import Written
from bot.keys import Keys
from bot.orders import OrderIn, Recorded, record_orders
from bot.orders.record import DIFFERS

AfterOrders: TypeAlias = Callable[[Session, int, Sequence[tuple[OrderIn, Recorded]]], None]
"""Session, shop and what became of each order; for whoever ends flows."""


def write_orders(
    session: Session,
    keys: Keys,
    shop_id: int,
    batch: Sequence[OrderRows],
    *,
    now: datetime,
    after: AfterOrders | None,
) -> Written:
    """Write the batch. An order that the file has twice is compared, not overruled: rows of other orders stood between,
    so it may be a half."""
    first = [rows for rows in batch if not rows.repeat]
    again = [[rows] for rows in batch if rows.repeat]
    written = Written()
    for part, may_change in [(first, True), *((one, False) for one in again)]:
        results = record_orders(
            session,
            keys,
            shop_id,
            [rows.order for rows in part],
            source="import",
            now=now,
            may_change=may_change,
        )
        for rows, recorded in zip(part, results, strict=True):
            _count(written, rows, recorded)
        if after is not None:
            after(session, shop_id, [(rows.order, one) for rows, one in zip(part, results, strict=True)])
    return written


def _count(written: Written, rows: OrderRows, recorded: Recorded) -> None:
    match recorded.result:
        case "created":
            written.created += 1
        case "updated":
            written.updated += 1
        case "unchanged":
            written.unchanged += 1
        case "rejected":
            code: Code = "conflict" if recorded.why == DIFFERS else "no_customer"
            written.rejected.append(Rejected(rows.line, "", code, recorded.why or "", rows.cells))
    if recorded.result in ("created", "updated") and recorded.counts:
        written.counting += 1
