"""Writing single rows: once when they may arrive twice, at once when their id is needed, and otherwise with others.

Owns no order of writing (bot.pending does), and no statement of its own.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal_column
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from bot.db import pending_of
from bot.models import Base
from bot.pending import PromisedId, inserting_once


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> int | None:
    """The new row's id, or None when a row with one of the same unique keys is there already (I10)."""
    statement = inserting_once(table, session.get_bind().dialect.name, give_id=True)
    found: int | None = session.execute(statement, values).scalar_one_or_none()
    return found


def insert_once_soon(session: Session, table: type[Base], values: dict[str, Any]) -> None:
    """The same for a row of which nobody needs to know whether it was new."""
    pending_of(session).insert(table, values, once=True)


def insert_soon(session: Session, table: type[Base], values: dict[str, Any]) -> PromisedId:
    """A row that is written before anything else is read. IntegrityError, then, when it is there already."""
    promised = pending_of(session).insert(table, values)
    assert promised is not None
    return promised


def store(session: Session, row: Base, **values: Any) -> None:
    """Change these columns of a loaded row; written before anything else is read. Less work than a flush."""
    pending_of(session).change(row, values)
    for name, value in values.items():
        set_committed_value(row, name, value)


def fixed(word: str) -> ColumnElement[str]:
    """A constant that is written into the statement: with a parameter neither database can use a partial index."""
    return literal_column(f"'{word}'")
