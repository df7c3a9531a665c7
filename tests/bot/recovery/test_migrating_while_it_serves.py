"""PostgreSQL is migrated while processes of the version before go on: expand, then contract."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import MetaData, Table, func, insert, inspect, select, text

from bot.db import Database, connect
from bot.schema import migrate, newest
from tests.support.databases import PostgresServer

pytestmark = pytest.mark.server

FIRST = "0001"
NOW = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)


@pytest.fixture
def old(postgres_server: PostgresServer) -> Iterator[Database]:
    """A database of the first schema."""
    database = connect(postgres_server.url(postgres_server.create()))
    migrate(database, FIRST)
    yield database
    database.close()


def _insert_stray(database: Database, table: Table, n: int) -> None:
    """What a process of the first version writes: its own columns and no other."""
    with database.write() as session:
        session.execute(
            insert(table).values(
                account="AC1",
                provider_id=f"SM{n}",
                from_number="+1",
                to_number="+2",
                body="hello",
                received_at=NOW,
            )
        )


def test_a_process_of_the_version_before_goes_on_storing_meanwhile_and_afterwards(old: Database) -> None:
    strays = Table("stray_texts", MetaData(), autoload_with=old.engine)
    stop, stored, faults = threading.Event(), [], []

    def serve() -> None:
        while not stop.is_set():
            try:
                _insert_stray(old, strays, len(stored))
            except Exception as error:
                faults.append(error)
                return
            stored.append(1)

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        while not stored and not faults:
            threading.Event().wait(0.01)
        migrate(old)
        before = len(stored)
        while len(stored) < before + 20 and not faults:
            threading.Event().wait(0.01)
    finally:
        stop.set()
        serving.join()
    assert not faults
    with old.read() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == newest()
        assert session.execute(select(func.count()).select_from(strays)).scalar_one() == len(stored)


def test_nothing_that_the_first_version_uses_is_taken_away_or_asked_of_it_in_addition(old: Database) -> None:
    """No table and no column goes; a new column of an old table may be left out of an INSERT. A contracting migration
    belongs to a later release than the one that stopped using the column, and is then named here."""
    before = _shape(old)
    migrate(old)
    after = _shape(old)
    assert before.keys() <= after.keys()
    for table, columns in before.items():
        assert columns.keys() <= after[table].keys(), table
        asked = {name for name, may_lack in after[table].items() if not may_lack and name not in columns}
        assert not asked, f"{table}: {asked} without a default"


def test_a_migration_that_meets_a_long_transaction_steps_back_and_comes_again(old: Database) -> None:
    """Whoever comes after it must not wait behind it for as long as somebody's report takes."""
    held, done = threading.Event(), threading.Event()

    def report() -> None:
        with old.read() as session:
            for table in ("conversations", "outbound", "inbound", "shops"):
                session.execute(text(f"LOCK TABLE {table} IN ACCESS SHARE MODE"))
            held.set()
            done.wait(4.5)  # longer than a migration waits, and shorter than its tries

    reporting = threading.Thread(target=report)
    reporting.start()
    held.wait()
    migrate(old)
    done.set()
    reporting.join()
    with old.read() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == newest()


def _shape(database: Database) -> dict[str, dict[str, bool]]:
    """Tables, their columns, and whether an INSERT may leave the column out."""
    looking = inspect(database.engine)
    return {
        table: {
            column["name"]: bool(column["nullable"] or column["default"] or column.get("identity"))
            for column in looking.get_columns(table)
        }
        for table in looking.get_table_names()
    }
