"""Products as order lines name them. Owns the making of a product that only an order has told us of.

The first line that names a product gives its name, price and kind; a catalogue (or a person) may know better later, so
nothing here overwrites.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.bulk import among, ask, columns_of
from bot.models import Product
from bot.orders.upsert import chunks, insert_new
from bot.orders.values import LineIn, product_kind


def product_ids(session: Session, shop_id: int, lines: Iterable[LineIn]) -> dict[str, int]:
    """The products' ids by what the lines call them (`LineIn.product_id`), made where they are new."""
    wanted: dict[str, LineIn] = {}
    for line in lines:
        wanted.setdefault(line.product_id, line)
    found = _read(session, shop_id, list(wanted))
    rows = [
        {
            "shop_id": shop_id,
            "external_id": name,
            "name": line.name[:300],
            "kind": product_kind(line.name),
            "price_cents": line.price_cents,
        }
        for name, line in wanted.items()
        if name not in found
    ]
    if rows:
        insert_new(session, Product, rows)
        found |= _read(
            session, shop_id, [row["external_id"] for row in rows if isinstance(row["external_id"], str)]
        )
    return found


def _read(session: Session, shop_id: int, names: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunks(names):
        rows = ask(session, _known, shop_id=shop_id, among=part)
        found |= {name: id_ for name, id_ in rows}  # noqa: C416  rows, not pairs
    return found


@functools.cache
def _known(dialect: str) -> Any:
    c = columns_of(Product)
    return select(c.external_id, c.id).where(c.shop_id == bindparam("shop_id"), among(dialect, c.external_id))
