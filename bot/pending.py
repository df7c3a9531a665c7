"""Writes that wait for company: what a transaction inserts and changes goes to the server together, a table at a time.

Owns the gathering and its order. A statement costs several times what a row in it costs, so a batch of turns writes
down all its texts at once, then all its timers. Nobody has to think of it: before anything is read, flushed or
committed, whatever waits is written (bot.db.WritingSession). Must not know what the rows mean.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.models import Base


class PromisedId:
    """The id that a row will have. May stand among the values of a row in a table that refers to the first."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: int | None = None


@dataclass(slots=True)
class _Inserts:
    """Rows for one table, all with the same columns. `once`: one that is there already stays as it is."""

    table: type[Base]
    once: bool
    rows: list[dict[str, Any]] = field(default_factory=list)
    ids: list[PromisedId] = field(default_factory=list)


class Pending:
    """What one transaction has yet to write."""

    __slots__ = ("_changes", "_inserts", "_runs")

    def __init__(self) -> None:
        self._inserts: dict[tuple[type[Base], bool, tuple[str, ...]], _Inserts] = {}
        self._changes: dict[tuple[type[Base], int], tuple[Base, dict[str, Any]]] = {}
        self._runs: list[tuple[Executable, list[dict[str, Any]]]] = []

    def __bool__(self) -> bool:
        return bool(self._inserts or self._changes or self._runs)

    def insert(self, table: type[Base], values: dict[str, Any], *, once: bool = False) -> PromisedId | None:
        """A new row; gives its id to be, unless `once`, where nobody knows whether there will be a row."""
        rows = self._inserts.setdefault((table, once, tuple(values)), _Inserts(table, once))
        rows.rows.append(values)
        if once:
            return None
        promised = PromisedId()
        rows.ids.append(promised)
        return promised

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
            if rows.once:
                connection.execute(
                    inserting_once(rows.table, connection.dialect.name, give_id=False), rows.rows
                )
            else:
                made = connection.execute(_inserting_in_order(rows.table), rows.rows).scalars()
                for promised, its_id in zip(rows.ids, made, strict=True):
                    promised.value = its_id


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
def _inserting_in_order(table: type[Base]) -> Any:
    target: Table = table.__table__  # type: ignore[assignment]
    return insert(target).returning(target.c.id, sort_by_parameter_order=True)


@functools.cache
def _rank(table: type[Base]) -> int:
    return Base.metadata.sorted_tables.index(table.__table__)  # type: ignore[arg-type]
