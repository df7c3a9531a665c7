"""Segments: the fifths against an independent naive reckoning, on any data, and on real orders."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from bot.audience import rfm
from bot.audience.fifths import reckon_daily
from bot.bulk import insert_rows
from bot.models import Customer, Order, SegmentBounds, Shop
from bot.models import Flow as FlowRow
from flows.zones import zone_named
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.examples import examples
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

CDNOW = Path(__file__).parents[4] / "shared" / "data" / "cdnow_orders.txt"
ZONE = "America/New_York"


def naive_score(values: list[float], mine: float) -> int:
    """The docstring of bot.audience.rfm, word for word."""
    below = sum(1 for each in values if each < mine)
    equal = sum(1 for each in values if each == mine)
    return 1 + (10 * below + 5 * equal) // (2 * len(values))


def naive(people: dict[int, tuple[date, int, int]]) -> dict[int, str]:
    """Each customer's segment, by looking at everybody for everybody."""
    columns = list(
        zip(*((on.toordinal(), count, cents) for on, count, cents in people.values()), strict=True)
    )
    scores = [{value: naive_score(list(column), value) for value in set(column)} for column in columns]
    found: dict[int, str] = {}
    for who, (on, count, cents) in people.items():
        r, f, m = scores[0][on.toordinal()], scores[1][count], scores[2][cents]
        mean = (f + m) / 2
        fm = int(mean) if mean == int(mean) else int(mean + 0.5)
        found[who] = rfm.SEGMENTS[r][fm - 1]
    return found


def test_every_cell_of_the_table_has_a_segment_and_every_segment_a_cell() -> None:
    assert sorted(rfm.SEGMENTS) == [1, 2, 3, 4, 5]
    assert all(len(row) == 5 for row in rfm.SEGMENTS.values())
    assert {name for row in rfm.SEGMENTS.values() for name in row} == set(rfm.NAMES)
    cells = {rfm.segment_of_scores(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)}
    assert cells == set(rfm.NAMES)


@pytest.mark.parametrize(
    ("values", "scores"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
        (list(range(10)), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
        ([7], [3]),
        ([7] * 50, [3] * 50),
        ([1, 2], [2, 4]),
        ([1, 1, 1, 1, 9], [3, 3, 3, 3, 5]),
        ([1, 9, 9, 9, 9], [1, 4, 4, 4, 4]),
    ],
)
def test_ties_have_one_score_and_a_value_that_all_share_says_nothing(
    values: list[int], scores: list[int]
) -> None:
    cuts = rfm._cuts(sorted(Counter(values).items()), len(values))
    assert [1 + sum(cut is not None and each >= cut for cut in cuts) for each in values] == scores
    assert [naive_score([float(each) for each in values], each) for each in values] == scores


@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 40 * 24), st.integers(1, 6), st.sampled_from([0, 100, 999, 1000, 5000, 10**9])
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_customers_are_where_the_naive_reckoning_has_them(
    app: FakedApp, cast: Cast, people: list[tuple[int, int, int]]
) -> None:
    with app.database.write() as session:
        session.execute(update(Customer).values(last_order_at=None))
        session.execute(delete(Customer).where(Customer.phone_key.like("p%")))
        rows = [
            {
                "shop_id": cast.shop_id,
                "phone": f"+1415556{place:04}",
                "phone_key": f"p{place}",
                "country": "US",
                "created_at": NOW,
                "last_order_at": NOW - timedelta(hours=hours),
                "orders_count": count,
                "spent_cents": cents,
            }
            for place, (hours, count, cents) in enumerate(people)
        ]
        insert_rows(session.connection(), Customer, rows)
    here = zone_named(ZONE)
    wanted = naive(
        {
            place: ((NOW - timedelta(hours=hours)).astimezone(here).date(), count, cents)
            for place, (hours, count, cents) in enumerate(people)
        }
    )
    with app.database.read() as session:
        bounds = rfm.reckon(session, cast.shop_id, NOW)
        found = {
            place: rfm.segment_of(bounds, NOW - timedelta(hours=hours), count, cents, ZONE)
            for place, (hours, count, cents) in enumerate(people)
        }
        by_sql = {
            int(key[1:]): name
            for name in rfm.NAMES
            for key in session.scalars(
                select(Customer.phone_key).where(
                    Customer.shop_id == cast.shop_id, rfm.in_segments(bounds, [name], ZONE)
                )
            )
        }
        counted = {row.segment: row.customers for row in rfm.table(session, cast.shop_id, NOW)}
    assert found == wanted
    assert by_sql == wanted
    assert {name: number for name, number in counted.items() if number} == Counter(wanted.values())


@pytest.mark.slow
@pytest.mark.skipif(not CDNOW.exists(), reason="needs ../shared/data/cdnow_orders.txt")
def test_real_orders_at_an_earlier_day_are_where_the_naive_reckoning_has_them(
    app: FakedApp, cast: Cast
) -> None:
    """CDNOW, as of the end of 1997: orders of 1998 do not exist yet."""
    orders: list[tuple[int, datetime, int]] = []
    for line in CDNOW.read_text().splitlines()[1:]:
        who, day, _, dollars = line.split()
        at = datetime.strptime(day, "%Y%m%d").replace(hour=17, tzinfo=UTC)
        orders.append((int(who), at, round(float(dollars) * 100)))
    shop, numbers = cast.other_shop_id, sorted({who for who, _, _ in orders})
    with app.database.write() as session:
        session.execute(update(Order).values(counts=False))
        people = [
            {
                "shop_id": shop,
                "phone": f"+1415{who:07}",
                "phone_key": f"c{who}",
                "country": "US",
                "created_at": NOW,
                "last_order_at": NOW,
            }
            for who in numbers
        ]
        ids = {
            key: its_id
            for its_id, key in insert_rows(session.connection(), Customer, people, ("id", "phone_key"))
        }
        rows = [
            {
                "shop_id": shop,
                "customer_id": ids[f"c{who}"],
                "external_id": str(place),
                "placed_at": at,
                "total_cents": cents,
                "currency": "USD",
                "status": "paid",
                "counts": True,
                "source": "test",
            }
            for place, (who, at, cents) in enumerate(orders)
        ]
        insert_rows(session.connection(), Order, rows)
    end = datetime(1998, 1, 1, 4, 59, tzinfo=UTC)
    known: dict[int, tuple[date, int, int]] = {}
    for number, at, cents in orders:
        if at <= end:
            last, count, spent = known.get(number, (date.min, 0, 0))
            known[number] = (max(last, at.date()), count + 1, spent + cents)
    wanted = naive_fast(known)
    with app.database.read() as session:
        found = rfm.table(session, shop, end)
    assert {row.segment: row.customers for row in found} == {name: wanted[name][0] for name in rfm.NAMES}
    assert {row.segment: row.orders for row in found} == {name: wanted[name][1] for name in rfm.NAMES}
    assert {row.segment: row.spent_cents for row in found} == {name: wanted[name][2] for name in rfm.NAMES}
    assert sum(row.customers for row in found) == len(known) == 23_570


def naive_fast(people: dict[int, tuple[date, int, int]]) -> dict[str, tuple[int, int, int]]:
    """Customers, orders and cents by segment, with ranks read off sorted lists."""
    from bisect import bisect_left, bisect_right

    columns = [sorted(column) for column in zip(*people.values(), strict=True)]
    number, totals = len(people), dict.fromkeys(rfm.NAMES, (0, 0, 0))
    for mine in people.values():
        scores = []
        for column, value in zip(columns, mine, strict=True):
            below, upto = bisect_left(column, value), bisect_right(column, value)
            scores.append(1 + 5 * (below + upto) // (2 * number))
        name = rfm.segment_of_scores(*scores)
        customers, orders, cents = totals[name]
        totals[name] = (customers + 1, orders + mine[1], cents + mine[2])
    return totals  # type: ignore[return-value]


def test_the_day_is_the_shop_s_and_a_day_is_reckoned_once(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    assert reckon_daily(app) == 2
    assert reckon_daily(app) == 0
    clock.set(datetime(2026, 3, 12, 3, 30, tzinfo=UTC))  # still the 11th in New York
    assert reckon_daily(app) == 0
    clock.move(hours=1)
    assert reckon_daily(app) == 2
    with app.database.write() as session:
        kept = rfm.kept(session, cast.shop_id)
        assert kept is not None
        assert kept.day == date(2026, 3, 12)
        assert rfm.today(session, cast.shop_id, clock()) == kept == rfm.reckon(session, cast.shop_id, clock())
        rfm.keep(session, cast.shop_id, kept, clock() - timedelta(days=3))  # a slow one, late
        row = session.execute(
            select(SegmentBounds.reckoned_at).where(SegmentBounds.shop_id == cast.shop_id)
        ).scalar_one()
        assert row == clock()
        assert json.dumps(session.get_one(SegmentBounds, cast.shop_id).bounds)


def test_whoever_never_ordered_or_was_erased_is_in_no_segment(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        session.execute(
            update(Customer).where(Customer.id == cast.ben.customer_id).values(erased_at=NOW, phone=None)
        )
        assert sum(row.customers for row in rfm.table(session, cast.shop_id, NOW)) == 1
        assert rfm.segment_of(rfm.reckon(session, cast.shop_id, NOW), None, 0, 0, ZONE) is None
        assert rfm.segment_of(None, NOW, 1, 1, ZONE) is None
        session.execute(update(Customer).values(last_order_at=None))
        assert rfm.reckon(session, cast.shop_id, NOW).frequency == (None,) * 4
        assert session.execute(select(func.count()).select_from(FlowRow)).scalar_one() == 0
        assert session.get(Shop, cast.shop_id) is not None
