"""Writing single rows: once when they may arrive twice, at once when their id is needed, and otherwise with others.

Owns no order of writing (bot.pending does), and no statement of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, literal_column
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from bot.db import pending_of
from bot.models import Base
from bot.pending import PromisedId, inserting_once

LENGTHS = (1, 4, 20, 100)


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> int | None:
    """The new row's id, or None when a row with one of the same unique keys is there already (I10)."""
    statement = inserting_once(table, session.get_bind().dialect.name, give_id=True)
    found: int | None = session.execute(statement, values).scalar_one_or_none()
    return found


def insert_once_soon(session: Session, table: type[Base], values: dict[str, Any]) -> None:
    """The same for a row of which nobody needs to know whether it was new."""
    pending_of(session).insert(table, values, "once")


def insert_soon(session: Session, table: type[Base], values: dict[str, Any]) -> None:
    """A row that is written before anything else is read. IntegrityError, then, when it is there already."""
    pending_of(session).insert(table, values)


def insert_named(session: Session, table: type[Base], values: dict[str, Any]) -> PromisedId:
    """The same for a row to which others of this transaction refer."""
    promised = pending_of(session).insert(table, values, "named")
    assert promised is not None
    return promised


def some(ids: Iterable[int]) -> list[int]:
    """The ids for an `IN`, the last repeated up to one of a few lengths.

    Each length is a statement of its own to the driver and to the server, who both keep those that they know; taking a
    new one in costs more than looking twice for the same row.
    """
    found = list(ids)
    length = next((each for each in LENGTHS if each >= len(found)), 0)
    return found + found[-1:] * (length - len(found))


def store(session: Session, row: Base, **values: Any) -> None:
    """Change these columns of a loaded row; written before anything else is read. Less work than a flush."""
    pending_of(session).change(row, values)
    for name, value in values.items():
        set_committed_value(row, name, value)


def fixed(word: str) -> ColumnElement[str]:
    """A constant that is written into the statement: with a parameter neither database can use a partial index."""
    return literal_column(f"'{word}'")
