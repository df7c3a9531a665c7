"""How large an import's batches become: small where somebody may wait, whatever else the machine would allow."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.importing.pace import AIM_SECONDS, ALONE_SECONDS, LARGEST, SMALLEST, Pace
from bot.importing.run import units
from bot.importing.synonyms import Kind
from bot.keys import Keys
from bot.models import Conversation, Customer
from tests.bot.importing.conftest import Desk, make_shop
from tests.bot.importing.test_run import many_customers, many_orders
from tests.support.clock import NOW


@pytest.fixture
def desk_on_postgres(postgres_db: Database, keys: Keys, tmp_path: Path) -> Desk:
    """A desk on PostgreSQL only."""
    return Desk(postgres_db, keys, make_shop(postgres_db), tmp_path)


@pytest.mark.parametrize("awaited", [True, False])
def test_sizes_follow_the_time_that_they_took(db: Database, keys: Keys, awaited: bool) -> None:
    pace = Pace(db, keys, 1)
    for _ in range(20):
        pace.took(0.0001, awaited=awaited)
    assert pace.size(awaited=awaited) == LARGEST
    for _ in range(20):
        pace.took(5, awaited=awaited)
    assert pace.size(awaited=awaited) == SMALLEST


def test_a_batch_that_somebody_waits_for_is_shorter_than_a_tenth_of_a_second() -> None:
    assert max(AIM_SECONDS.values()) < 0.1 < ALONE_SECONDS


@pytest.mark.server
@pytest.mark.parametrize("kind", ["customers", "orders"])
@pytest.mark.parametrize("named_by", ["external_id", "phone", "email"])
def test_whoever_talks_with_us_may_wait_for_a_batch_with_their_row(
    postgres_db: Database, desk_on_postgres: Desk, kind: Kind, named_by: str
) -> None:
    desk = desk_on_postgres
    text = {
        "customers": "id,phone,name\nc1,2125550101,Ana\nc2,2125550102,Ben\n",
        "orders": "order id,customer id,phone,email,date,total\n"
        "o1,c1,2125550101,ana@example.com,2026-01-02,5\no2,c2,2125550102,,2026-01-02,5\n",
    }[kind]
    found = list(units(desk.plan(kind, text)))
    pace = Pace(postgres_db, desk.keys, desk.shop_id)
    assert not pace.awaited(found)
    values = {"external_id": "c1", "phone": "+12125550101", "email": "ana@example.com"}
    phone = values["phone"] if named_by == "phone" else "+12125550199"
    theirs = {"email": values["email"]} if named_by == "email" else {}
    theirs |= {"external_id": values["external_id"]} if named_by == "external_id" else {}
    with postgres_db.write() as session:
        ana = Customer(
            shop_id=desk.shop_id,
            phone=phone,
            phone_key=desk.keys.phone_key(desk.shop_id, phone),
            country="US",
            created_at=NOW,
            **theirs,
        )
        session.add(ana)
        session.flush()
        assert not pace.awaited(found)
        session.add(Conversation(shop_id=desk.shop_id, customer_id=ana.id, created_at=NOW))
    assert pace.awaited(found) is (kind == "orders" or named_by != "email")
    assert not pace.awaited(found[1:])


def test_on_sqlite_everybody_may_wait(quick_desk: Desk) -> None:
    pace = Pace(quick_desk.database, quick_desk.keys, quick_desk.shop_id)
    assert pace.awaited([])


@pytest.mark.server
def test_an_import_with_both_kinds_of_customers_loses_no_row(desk_on_postgres: Desk) -> None:
    """Parts of what was gathered are written one after the other, each with its own place in the file."""
    desk = desk_on_postgres
    text = many_customers(300)
    first = desk.importing("customers", text).counts
    with desk.database.write() as session:
        for customer_id in session.scalars(select(Customer.id).limit(40)).all():
            session.add(Conversation(shop_id=desk.shop_id, customer_id=customer_id, created_at=NOW))
    again = desk.importing("customers", text)
    assert (again.counts.unchanged, again.counts.rejected) == (first.created, first.rejected)
    orders = desk.importing("orders", many_orders(400))
    assert orders.counts.created + orders.counts.rejected > 150
