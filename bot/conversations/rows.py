"""Inserting what may arrive twice: the unique key decides, and the second one is told so."""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.models import Base


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> int | None:
    """The new row's id, or None when a row with one of the same unique keys is there already (I10)."""
    return session.execute(_once(table, session.get_bind().dialect.name), values).scalar_one_or_none()


def insert_row(session: Session, table: type[Base], values: dict[str, Any]) -> int:
    """The new row's id. Raises IntegrityError when it is there already."""
    return int(session.execute(_plainly(table), values).scalar_one())


# Built once: building a statement costs SQLAlchemy about as much as running it.
@functools.cache
def _once(table: type[Base], dialect: str) -> Any:
    target: Table = table.__table__  # type: ignore[assignment]
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(target).on_conflict_do_nothing().returning(target.c.id)


@functools.cache
def _plainly(table: type[Base]) -> Any:
    target: Table = table.__table__  # type: ignore[assignment]
    return insert(target).returning(target.c.id)
