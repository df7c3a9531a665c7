"""Who has lapsed, on which day, seen from when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from bot.audience.lapsed import Lapsed, Question, count_lapsed, end_of_day, lapsed, lapsed_page
from bot.db import Database
from bot.keys import Keys
from bot.models import Customer, Shop
from bot.orders import CustomerIn, OrderIn, record_orders
from flows.conditions import parse_test
from tests.support.clock import NOW

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def shop_id(db: Database) -> int:
    return a_shop(db)


def a_shop(database: Database) -> int:
    with database.write() as session:
        shop = Shop(slug="fern", name="Fern", text_name="Fern", site_url="x", contact="y", created_at=NOW)
        session.add(shop)
        session.flush()
        return shop.id


def buy(
    database: Database, keys: Keys, shop_id: int, bought: Sequence[tuple[int, datetime]], **values: object
) -> None:
    """(customer, instant) pairs, each an order of ten dollars."""
    with database.write() as session:
        before = len(session.scalars(select(Customer.id)).all()) * 1000
        orders = [
            OrderIn(
                external_id=f"{before}-{n}-{who}-{at.isoformat()}",
                placed_at=at,
                total_cents=1000,
                currency="USD",
                customer=CustomerIn(phone=f"+1{212 + who // 100}55501{who % 100:02d}"),
                **values,  # type: ignore[arg-type]
            )
            for n, (who, at) in enumerate(bought)
        ]
        record_orders(session, keys, shop_id, orders, source="test", now=NOW)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def count(
    database: Database, shop_id: int, as_of: datetime, days_from: int, days_to: int | None = None
) -> int:
    with database.read() as session:
        number = count_lapsed(session, shop_id, days_from=days_from, days_to=days_to, as_of=as_of)
        listed = [
            one
            for page in lapsed(session, shop_id, days_from=days_from, days_to=days_to, as_of=as_of)
            for one in page
        ]
    assert len(listed) == len(set(listed)) == number
    return number


def test_days_are_days_of_the_calendar_in_the_shops_zone(db: Database, keys: Keys, shop_id: int) -> None:
    # late on the 1st in New York, which is the 2nd in UTC; seen early on the 31st
    buy(db, keys, shop_id, [(1, local("2026-01-01T23:30"))])
    early = local("2026-01-31T00:30")
    assert [count(db, shop_id, early, days) for days in (29, 30, 31)] == [1, 1, 0]
    assert [count(db, shop_id, early, 0, days) for days in (29, 30, 31)] == [0, 1, 1]


def test_the_change_of_the_clocks_takes_no_day_away(db: Database, keys: Keys, shop_id: int) -> None:
    buy(db, keys, shop_id, [(1, local("2026-03-07T23:59"))])
    assert [count(db, shop_id, local("2026-03-09T00:01"), days) for days in (1, 2, 3)] == [1, 1, 0]


def test_orders_after_the_day_do_not_exist_yet(db: Database, keys: Keys, shop_id: int) -> None:
    buy(
        db,
        keys,
        shop_id,
        [(1, local("2026-01-01T12:00")), (1, local("2026-02-20T12:00")), (2, local("2026-01-10T12:00"))],
    )
    assert count(db, shop_id, local("2026-01-31T12:00"), 20) == 2
    assert count(db, shop_id, local("2026-03-01T12:00"), 20) == 1
    assert count(db, shop_id, local("2026-01-05T12:00"), 1) == 1


def test_an_order_of_the_day_itself_exists_when_the_day_is_meant(
    db: Database, keys: Keys, shop_id: int
) -> None:
    buy(db, keys, shop_id, [(1, local("2026-01-01T12:00")), (1, local("2026-01-31T22:00"))])
    with db.read() as session:
        day = end_of_day(session, shop_id, date(2026, 1, 31))
    assert (count(db, shop_id, day, 0), count(db, shop_id, day, 1)) == (1, 0)


def test_only_orders_that_count_are_seen(db: Database, keys: Keys, shop_id: int) -> None:
    buy(db, keys, shop_id, [(1, local("2026-01-01T12:00"))])
    buy(db, keys, shop_id, [(1, local("2026-01-20T12:00")), (2, local("2026-01-01T12:00"))], status="failed")
    assert count(db, shop_id, local("2026-01-31T12:00"), 30) == 1
    assert count(db, shop_id, local("2026-01-25T12:00"), 20) == 1


def test_the_erased_are_nobody(db: Database, keys: Keys, shop_id: int) -> None:
    buy(db, keys, shop_id, [(1, local("2026-01-01T12:00"))])
    with db.write() as session:
        session.scalars(select(Customer)).one().erased_at = NOW
    assert count(db, shop_id, local("2026-01-31T12:00"), 1) == 0


@pytest.mark.parametrize("as_of", ["2026-03-01T12:00", "2026-02-27T12:00"], ids=["now", "earlier"])
def test_pages_are_newest_first_and_go_on_after_a_commit(
    db: Database, keys: Keys, shop_id: int, as_of: str
) -> None:
    start = local("2026-01-01T12:00")
    bought = [(who, start + timedelta(days=who % 5)) for who in range(23)]
    buy(db, keys, shop_id, [*bought, (50, local("2026-02-28T12:00"))])
    question = Question(shop_id, 10, local(as_of))
    found: list[Lapsed] = []
    after: Lapsed | None = None
    while True:
        with db.read() as session:
            page = lapsed_page(session, question, after=after, size=4)
        if not page:
            break
        found += page
        after = page[-1]
    places = [(one.last_order_at, one.customer_id) for one in found]
    assert len(places) == 23
    assert places == sorted(set(places), reverse=True)


@pytest.mark.parametrize("as_of", ["2026-03-02T12:00", "2026-02-27T12:00"], ids=["now", "earlier"])
def test_an_audience_is_filtered_by_facts_of_that_day(
    db: Database, keys: Keys, shop_id: int, as_of: str
) -> None:
    start = local("2026-01-01T12:00")
    buy(
        db,
        keys,
        shop_id,
        [(1, start), (1, start + timedelta(days=1)), (2, start), (3, start), (9, local("2026-02-28T12:00"))],
    )
    buy(db, keys, shop_id, [(2, local("2026-03-01T12:00"))])
    with db.write() as session:
        for customer in session.scalars(select(Customer)):
            if customer.phone == "+12125550103":
                customer.attributes, customer.points = {"roast": "dark"}, 10

    def fits(**tests: str) -> int:
        with db.read() as session:
            filters = [parse_test(name.replace("__", "."), raw) for name, raw in tests.items()]
            return count_lapsed(session, shop_id, days_from=10, as_of=local(as_of), filters=filters)

    assert fits(orders=">= 2") == 1
    assert fits(orders="= 1") == (1 if as_of == "2026-03-02T12:00" else 2)
    assert fits(customer__spent="> 15") == 1
    assert fits(customer__attributes__roast="dark", points=">= 5") == 1
    assert fits(country="CA") == 0


def test_a_range_that_is_none_is_refused(db: Database, shop_id: int) -> None:
    with db.read() as session, pytest.raises(ValueError, match="range"):
        count_lapsed(session, shop_id, days_from=10, days_to=5, as_of=NOW)


def test_the_present_is_answered_from_the_index_without_a_look_at_orders(
    sqlite_db: Database, keys: Keys
) -> None:
    shop_id = a_shop(sqlite_db)
    buy(sqlite_db, keys, shop_id, [(1, local("2026-01-01T12:00"))])
    asked: list[str] = []
    event.listen(sqlite_db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    assert count(sqlite_db, shop_id, local("2026-01-31T12:00"), 10) == 1
    assert asked
    assert not [statement for statement in asked if "FROM orders" in statement]


CDNOW = Path(__file__).parents[4] / "shared" / "data" / "cdnow_orders.txt"


@pytest.mark.skipif(not CDNOW.exists(), reason="NOT RUN: ../shared/data/cdnow_orders.txt is absent")
def test_on_real_orders_the_count_is_that_of_a_plain_loop(sqlite_db: Database, keys: Keys) -> None:
    shop_id = a_shop(sqlite_db)
    rows = [line.split() for line in CDNOW.read_text().splitlines()[1:] if line.split()[0].endswith("7")]
    orders = [
        OrderIn(
            external_id=str(number),
            placed_at=datetime.strptime(day, "%Y%m%d").replace(tzinfo=NEW_YORK).astimezone(UTC),
            total_cents=round(float(paid) * 100),
            currency="USD",
            customer=CustomerIn(
                phone=f"+1{201 + int(who) // 100 % 700}555{int(who) % 10000:04d}", external_id=who
            ),
        )
        for number, (who, day, _, paid) in enumerate(rows)
    ]
    with sqlite_db.write() as session:
        for start in range(0, len(orders), 500):
            record_orders(session, keys, shop_id, orders[start : start + 500], source="test", now=NOW)
    for as_of in (date(1998, 7, 1), date(1998, 1, 1), date(1997, 3, 31)):
        last: dict[str, date] = {}
        for who, day, _, _ in rows:
            bought = date(int(day[:4]), int(day[4:6]), int(day[6:]))
            if bought <= as_of:
                last[who] = max(last.get(who, bought), bought)
        for days in (0, 1, 45, 180, 365):
            with sqlite_db.read() as session:
                found = count_lapsed(
                    session, shop_id, days_from=days, as_of=end_of_day(session, shop_id, as_of)
                )
            assert found == sum((as_of - day).days >= days for day in last.values()), (as_of, days)
