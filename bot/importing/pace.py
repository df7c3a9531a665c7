"""How many rows a transaction takes: so many that nobody waits long for it.

Owns the sizes, and the question of whom a batch could keep waiting. On SQLite that is everybody: there is one write lock. On
PostgreSQL a batch holds its own customers. Those who have a conversation with us may text at this moment, and must not
wait; for the rows of the others nobody waits (a first text points to its customer, which goes beside a writer who leaves
the customer's keys alone), so their batches may be larger, and cost less a row.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, assert_never

from sqlalchemy import and_, any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from bot.bulk import ask, columns_of
from bot.db import Database
from bot.importing.units import CustomerRow, OrderRows, ProductRow, Unit
from bot.keys import Keys
from bot.models import Conversation, Customer

FIRST_BATCH = 50
SMALLEST, LARGEST = 10, 2_000
AIM_SECONDS = {"sqlite": 0.03, "postgresql": 0.06}
"""A transaction that somebody may wait for should take this long. On SQLite it holds the one write lock all the while; none
may hold it for 0.1 s, and machines differ by the hour. On PostgreSQL it holds rows in the second half of that time."""
ALONE_SECONDS = 0.3
"""And one that nobody waits for: longer ones save nothing more, and a lost race would cost more."""


class Pace:
    """The sizes of one run's batches, learned from how long they took."""

    def __init__(self, database: Database, keys: Keys, shop_id: int) -> None:
        self._database = database
        self._keys = keys
        self._shop_id = shop_id
        aim = AIM_SECONDS[database.engine.dialect.name]
        self._aims = {True: aim, False: aim if database.is_sqlite else ALONE_SECONDS}
        self._sizes = {True: float(FIRST_BATCH), False: float(FIRST_BATCH)}

    def gather(self) -> int:
        """How many rows to have before the next look at them."""
        return int(self._sizes[self._database.is_sqlite])

    def size(self, *, awaited: bool) -> int:
        """How many of them a transaction takes now."""
        return int(self._sizes[awaited])

    def took(self, seconds: float, *, awaited: bool) -> None:
        """A transaction took so long: the next one takes fewer rows or more."""
        change = min(max(self._aims[awaited] / max(seconds, 1e-4), 0.25), 1.5)
        self._sizes[awaited] = min(max(self._sizes[awaited] * change, SMALLEST), LARGEST)

    def awaited(self, units: Sequence[Unit]) -> bool:
        """Whether somebody may wait for a transaction with these rows."""
        if self._database.is_sqlite:
            return True
        names: dict[str, set[str]] = {"external_id": set(), "phone_key": set(), "email": set()}
        for unit in units:
            external_id, number, email = _names(unit)
            key = self._keys.phone_key(self._shop_id, number) if number else None
            for name, value in zip(names, (external_id, key, email), strict=True):
                if value:
                    names[name].add(value)
        with self._database.read() as session:
            found = ask(
                session, _talked_with, shop_id=self._shop_id, **{name: list(v) for name, v in names.items()}
            )
            return found.first() is not None


def _names(unit: Unit) -> tuple[str | None, str | None, str | None]:
    """Id, phone and e-mail by which the row means somebody."""
    match unit.taken:
        case CustomerRow(external_id=external_id, phone=phone):
            return external_id, phone, None
        case OrderRows(order=order):
            return order.customer.external_id, order.customer.phone, order.customer.email
        case ProductRow() | None:
            return None, None, None
        case _:
            assert_never(unit.taken)


@functools.cache
def _talked_with(_dialect: str) -> Any:
    c, t = columns_of(Customer), columns_of(Conversation)
    theirs = or_(
        *(
            c[name] == any_(bindparam(name, type_=ARRAY(c[name].type)))
            for name in ("external_id", "phone_key", "email")
        )
    )
    return (
        select(t.id)
        .join(Customer.__table__, and_(c.shop_id == t.shop_id, c.id == t.customer_id))
        .where(c.shop_id == bindparam("shop_id"), theirs)
    )
