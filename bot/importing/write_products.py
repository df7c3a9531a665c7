"""A catalogue's rows into the database, a batch at a time, in the caller's transaction.

Owns what a row changes: filled cells overrule what is stored, blank ones leave it, and a product that an order named first
is the same one under whichever of its ids that was.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.bulk import among, ask, columns_of, insert_rows
from bot.importing.units import ProductRow, Rejected
from bot.importing.write_customers import Written
from bot.models import Product
from bot.orders.upsert import chunks
from bot.orders.values import product_kind

_MUTABLE = ("name", "text_name", "price_cents", "days_of_use", "private", "retired")


def write_products(session: Session, shop_id: int, batch: Sequence[ProductRow]) -> Written:
    """Write the batch: products made or mended. A file that has one twice leaves it as its last row says."""
    written = Written()
    known = _read(session, shop_id, sorted({each for row in batch for each in row.ids}))
    before = {its_id: dict(values) for its_id, values in known.items()}
    fresh: list[dict[str, Any]] = []
    for row in batch:
        values = next((known[each] for each in row.ids if each in known), None)
        if values is None:
            if row.name is None:
                why = "no order has named it yet, and the file has no name for it"
                written.rejected.append(Rejected(row.line, "", "no_name", why, row.cells))
                continue
            values = {
                "shop_id": shop_id,
                "external_id": row.ids[0],
                "kind": product_kind(row.name),
                **dict.fromkeys(("name", "text_name", "price_cents", "days_of_use")),
                "private": False,
                "retired": False,
            }
            known[row.ids[0]] = values
            fresh.append(values)
        values |= {name: told for name in _MUTABLE if (told := getattr(row, name)) is not None}
    insert_rows(session.connection(), Product, fresh)
    changed = [known[its_id] for its_id, values in before.items() if known[its_id] != values]
    table = Product.__table__
    for values in changed:
        session.execute(
            update(table)  # type: ignore[arg-type]
            .where(table.c.id == values["id"])
            .values({name: values[name] for name in _MUTABLE})
        )
    written.created, written.updated = len(fresh), len(changed)
    written.unchanged = len(batch) - len(fresh) - len(changed) - len(written.rejected)
    return written


def _read(session: Session, shop_id: int, ids: list[str]) -> dict[str, dict[str, Any]]:
    """The products of these ids, by id."""
    found: dict[str, dict[str, Any]] = {}
    for part in chunks(ids):
        for row in ask(session, _known, shop_id=shop_id, among=part):
            values = dict(row._mapping)
            found[values["external_id"]] = values
    return found


@functools.cache
def _known(dialect: str) -> Any:
    c = columns_of(Product)
    return (
        select(c.id, c.external_id, *(c[each] for each in _MUTABLE))
        .where(c.shop_id == bindparam("shop_id"), among(dialect, c.external_id))
        .order_by(c.id)
        .with_for_update(key_share=True)  # whoever only points to a product need not wait
    )
