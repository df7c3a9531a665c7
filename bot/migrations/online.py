"""Indexes on tables that are in use, made and dropped without anybody waiting; and columns filled in, a few rows at a time.

Owns what PostgreSQL does outside a transaction. What a migration did before is committed by then,
so an index comes first in its migration, or has one of its own; killed in between, it is made anew from what is left.
SQLite has one writer and small tables: there it is one transaction as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op


def make_index(name: str, table: str, columns: list[Any], where: Any = None) -> None:
    """CREATE INDEX CONCURRENTLY. Twice is once; one that a killed migration left unfinished is dropped and made anew."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(name, table, columns, sqlite_where=where)
        return
    state = op.get_bind().scalar(
        sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": name}
    )
    if state is False:
        drop_index(name, table)
    with _beside_the_traffic():
        op.create_index(
            name,
            table,
            columns,
            postgresql_where=where,
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def drop_index(name: str, table: str) -> None:
    """DROP INDEX CONCURRENTLY, if it is there."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(name, table)
        return
    with _beside_the_traffic():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)


def fill(table: str, statement: str, *, rows: int = 10_000) -> None:
    """Run an UPDATE that ends in a WHERE, for `rows` ids of `table` at a time, each committed: killed in between, what is
    left is done the next time. No row stays locked for longer than its batch."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(statement)
        return
    with _beside_the_traffic():
        last = op.get_bind().scalar(sa.select(sa.func.max(sa.column("id"))).select_from(sa.table(table))) or 0
        batch = sa.text(f"{statement} AND {table}.id BETWEEN :first AND :last")
        for first in range(1, last + 1, rows):
            op.get_bind().execute(batch, {"first": first, "last": first + rows - 1})


@contextmanager
def _beside_the_traffic() -> Iterator[None]:
    """Outside a transaction, and in no hurry: nobody stands behind these two while they wait for a long transaction."""
    before = op.get_bind().scalar(sa.text("SELECT current_setting('lock_timeout')"))
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        yield
        op.execute(f"SET lock_timeout = '{before}'")
