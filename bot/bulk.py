"""Many rows in one statement of fixed wording, on PostgreSQL: the rows travel as one JSON parameter, names as one array.

Owns the statements. Because their text does not depend on how many rows there are, the server prepares each once a
connection, and SQLAlchemy builds each once a process: a batch costs a round trip, and a row next to nothing. SQLite, where
a statement costs no trip, takes them by its own road. Commits nothing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from sqlalchemy import Column, ColumnElement, Connection, Table, any_, bindparam, insert, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from bot.models import Base

Question: TypeAlias = Callable[[str], Any]
"""Builds a statement for a dialect; remember what it built (functools.cache)."""


def ask(session: Session, question: Question, **values: Any) -> Any:
    """The rows (a CursorResult) of a remembered statement with these values, on the session's own connection."""
    session.flush()
    connection = session.connection()  # not session.execute: the ORM would cost as much again as the database
    return connection.execute(question(connection.dialect.name), values)


def among(dialect: str, column: Column[Any]) -> ColumnElement[bool]:
    """Whether the column has one of the values that the parameter `among` lists, no more than bot.orders.upsert.CHUNK."""
    if dialect == "sqlite":
        return column.in_(bindparam("among", expanding=True))
    return column == any_(bindparam("among", type_=ARRAY(column.type)))


def columns_of(model: type[Base]) -> Any:
    """The columns of the plain table."""
    return model.__table__.c


def insert_rows(
    connection: Connection,
    model: type[Base],
    rows: list[dict[str, Any]],
    returning: tuple[str, ...] = (),
    *,
    skip: bool = False,
) -> list[Any]:
    """Insert the rows, which have the same columns; gives `returning` of those that went in, in no order.

    The model's defaults apply. With `skip`, a row that breaks a unique key is left out; without, it raises IntegrityError.
    """
    if not rows:
        return []
    table = cast(Table, model.__table__)
    if connection.dialect.name == "sqlite":
        statement: Any = sqlite.insert(table).on_conflict_do_nothing() if skip else insert(table)
        if returning:
            statement = statement.returning(*(table.c[name] for name in returning))
        given = connection.execute(statement, rows)
    else:
        whole = [_defaults(model) | row for row in rows]
        statement = _insert(model, tuple(whole[0]), returning, skip)
        given = connection.execute(statement, {"rows": as_json(whole)})
    return list(given) if returning else []


def update_rows(connection: Connection, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Set each row's columns where `shop_id` and `id` are its own. PostgreSQL only."""
    connection.execute(_update(model, tuple(rows[0])), {"rows": as_json(rows)})


def as_json(rows: list[dict[str, Any]]) -> str:
    """The rows as json_to_recordset reads them. Raises ValueError for a time without a zone."""
    return json.dumps(rows, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"a column cannot hold a {type(value).__name__}")
    if value.tzinfo is None:
        raise ValueError("a stored time needs a zone")
    return value.astimezone(UTC).isoformat()


@functools.cache
def _insert(model: type[Base], names: tuple[str, ...], returning: tuple[str, ...], skip: bool) -> Any:
    table, columns = cast(Table, model.__table__), ", ".join(names)
    return text(  # names of our own tables and columns only
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {_rows(table, names)}"  # noqa: S608
        + (" ON CONFLICT DO NOTHING" if skip else "")
        + (f" RETURNING {', '.join(returning)}" if returning else "")
    )


@functools.cache
def _update(model: type[Base], names: tuple[str, ...]) -> Any:
    table = cast(Table, model.__table__)
    sets = ", ".join(f"{name} = r.{name}" for name in names if name not in ("shop_id", "id"))
    return text(
        f"UPDATE {table.name} AS t SET {sets} FROM {_rows(table, names)} "  # noqa: S608
        "WHERE t.shop_id = r.shop_id AND t.id = r.id"
    )


def _rows(table: Table, names: tuple[str, ...]) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    shape = ", ".join(f"{name} {table.c[name].type.compile(dialect)}" for name in names)
    return f"json_to_recordset(CAST(:rows AS json)) AS r({shape})"


@functools.cache
def _defaults(model: type[Base]) -> dict[str, Any]:
    """The model's own defaults: constants, or functions that make an empty document or list."""
    found: dict[str, Any] = {}
    for column in cast(Table, model.__table__).c:
        default: Any = column.default
        if default is not None:
            found[column.name] = default.arg(None) if default.is_callable else default.arg
    return found
