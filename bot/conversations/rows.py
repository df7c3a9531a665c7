"""Writing single rows: once when they may arrive twice, at once instead of with the next flush.

Owns the statements, which are built once: building one costs SQLAlchemy about as much as running it.
"""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, insert, literal_column, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from bot.models import Base


def insert_once(session: Session, table: type[Base], values: dict[str, Any]) -> int | None:
    """The new row's id, or None when a row with one of the same unique keys is there already (I10)."""
    return session.execute(_once(table, session.get_bind().dialect.name), values).scalar_one_or_none()


def insert_row(session: Session, table: type[Base], values: dict[str, Any]) -> int:
    """The new row's id. Raises IntegrityError when it is there already."""
    return int(session.execute(_plainly(table), values).scalar_one())


def store(session: Session, row: Base, **values: Any) -> None:
    """Write these columns of a loaded row now. Less work than a flush, and the row is clean afterwards."""
    statement = _stored(type(row), tuple(values))
    session.execute(statement, {"its_id": row.id, **{f"new_{name}": each for name, each in values.items()}})  # type: ignore[attr-defined]
    for name, value in values.items():
        set_committed_value(row, name, value)


def fixed(word: str) -> ColumnElement[str]:
    """A constant that is written into the statement: with a parameter neither database can use a partial index."""
    return literal_column(f"'{word}'")


@functools.cache
def _once(table: type[Base], dialect: str) -> Any:
    target: Table = table.__table__  # type: ignore[assignment]
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(target).on_conflict_do_nothing().returning(target.c.id)


@functools.cache
def _plainly(table: type[Base]) -> Any:
    target: Table = table.__table__  # type: ignore[assignment]
    return insert(target).returning(target.c.id)


@functools.cache
def _stored(table: type[Base], names: tuple[str, ...]) -> Any:
    target: Table = table.__table__  # type: ignore[assignment]
    return (
        update(target)
        .where(target.c.id == bindparam("its_id"))
        .values({name: bindparam(f"new_{name}", type_=target.c[name].type) for name in names})
    )
