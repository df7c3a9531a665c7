"""Each kind of trigger: whom it names, and when; once, whoever else looks at the same time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.audience.birthdays import birthday_of, days_until
from bot.audience.kinds import again_of
from bot.audience.running_out import own_days, running_out
from bot.keys import Keys
from bot.models import (
    Customer,
    FlowStart,
    Order,
    OrderLine,
    Product,
    Shop,
)
from flows.parser import published
from tests.bot.audience.triggered import (
    begin,
    buy,
    entered,
    finish,
    lines,
    look,
    passages,
    person,
    source,
)
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture(autouse=True)
def alone(app: FakedApp, cast: Cast) -> None:
    """The cast has lapsed, and would be in the way."""
    with app.database.write() as session:
        session.execute(update(Customer).values(number_state="bad"))


# --- segment


def test_a_segment_s_flow_enters_those_in_it_and_whoever_comes_to_be(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    with app.database.write() as session:
        people = [
            person(session, keys, cast.shop_id, place, clock(), *([(days, 1_000)] * count))
            for place, (days, count) in enumerate([(400, 1), (390, 5), (200, 2), (30, 3), (2, 6)])
        ]
        begin(session, cast.shop_id, source("back", "{ segment: [lost, at_risk] }"), clock())
    assert look(app) == 2
    assert sorted(entered(app, "back")) == sorted(each.customer_id for each in people[:2])
    clock.move(days=1)
    assert look(app) == 0


# --- replenishment


def test_what_was_bought_runs_out_by_its_days_of_use_times_its_pieces(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    with app.database.write() as session:
        due = person(session, keys, cast.shop_id, 1, clock(), (58, 1_000))
        person(session, keys, cast.shop_id, 2, clock(), (50, 1_000))  # too early
        person(session, keys, cast.shop_id, 3, clock(), (70, 1_000))  # too late: it is no news
        begin(session, cast.shop_id, source("low", "{ replenishment: 3 days before }"), clock())
    lines(app, cast.shop_id, {"name": "Beans", "days_of_use": 30, "kind": "product"}, pieces=2)
    assert look(app) == 1
    assert entered(app, "low") == [due.customer_id]
    clock.move(days=1)
    assert look(app) == 0


def test_their_own_rhythm_goes_first_and_neither_means_that_nobody_can_tell(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    with app.database.write() as session:
        often = person(session, keys, cast.shop_id, 1, clock(), (60, 1_000), (40, 1_000), (20, 1_000))
        once = person(session, keys, cast.shop_id, 2, clock(), (20, 1_000))
    lines(app, cast.shop_id, {"name": "Soap", "kind": "product"})
    with app.database.read() as session:
        found = running_out(session, [often.customer_id, once.customer_id])
    assert found.keys() == {often.customer_id}
    assert found[often.customer_id].own
    assert found[often.customer_id].at == clock()


@pytest.mark.parametrize(
    ("days", "days_of_use", "own"),
    [
        ([(0, 1), (20, 1)], None, None),
        ([(0, 1), (20, 1), (40, 1)], None, 20),
        ([(0, 1), (20, 1), (60, 1), (80, 1)], None, 20),  # the median, not the mean
        ([(0, 2), (20, 1), (30, 1)], None, 10),  # two pieces last twice as long
        ([(0, 1), (0.5, 1), (20, 1)], None, None),  # an order put right the same day is no rhythm
        ([(0, 1), (1, 1), (2, 1)], None, 3),  # bounded below
        ([(0, 1), (400, 1), (800, 1)], None, 180),  # and above
        ([(0, 1), (5, 1), (10, 1)], 30, 15),  # and by the product's own days, where it has some
        ([(0, 1), (200, 1), (400, 1)], 30, 60),
        ([(0, 0), (20, 1), (40, 1)], None, 20),
    ],
)
def test_a_rhythm_is_the_median_of_the_gaps_for_each_piece(
    days: list[tuple[float, int]], days_of_use: int | None, own: float | None
) -> None:
    assert own_days([(NOW + timedelta(days=day), pieces) for day, pieces in days], days_of_use) == own


def test_it_enters_again_for_another_order_and_not_for_the_same(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    with app.database.write() as session:
        her = person(session, keys, cast.shop_id, 1, clock(), (28, 1_000))
        begin(session, cast.shop_id, source("low", "{ replenishment: 3 days before }"), clock())
    lines(app, cast.shop_id, {"name": "Beans", "days_of_use": 30, "kind": "product"})
    assert look(app) == 1
    clock.move(days=1)
    finish(app, "low", clock())
    clock.move(days=1)
    assert look(app) == 0
    with app.database.write() as session:
        session.execute(update(Customer).where(Customer.id == her.customer_id).values(last_order_at=clock()))
        session.execute(update(Order).where(Order.source == "test").values(placed_at=clock()))
        session.execute(update(Shop).values(orders_known_at=clock() + timedelta(days=28)))
    clock.move(days=28)
    assert look(app) == 1
    with app.database.read() as session:
        assert [each.passage for each in passages(session, "low")] == [1, 2]


# --- after_purchase


def test_an_order_after_the_start_begins_it_when_the_delay_is_over(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    written = source("thanks", "{ after_purchase: any, delay: 3 days }")
    with app.database.write() as session:
        her = person(session, keys, cast.shop_id, 1, clock(), (200, 1_000))
        person(session, keys, cast.shop_id, 2, clock(), (1, 1_000))  # before the start
        start = begin(session, cast.shop_id, written, clock()).id
    assert look(app) == 0
    clock.move(hours=5)
    buy(app, cast.shop_id, her.phone, "new", clock())
    with app.database.read() as session:
        next_look = session.get_one(FlowStart, start).next_batch_at
        assert next_look is not None
        assert next_look <= clock()  # it is looked at at once
    for hours in (1, 30, 39, 1):
        assert look(app) == 0
        clock.move(hours=hours)
    with app.database.read() as session:
        next_look = session.get_one(FlowStart, start).next_batch_at
        assert next_look is not None
        assert next_look <= clock() + timedelta(hours=1)
    clock.move(hours=1)
    assert look(app) == 1
    assert entered(app, "thanks") == [her.customer_id]


def test_the_order_that_begins_it_ends_the_win_back_and_not_it_and_the_next_one_does(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    from bot.conversations.work import take_turns

    with app.database.write() as session:
        her = person(session, keys, cast.shop_id, 1, clock(), (60, 1_000))
        begin(session, cast.shop_id, source("back", "{ lapsed: 45 to 365 days }"), clock())
        begin(session, cast.shop_id, source("thanks", "{ after_purchase: any }"), clock())
    assert look(app) == 1
    take_turns(app)
    clock.move(hours=1)
    buy(app, cast.shop_id, her.phone, "one", clock())
    clock.move(seconds=1)
    look(app)  # before the turn: one flow speaks, so it waits
    assert entered(app, "thanks") == []
    take_turns(app)
    with app.database.write() as session:
        assert [each.outcome for each in passages(session, "back")] == ["ordered"]
    clock.move(hours=1)
    assert look(app) == 1
    with app.database.write() as session:  # told again, late: a signal that nobody has taken yet
        conversation = passages(session, "thanks")[0].conversation_id
        order = session.execute(select(Order).where(Order.external_id == "one")).scalar_one()
        from bot.conversations.signals import signal
        from flows.events import Ordered

        event = Ordered("one", 2_000, order.placed_at)
        signal(session, cast.shop_id, conversation, None, "told again", event, clock())
    take_turns(app)
    with app.database.read() as session:
        assert [each.status for each in passages(session, "thanks")] == ["active"]
    clock.move(days=1)
    buy(app, cast.shop_id, her.phone, "two", clock())
    take_turns(app)
    with app.database.read() as session:
        assert [each.outcome for each in passages(session, "thanks")] == ["ordered"]
    clock.move(days=1)
    assert look(app) == 0  # not again within 30 days


def test_first_means_their_first(app: FakedApp, cast: Cast, keys: Keys, clock: StillClock) -> None:
    with app.database.write() as session:
        old = person(session, keys, cast.shop_id, 1, clock(), (200, 1_000))
        new = person(session, keys, cast.shop_id, 2, clock())
        begin(session, cast.shop_id, source("hello", "{ after_purchase: first }"), clock())
    clock.move(hours=1)
    for who in (old, new):
        buy(app, cast.shop_id, who.phone, f"of {who.phone}", clock())
    clock.move(seconds=1)
    assert look(app) == 1
    assert entered(app, "hello") == [new.customer_id]


def test_an_old_order_that_is_imported_begins_nothing(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    with app.database.write() as session:
        her = person(session, keys, cast.shop_id, 1, clock())
        begin(session, cast.shop_id, source("thanks", "{ after_purchase: any }"), clock())
    clock.move(days=30)
    buy(app, cast.shop_id, her.phone, "before the start", NOW - timedelta(days=1))
    buy(app, cast.shop_id, her.phone, "15 days ago", clock() - timedelta(days=15))
    assert look(app) == 0


# --- birthday


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("1990-05-04", "05-04"),
        ("1990-05-04T00:00:00Z", "05-04"),
        ("05-04", "05-04"),
        ("5/4/1990", "05-04"),
        ("12/31/1990", "12-31"),
        ("2/29/2004", "02-29"),
        ("02-29", "02-29"),
        ("1990-02-30", None),
        ("13/1/1990", None),
        ("4.5.1990", None),
        ("May 4", None),
        ("", None),
        (19900504, None),
        (None, None),
        (True, None),
    ],
)
def test_a_birthday_is_read_strictly(given: Any, day: str | None) -> None:
    assert birthday_of(given, "US") == day


@pytest.mark.parametrize(
    ("given", "day"),
    [("5/4/1990", None), ("5/5/1990", "05-05"), ("5/24/1990", "05-24"), ("24/5/1990", "05-24")],
)
def test_a_birthday_with_two_readings_is_none_where_the_month_does_not_come_first(
    given: str, day: str | None
) -> None:
    assert birthday_of(given, "GB") == day
    assert birthday_of("1990-05-04", "GB") == "05-04"


@pytest.mark.parametrize("trigger", ["birthday: that day", "keyword: BREW", "replenishment: that day"])
def test_again_never_is_never_whatever_the_kind_implies(trigger: str) -> None:
    assert again_of(published(source("one", f"{{ {trigger}, again: never }}")).trigger) is None
    assert again_of(published(source("one", f"{{ {trigger} }}")).trigger) is not None


def test_the_29th_of_february_is_the_28th_in_other_years() -> None:
    def left(year: int, month: int, day: int) -> int:
        return days_until("02-29", datetime(year, month, day, tzinfo=UTC).date())

    assert (left(2026, 2, 28), left(2024, 2, 28), left(2024, 2, 29)) == (0, 1, 0)
    assert (left(2026, 3, 1), left(2027, 3, 1)) == (364, 365)


def test_it_begins_so_many_days_before_at_the_shop_s_date_and_once_a_year(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    clock.set(datetime(2026, 3, 12, 3, 0, tzinfo=UTC))  # the 11th in New York
    with app.database.write() as session:
        soon, later, past, _, vague = (
            person(session, keys, cast.shop_id, place, clock(), attributes={"birthday": born})
            for place, born in enumerate(("1990-03-14", "3/15/1990", "1990-03-10", "", "in spring"))
        )
        session.execute(update(Shop).values(orders_known_at=clock() + timedelta(days=800)))
        begin(session, cast.shop_id, source("party", "{ birthday: 3 days before }"), clock())
    assert look(app) == 1
    assert entered(app, "party") == [soon.customer_id]
    clock.move(days=1)
    assert look(app) == 1
    assert entered(app, "party") == [soon.customer_id, later.customer_id]
    clock.move(days=2)
    finish(app, "party", clock())
    clock.move(days=1)
    assert look(app) == 0
    for days in (200, 150, 5, 3, 4):  # to the 12th of the next year
        clock.move(days=days)
        look(app)
    assert entered(app, "party") == [each.customer_id for each in (soon, later, past, soon, later)]
    assert vague.customer_id not in entered(app, "party")


def test_what_runs_out_is_what_the_texts_name_though_something_dearer_was_bought_with_it(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    """Nobody is low on a grinder."""
    with app.database.write() as session:
        her = person(session, keys, cast.shop_id, 1, clock(), (28, 9_000))
        order = session.execute(select(Order).where(Order.customer_id == her.customer_id)).scalar_one()
        for number, (name, days, cents) in enumerate((("Grinder", None, 8_000), ("Beans", 30, 1_000)), 1):
            product = Product(shop_id=cast.shop_id, external_id=name, name=name, days_of_use=days)
            session.add(product)
            session.flush()
            line = {"line_no": number, "product_id": product.id, "quantity": 1, "price_cents": cents}
            session.add(OrderLine(shop_id=cast.shop_id, order_id=order.id, **line))
    with app.database.read() as session:
        assert running_out(session, [her.customer_id])[her.customer_id].product == "Beans"


def test_what_was_bought_in_two_orders_of_a_day_lasts_as_long_as_both(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    with app.database.write() as session:
        her = person(session, keys, cast.shop_id, 1, clock(), (10, 1_000), (10, 1_000))
    lines(app, cast.shop_id, {"name": "Beans", "days_of_use": 30, "kind": "product"})
    with app.database.read() as session:
        found = running_out(session, [her.customer_id])[her.customer_id]
    assert found.at == clock() + timedelta(days=50)


def test_a_passage_that_lasted_long_does_not_cost_the_next_birthday(
    app: FakedApp, cast: Cast, keys: Keys, clock: StillClock
) -> None:
    clock.set(datetime(2026, 3, 12, 16, 0, tzinfo=UTC))
    with app.database.write() as session:
        her = person(session, keys, cast.shop_id, 1, clock(), attributes={"birthday": "03-14"})
        session.execute(update(Shop).values(orders_known_at=clock() + timedelta(days=800)))
        begin(session, cast.shop_id, source("party", "{ birthday: 3 days before }"), clock())
    assert look(app) == 1
    clock.move(days=90)
    finish(app, "party", clock())
    clock.move(days=275)  # to the 12th of the next year
    look(app)
    assert entered(app, "party") == [her.customer_id] * 2
