"""Inserting what may arrive twice: the unique key decides, and the second one is told so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.models import Base


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> int | None:
    """The new row's id, or None when a row with one of the same unique keys is there already (I10)."""
    target: Table = table.__table__  # type: ignore[assignment]
    dialect = session.get_bind().dialect.name
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(target).values(**values).on_conflict_do_nothing().returning(target.c.id)
    return session.execute(statement).scalar_one_or_none()


def insert_row(session: Session, table: type[Base], values: dict[str, Any]) -> int:
    """The new row's id. Raises IntegrityError when it is there already."""
    target: Table = table.__table__  # type: ignore[assignment]
    return int(session.execute(insert(target).values(**values).returning(target.c.id)).scalar_one())
