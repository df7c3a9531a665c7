"""Many rows in one statement: the same on both databases as a row at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from bot.bulk import as_json, insert_rows
from bot.db import Database
from bot.keys import Keys
from bot.models import Customer
from tests.bot.importing.conftest import Desk, make_shop
from tests.bot.importing.test_run import many_customers, many_orders
from tests.support.clock import NOW


def person(shop_id: int, number: int, **more: Any) -> dict[str, Any]:
    """A customer's row, in the fewest columns."""
    phone = f"+1212555{number:04d}"
    return {"shop_id": shop_id, "phone": phone, "phone_key": phone, "country": "US", "created_at": NOW} | more


def test_a_row_gets_the_models_defaults_and_keeps_what_it_says(db: Database) -> None:
    shop_id = make_shop(db)
    odd = "O'Brien «:x» %(a)s \\ ☕"
    east = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=-5)))
    with db.write() as session:
        row = person(shop_id, 1, first_name=odd, attributes={"roast": ["dark", None, 1.5]}, created_at=east)
        made = insert_rows(session.connection(), Customer, [row], ("id", "phone_key"))
        assert [each.phone_key for each in made] == ["+12125550001"]
    with db.read() as session:
        found = session.scalars(select(Customer)).one()
    assert (found.first_name, found.attributes) == (odd, {"roast": ["dark", None, 1.5]})
    assert found.created_at == east.astimezone(UTC)
    assert (found.number_state, found.orders_count, found.spent_cents, found.email) == ("ok", 0, 0, None)


def test_a_taken_key_is_left_out_or_raises(db: Database) -> None:
    shop_id = make_shop(db)
    with db.write() as session:
        insert_rows(session.connection(), Customer, [person(shop_id, 1)])
        rows = [person(shop_id, 1), person(shop_id, 2), person(shop_id, 2)]
        made = insert_rows(session.connection(), Customer, rows, ("phone_key",), skip=True)
        assert [each.phone_key for each in made] == ["+12125550002"]
    with pytest.raises(IntegrityError), db.write() as session:
        insert_rows(session.connection(), Customer, [person(shop_id, 1)])


def test_a_time_without_a_zone_is_a_fault() -> None:
    with pytest.raises(ValueError, match="zone"):
        as_json([{"at": datetime(2026, 1, 1)}])
    with pytest.raises(TypeError):
        as_json([{"at": object()}])


@pytest.mark.server
@pytest.mark.parametrize("kind", ["customers", "orders"])
def test_a_batch_of_an_import_costs_as_many_statements_however_many_rows_it_has(
    postgres_db: Database, keys: Keys, tmp_path: Any, kind: str
) -> None:
    desk = Desk(postgres_db, keys, make_shop(postgres_db), tmp_path)
    make = many_customers if kind == "customers" else many_orders
    counts = []
    for rows in (40, 48):  # one batch each, both less than the first
        heard: list[str] = []

        def hear(_c: Any, _u: Any, statement: str, *_: Any, heard: list[str] = heard) -> None:
            heard.append(statement)

        event.listen(postgres_db.engine, "before_cursor_execute", hear)
        desk.importing(kind, make(rows))  # type: ignore[arg-type]
        event.remove(postgres_db.engine, "before_cursor_execute", hear)
        counts.append(len(heard))
    assert max(counts) < 35
    assert abs(counts[0] - counts[1]) <= 8  # what is new, changed or refused takes a statement more


@pytest.mark.server
def test_after_an_import_the_planner_knows_how_large_its_tables_are(
    postgres_db: Database, keys: Keys, tmp_path: Any
) -> None:
    desk = Desk(postgres_db, keys, make_shop(postgres_db), tmp_path)
    desk.importing("customers", many_customers(100))
    desk.importing("orders", many_orders(100))
    with postgres_db.read() as session:
        sizes = text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('customers', 'orders')")
        known = {row.relname: row.reltuples for row in session.execute(sizes)}
        real = {
            name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608  ours
            for name in known
        }
    assert known == real
    assert min(real.values()) > 30
