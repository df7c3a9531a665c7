"""`winback migrate`, killed in the midst of the chain: the next one brings the schema to where it belongs, whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.db import Database, connect
from bot.schema import check, migrate
from tests.support.databases import PostgresServer

pytestmark = pytest.mark.slow
PATIENT = pytest.mark.timeout(400)  # the whole chain, several times

KILLED = """
import os, signal, sys
from sqlalchemy import event
from bot.db import connect
from bot.schema import migrate

def migrate_until(left):
    database = connect(sys.argv[1])

    @event.listens_for(database.engine, "before_cursor_execute")
    def count(connection, cursor, statement, *rest):
        nonlocal left
        if statement.lstrip().split()[0].upper() in ("CREATE", "ALTER", "DROP", "UPDATE", "INSERT"):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    migrate(database)

for statement in map(int, sys.argv[2:]):
    if not (child := os.fork()):
        migrate_until(statement)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL, "it was not killed"
"""
"""Migrates again and again, each time in a process that is killed before so many statements that change something and one."""


SQLITE = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"
POSTGRESQL = """
SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, '') FROM information_schema.columns
    WHERE table_schema = 'public'
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '' FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid::text, ''
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace
ORDER BY 1, 2, 3
"""
"""Columns, constraints, and indexes with whether they are whole."""


def schema_of(database: Database) -> list[tuple[object, ...]]:
    """Everything that migrations make, in the database's own words."""
    with database.read() as session:
        rows = session.execute(text(SQLITE if database.is_sqlite else POSTGRESQL)).all()
    if not database.is_sqlite:
        return [tuple(row) for row in rows]
    # a table that was copied has its constraints in any order
    return [
        (kind, name, sorted(line.strip(" \t,") for line in sql.splitlines()))
        for kind, name, sql in rows
        if sql
    ]


def goes_on(address: str, whole: list[tuple[object, ...]], statements: list[int]) -> None:
    """Cut after cut on the same database, then to the end."""
    subprocess.run([sys.executable, "-c", KILLED, address, *map(str, statements)], check=True)
    with connected(address) as database:
        migrate(database)
        check(database)
        assert schema_of(database) == whole
        migrate(database)  # and once more: nothing is left to do


@contextmanager
def connected(address: str) -> Iterator[Database]:
    database = connect(address)
    yield database
    database.close()


@PATIENT
@pytest.mark.parametrize("statements", [[0, 60], [132]])
def test_on_sqlite_all_or_nothing_is_done(sqlite_db: Database, tmp_path: Path, statements: list[int]) -> None:
    goes_on(f"sqlite:///{tmp_path / 'cut.db'}", schema_of(sqlite_db), statements)


@PATIENT
@pytest.mark.server
@pytest.mark.parametrize("statements", [[0, 61, 20], [100, 50]])
def test_on_postgresql_it_goes_on_where_it_was(
    postgres_db: Database, postgres_server: PostgresServer, statements: list[int]
) -> None:
    goes_on(postgres_server.url(postgres_server.create()), schema_of(postgres_db), statements)
