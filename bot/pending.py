"""Writes that wait for company: what a transaction inserts and changes goes to the server together, a table at a time.

Owns the gathering and its order. A statement costs several times what a row in it costs, so a batch of turns writes
down all its texts at once, then all its timers. Nobody has to think of it: before anything is read, flushed or
committed, whatever waits is written (bot.db.WritingSession). Must not know what the rows mean.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, assert_never

from sqlalchemy import Connection, Executable, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.models import Base

How: TypeAlias = Literal["plain", "named", "once"]
LOTS = (16, 4, 1)


class PromisedId:
    """The id that a row will have. May stand among the values of a row in a table that refers to the first."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: int | None = None


@dataclass(slots=True)
class _Inserts:
    """Rows for one table, all with the same columns."""

    table: type[Base]
    how: How
    rows: list[dict[str, Any]] = field(default_factory=list)
    ids: list[PromisedId] = field(default_factory=list)


class Pending:
    """What one transaction has yet to write."""

    __slots__ = ("_changes", "_inserts", "_runs")

    def __init__(self) -> None:
        self._inserts: dict[tuple[type[Base], How, tuple[str, ...]], _Inserts] = {}
        self._changes: dict[tuple[type[Base], int], tuple[Base, dict[str, Any]]] = {}
        self._runs: list[tuple[Executable, list[dict[str, Any]]]] = []

    def __bool__(self) -> bool:
        return bool(self._inserts or self._changes or self._runs)

    def insert(self, table: type[Base], values: dict[str, Any], how: How = "plain") -> PromisedId | None:
        """A new row. `named`: gives its id to be. `once`: one that is there already, by a unique key, stays as it is."""
        rows = self._inserts.setdefault((table, how, tuple(values)), _Inserts(table, how))
        rows.rows.append(values)
        if how != "named":
            return None
        rows.ids.append(PromisedId())
        return rows.ids[-1]

    def change(self, row: Base, values: dict[str, Any]) -> None:
        """Other values in a row that is there. What is changed twice is written once; the row is kept alive till then."""
        self._changes.setdefault((type(row), row.id), (row, {}))[1].update(values)  # type: ignore[attr-defined]

    def run(self, statement: Executable, values: dict[str, Any]) -> None:
        """A statement of the caller's own, before any insert, and together with its kind."""
        for known, each in self._runs:
            if known is statement:
                each.append(values)
                return
        self._runs.append((statement, [values]))

    def inserts(self, table: type[Base]) -> list[dict[str, Any]]:
        """The rows that wait for that table, to be looked at or changed."""
        return [row for each in self._inserts.values() if each.table is table for row in each.rows]

    def write(self, connection: Connection) -> None:
        """Everything, in an order that foreign keys allow. An error leaves nothing waiting: the transaction is lost."""
        inserts, changes, runs = self._inserts, self._changes, self._runs
        self._inserts, self._changes, self._runs = {}, {}, []
        for statement, values in runs:
            connection.execute(statement, values)
        alike: dict[tuple[type[Base], tuple[str, ...]], list[dict[str, Any]]] = {}
        for (table, its_id), (_, new) in changes.items():
            alike.setdefault((table, tuple(new)), []).append(
                {"its_id": its_id, **{f"new_{name}": value for name, value in new.items()}}
            )
        for (table, names), values in alike.items():
            connection.execute(changing(table, names), values)
        for rows in sorted(inserts.values(), key=lambda each: _rank(each.table)):
            for row in rows.rows:
                for name, value in row.items():
                    if type(value) is PromisedId:
                        row[name] = value.value
            match rows.how:
                case "plain":
                    connection.execute(_inserting(rows.table), rows.rows)
                case "once":
                    connection.execute(
                        inserting_once(rows.table, connection.dialect.name, give_id=False), rows.rows
                    )
                case "named":
                    _insert_named(connection, rows)
                case _:
                    assert_never(rows.how)


def _insert_named(connection: Connection, rows: _Inserts) -> None:
    """The ids come back in the order of the rows. In lots of few sizes: each size is a statement of its own to the
    driver and to the server, who both keep those that they know."""
    begin = 0
    while begin < len(rows.rows):
        size = next(each for each in LOTS if each <= len(rows.rows) - begin)
        lot = slice(begin, begin + size)
        made = connection.execute(_inserting_in_order(rows.table), rows.rows[lot]).scalars()
        for promised, its_id in zip(rows.ids[lot], made, strict=True):
            promised.value = its_id
        begin += size


# Built once: building a statement costs SQLAlchemy about as much as running it.
@functools.cache
def inserting_once(table: type[Base], dialect: str, *, give_id: bool) -> Any:
    """An insert that leaves alone what is there."""
    target: Table = table.__table__  # type: ignore[assignment]
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(target).on_conflict_do_nothing()
    return statement.returning(target.c.id) if give_id else statement


@functools.cache
def changing(table: type[Base], names: tuple[str, ...]) -> Any:
    """An update of one row by its id: `its_id`, and `new_<column>` for each of `names`."""
    target: Table = table.__table__  # type: ignore[assignment]
    return (
        update(target)
        .where(target.c.id == bindparam("its_id"))
        .values({name: bindparam(f"new_{name}", type_=target.c[name].type) for name in names})
    )


@functools.cache
def _inserting(table: type[Base]) -> Any:
    target: Table = table.__table__  # type: ignore[assignment]
    return insert(target)


@functools.cache
def _inserting_in_order(table: type[Base]) -> Any:
    target: Table = table.__table__  # type: ignore[assignment]
    return insert(target).returning(target.c.id, sort_by_parameter_order=True)


@functools.cache
def _rank(table: type[Base]) -> int:
    return Base.metadata.sorted_tables.index(table.__table__)  # type: ignore[arg-type]
