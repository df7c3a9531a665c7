"""INSERT that leaves out what is there already, and lists short enough for one statement.

Owns both for orders and imports. Two roads (an import, the API) may bring the same order at the same moment (I10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from bot.bulk import insert_rows
from bot.models import Base

CHUNK = 500
"""Values in one list: far below what either database takes."""


def insert_new(session: Session, table: type[Base], rows: list[dict[str, Any]], *returning: str) -> list[Any]:
    """Insert the rows that break no unique key; gives the columns `returning` of those that went in, in no order.

    Column defaults of the model apply. A row left out is not an error: read it.
    """
    if not rows:
        return []
    session.flush()
    return insert_rows(session.connection(), table, rows, returning, skip=True)


def chunks(values: Sequence[Any]) -> Iterator[list[Any]]:
    """The values in lists short enough for one statement."""
    for start in range(0, len(values), CHUNK):
        yield list(values[start : start + CHUNK])
