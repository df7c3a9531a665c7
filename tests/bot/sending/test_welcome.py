"""What goodwill goes by, from the rows to the text that does not leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.audience import starts
from bot.checkup_sending import held_back
from bot.clock import domain_now
from bot.flows_store import current, publish_library
from bot.models import Alert, Conversation, Customer, Outbound, Shop
from bot.orders import CustomerIn, OrderIn, record_order
from bot.sending.feeds import NO_ORDERS, tell_of_silent_feeds
from bot.sending.outcomes import TryLater
from bot.sending.welcome import sent_back, silent_texts
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture(autouse=True)
def afternoon(clock: StillClock) -> None:
    """Six in the evening where Ana is: inside the send window of the flow."""
    clock.move(hours=8)


def last(app: FakedApp) -> Outbound:
    with app.database.read() as session:
        return session.scalars(select(Outbound).order_by(Outbound.id.desc())).first()  # type: ignore[return-value]


def set_shop(app: FakedApp, cast: Cast, **values: object) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(**values))


def order(app: FakedApp, cast: Cast, name: str, *, days_ago: float, refunded: bool = False) -> None:
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        bought = OrderIn(
            name,
            now - timedelta(days=days_ago),
            3100,
            "USD",
            CustomerIn(phone=cast.ana.phone),
            refunded_cents=3100 if refunded else 0,
        )
        record_order(session, app.keys, cast.shop_id, bought, source="api", now=now)


def test_an_opener_waits_until_orders_are_heard_of(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    enrol_in(app, cast, cast.ana)
    set_shop(app, cast, orders_known_at=clock() - timedelta(days=8))
    run_until_quiet(app)
    assert provider.bodies == []
    row = last(app)
    assert (row.status, row.why) == ("ready", f"no order heard of since {clock() - timedelta(days=8):%b %d}")
    order(app, cast, "of-somebody", days_ago=70)  # an old one: what counts is that the shop's platform speaks
    clock.move(row.due_at - clock())
    run_until_quiet(app)
    assert len(provider.bodies) == 1


def test_the_demo_waits_for_no_feed(app: FakedApp, cast: Cast, provider: FakeProvider) -> None:
    set_shop(app, cast, orders_known_at=None, demo=True)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert len(provider.bodies) == 1


def test_a_start_enrols_nobody_without_order_data_and_the_owner_hears_of_it(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    enrol_in(app, cast, cast.ben)  # publishes
    with app.database.write() as session:
        revision = current(session, cast.shop_id, "winback_offer")
        assert revision is not None
        starts.start(session, revision, clock(), daily_limit=10, total=None, by="test")
    assert [each.about for each in held_back(app)] == []
    set_shop(app, cast, orders_known_at=None)
    assert starts.run_due(app) == 0
    (told,) = held_back(app)
    assert told.about == "openers of juniper"
    assert "no order was ever heard of" in told.why
    order(app, cast, "of-somebody", days_ago=70)
    clock.move(hours=1)
    assert starts.run_due(app) == 1
    assert list(held_back(app)) == []


@pytest.mark.parametrize("ordered_again", [False, True])
def test_who_sent_the_last_order_back_is_left_alone_until_the_next_one(
    app: FakedApp, cast: Cast, provider: FakeProvider, ordered_again: bool
) -> None:
    order(app, cast, "back", days_ago=50, refunded=True)
    if ordered_again:
        order(app, cast, "again", days_ago=47)
    with app.database.read() as session:
        ana = session.get_one(Customer, cast.ana.customer_id)
        assert (ana.orders_count, ana.refunded_order_at is None) == (1 + ordered_again, False)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert len(provider.bodies) == ordered_again
    assert (last(app).why == "the customer's last order was wholly refunded") != ordered_again


def test_texts_that_meet_silence_are_counted_beyond_a_month_and_six_of_them_are_the_end(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert conversation(app, cast.ana).silent_texts == 1
    clock.move(days=4)
    run_until_quiet(app)
    assert conversation(app, cast.ana).silent_texts == 2
    with app.database.write() as session:
        session.execute(update(Conversation).values(silent_texts=6, silent_at=clock() - timedelta(days=40)))
    clock.move(days=8)
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    assert (last(app).status, last(app).why) == ("denied", "6 of 6 in a row without answer, click or order")


def test_an_answer_a_click_and_an_order_each_end_the_row(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    from bot.conversations.subjects import subject_of

    def count() -> int:
        with app.database.read() as session:
            row = session.get_one(Conversation, cast.ana.conversation_id)
            return silent_texts(subject_of(session, row))

    def five() -> None:
        clock.move(days=1)
        with app.database.write() as session:
            session.execute(update(Conversation).values(silent_texts=5, silent_at=clock()))
        clock.move(days=1)

    reader.reads["hm"] = reading("smalltalk")
    five()
    assert count() == 5
    text_in(app, cast, cast.ana, "hm")
    assert count() == 0
    five()
    with app.database.write() as session:
        session.execute(update(Customer).values(clicked_at=clock()))
    assert count() == 0
    five()
    order(app, cast, "new", days_ago=0)
    assert count() == 0


@pytest.mark.parametrize(
    ("changes", "enrolled"),
    [
        ({"silent_texts": 5}, True),
        ({"silent_texts": 6}, False),
        ({"silent_texts": 6, "last_inbound_at": NOW - timedelta(days=2)}, True),
        ({"silent_texts": 0, "last_inbound_at": NOW}, False),  # a dialogue
        ({"silent_texts": 6, "refunded": True}, False),
        ({"refunded": True}, False),
    ],
)
def test_nobody_is_enrolled_whom_the_gate_would_send_away(
    app: FakedApp, cast: Cast, changes: dict[str, Any], enrolled: bool
) -> None:
    columns = {name: value for name, value in changes.items() if name != "refunded"}
    with app.database.write() as session:
        publish_library(session, cast.shop_id, NOW)
        if "refunded" in changes:
            session.execute(update(Customer).values(refunded_order_at=NOW - timedelta(days=50)))
        session.execute(update(Conversation).values(silent_at=NOW - timedelta(days=3), **columns))
        revision = current(session, cast.shop_id, "winback_offer")
        assert revision is not None
        starts.start(session, revision, NOW, daily_limit=10, total=None, by="test")
    assert starts.run_due(app) == enrolled


def heard_at(app: FakedApp, cast: Cast) -> object:
    with app.database.read() as session:
        return session.get_one(Shop, cast.shop_id).orders_known_at


def test_orders_are_heard_of_once_a_minute_at_most_and_only_forward(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    set_shop(app, cast, orders_known_at=None)
    order(app, cast, "first", days_ago=70)
    first = clock()
    assert heard_at(app, cast) == first
    clock.move(seconds=59)
    order(app, cast, "second", days_ago=70)
    assert heard_at(app, cast) == first
    clock.move(seconds=2)
    order(app, cast, "second", days_ago=70)  # nothing new in it
    assert heard_at(app, cast) == clock()
    clock.move(days=-30)
    order(app, cast, "late", days_ago=70)
    assert heard_at(app, cast) == clock() + timedelta(days=30)


def test_a_shop_that_falls_silent_raises_one_alert_that_doctor_tells_as_long_as_it_is_so(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        publish_library(session, cast.shop_id, clock())
        revision = current(session, cast.shop_id, "winback_offer")
        assert revision is not None
        starts.start(session, revision, clock(), daily_limit=10, total=None, by="test")
    tell_of_silent_feeds(app)
    clock.move(days=8)
    for _ in range(3):
        tell_of_silent_feeds(app)
    with app.database.read() as session:
        (alert,) = session.scalars(select(Alert)).all()
    assert (alert.about, alert.code) == (f"shop {cast.shop_id}", NO_ORDERS)
    assert len(list(held_back(app))) == 1
    order(app, cast, "again", days_ago=1)
    assert list(held_back(app)) == []


@pytest.mark.parametrize(
    ("refunded_cents", "status"), [(3100, "paid"), (0, "Refunded"), (0, "fully_refunded")]
)
def test_a_refund_that_comes_later_counts(
    app: FakedApp, cast: Cast, clock: StillClock, refunded_cents: int, status: str
) -> None:
    def record(status: str, back: int) -> None:
        with app.database.write() as session:
            placed = clock() - timedelta(days=5)
            bought = OrderIn(
                "late", placed, 3100, "USD", CustomerIn(phone=cast.ana.phone), status, refunded_cents=back
            )
            record_order(session, app.keys, cast.shop_id, bought, source="api", now=clock())

    def counted() -> tuple[int, bool]:
        with app.database.read() as session:
            ana = session.get_one(Customer, cast.ana.customer_id)
            return ana.orders_count, sent_back(ana)

    record("paid", 0)
    assert counted() == (2, False)
    record(status, refunded_cents)
    assert counted() == (1, True)
    record("paid", 100)  # a part of it: a refund that was itself a mistake
    assert counted() == (2, False)


def test_a_text_that_is_tried_again_is_one_text(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    provider.will(
        TryLater("connect_timeout", "no connection", 5), TryLater("connect_timeout", "no connection", 5)
    )
    enrol_in(app, cast, cast.ana)
    for _ in range(3):
        run_until_quiet(app)
        clock.move(minutes=1)
    assert len(provider.asked) == 3
    assert conversation(app, cast.ana).silent_texts == 1


def test_the_last_text_before_the_end_may_be_tried_again(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """The provider had no time for it: it was counted when it was claimed, and is the same text still."""
    with app.database.write() as session:
        session.execute(update(Conversation).values(silent_texts=5, silent_at=clock() - timedelta(days=9)))
    provider.will(TryLater("20429", "too many", 30))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert (last(app).status, conversation(app, cast.ana).silent_texts) == ("ready", 6)
    clock.move(minutes=10)
    run_until_quiet(app)
    assert (last(app).status, conversation(app, cast.ana).silent_texts) == ("sent", 6)


def test_a_number_that_was_taken_for_dead_and_writes_is_answered_and_alive(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """A phone may have been switched off twice (30003)."""
    reader.reads["where is my order?"] = reading("order_issue")
    with app.database.write() as session:
        session.execute(update(Customer).values(number_state="bad"))
    text_in(app, cast, cast.ana, "where is my order?")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    with app.database.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).number_state == "ok"
