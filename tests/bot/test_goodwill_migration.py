"""The migration that brings goodwill its columns: what was known before counts on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.db import Database, connect
from bot.schema import migrate
from tests.support.databases import PostgresServer


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the version before, empty."""
    if request.param == "sqlite":
        database = connect(f"sqlite:///{tmp_path / 'old.db'}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        database = connect(server.url(server.create()))
    migrate(database, "0005")
    yield database
    database.close()


def test_orders_refunds_and_feeds_of_before_are_known_after(before: Database) -> None:
    database = before
    with database.write() as session:
        for number, slug in ((1, "fern"), (2, "moss"), (3, "new")):
            session.execute(_SHOP, {"id": number, "slug": slug})
        session.execute(_CUSTOMER, {"id": 1, "shop": 1, "last": "2026-02-01 00:00:00.000000"})
        session.execute(_CUSTOMER, {"id": 2, "shop": 2, "last": "2026-02-02 00:00:00.000000"})
        for number, day, status, counts in (
            (1, "2026-02-01", "paid", True),
            (2, "2026-02-05", "refunded", False),
            (3, "2026-02-04", "fully refunded", False),
            (4, "2026-02-09", "cancelled", False),
        ):
            moment = f"{day} 00:00:00.000000"
            session.execute(_ORDER, {"id": number, "at": moment, "status": status, "counts": counts})
        session.execute(_IMPORT, {"at": "2026-02-20 00:00:00.000000"})
    migrate(database)
    with database.read() as session:
        heard = session.execute(text("SELECT orders_known_at FROM shops ORDER BY id")).scalars().all()
        back = session.execute(text("SELECT refunded_order_at FROM customers ORDER BY id")).scalars().all()
        orders = session.execute(text("SELECT refunded FROM orders ORDER BY id")).scalars().all()
    assert [str(each)[:10] if each else None for each in heard] == ["2026-02-20", "2026-02-02", None]
    assert [str(each)[:10] if each else None for each in back] == ["2026-02-05", None]
    assert [bool(each) for each in orders] == [False, True, True, False]


_SHOP = text(
    "INSERT INTO shops (id, slug, name, text_name, state, demo, country, zone, currency, language, site_url, platform,"
    " contact, settings, created_at) VALUES (:id, :slug, 'S', 'S', 'live', false, 'US', 'America/New_York', 'USD',"
    " 'en', 'https://s.example', 'other', 'c', '{}', '2026-01-01 00:00:00.000000')"
)
_CUSTOMER = text(
    "INSERT INTO customers (id, shop_id, phone, phone_key, country, number_state, attributes, orders_count, spent_cents,"
    " last_order_at, created_at) VALUES (:id, :shop, '+1212555010' || CAST(:id AS varchar), 'k' || CAST(:id AS varchar), 'US', 'ok', '{}', 1, 0, :last,"
    " '2026-01-01 00:00:00.000000')"
)
_ORDER = text(
    "INSERT INTO orders (id, shop_id, customer_id, external_id, placed_at, total_cents, currency, status, counts, source)"
    " VALUES (:id, 1, 1, 'o' || CAST(:id AS varchar), :at, 100, 'USD', :status, :counts, 'api')"
)
_IMPORT = text(
    "INSERT INTO import_runs (shop_id, kind, digest, file_name, done_lines, counts, started_at, finished_at)"
    " VALUES (1, 'orders', 'd', 'f', 1, '{}', :at, :at)"
)
