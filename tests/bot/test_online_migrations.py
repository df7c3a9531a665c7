"""Migrations while the program serves, on a real PostgreSQL: nobody waits for an index."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.db import Database, connect
from bot.schema import check, migrate
from tests.support.clock import NOW
from tests.support.databases import PostgresServer, wait_for_a_lock

pytestmark = pytest.mark.server
INDEX = "ix_customers_last_order"

# written out: the models know columns that the version before has not
_SHOP = text(
    "INSERT INTO shops (slug, name, text_name, state, demo, country, zone, currency, language, site_url, platform,"
    " contact, settings, created_at) VALUES ('fern', 'Fern Tea', 'Fern', 'live', false, 'US', 'America/New_York',"
    " 'USD', 'en', 'https://fern.example', 'other', 'help@fern.example', '{}', :now)"
)
_CUSTOMER = text(
    "INSERT INTO customers (shop_id, phone, phone_key, country, number_state, attributes, orders_count, spent_cents,"
    " created_at) SELECT id, CAST(:phone AS varchar), CAST(:phone AS varchar), 'US', 'ok', '{}', 0, 0, :now FROM shops"
)


@pytest.fixture
def before(postgres_server: PostgresServer) -> Iterator[Database]:
    """A database of the version before the index, with a shop."""
    database = connect(postgres_server.url(postgres_server.create()))
    migrate(database, "0004")
    with database.write() as session:
        session.execute(_SHOP, {"now": NOW})
    yield database
    database.close()


def add_customer(session: object, phone: str) -> None:
    """Somebody new, in this session's transaction."""
    session.execute(_CUSTOMER, {"phone": phone, "now": NOW})  # type: ignore[attr-defined]


def indexes(database: Database) -> dict[str, bool]:
    """The indexes of customers, and whether each is whole."""
    with database.read() as session:
        found = session.execute(
            text(
                "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 'customers'::regclass"
            )
        )
        return {name: whole for name, whole in found}  # noqa: C416  rows, not pairs


def test_others_write_while_an_index_waits_for_a_long_transaction(before: Database) -> None:
    """An ordinary CREATE INDEX waits in front of all who come after it: each would stand behind the long transaction."""
    with before.write() as long:
        add_customer(long, "+12125550101")
        migration = threading.Thread(target=migrate, args=(before,))
        migration.start()
        wait_for_a_lock(before)
        with before.write() as session:
            session.execute(text("SET LOCAL lock_timeout = '500ms'"))
            add_customer(session, "+12125550102")
    migration.join(30)
    check(before)
    assert indexes(before)[INDEX]
    assert "ix_customers_lapsed" not in indexes(before)


def test_an_index_that_was_left_unfinished_is_made_anew(before: Database) -> None:
    line = before.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with before.write() as long, line as connection:
        add_customer(long, "+12125550101")
        connection.execute(text("SET lock_timeout = '50ms'"))
        with pytest.raises(OperationalError):
            connection.execute(text(f"CREATE INDEX CONCURRENTLY {INDEX} ON customers (shop_id)"))
        connection.invalidate()
    assert not indexes(before)[INDEX]
    migrate(before)
    assert indexes(before)[INDEX]


def test_two_that_migrate_at_once_both_end_well(before: Database) -> None:
    faults: list[Exception] = []

    def bring_up() -> None:
        try:
            migrate(before)
        except Exception as error:
            faults.append(error)

    both = [threading.Thread(target=bring_up) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(30)
    assert faults == []
    check(before)
