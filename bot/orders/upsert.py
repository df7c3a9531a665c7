"""INSERT that leaves out what is there already, in the words of both databases.

Owns that one statement. Two roads (an import, the API) may bring the same order at the same moment (I10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.models import Base

CHUNK = 500
"""Values in one IN list: far below what either database takes."""


def insert_new(session: Session, table: type[Base], rows: list[dict[str, Any]], *returning: Any) -> list[Any]:
    """Insert the rows that break no unique key; gives `returning` of those that went in, in no order.

    Column defaults of the model apply. A row left out is not an error: read it.
    """
    if not rows:
        return []
    session.flush()
    connection = session.connection()  # the plain table: the ORM would cost as much again as the database
    plain = cast(Table, table.__table__)
    if connection.dialect.name == "sqlite":
        return list(
            connection.execute(sqlite.insert(plain).on_conflict_do_nothing().returning(*returning), rows)
        )
    return list(
        connection.execute(postgresql.insert(plain).on_conflict_do_nothing().returning(*returning), rows)
    )


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values in lists short enough for one statement."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
