"""A cart that was left: who enters, once, within the carriers' time, and where the text's link leads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.audience import starts
from bot.audience.looks import look_soon
from bot.conversations.about_carts import ONE_TEXT
from bot.conversations.work import take_turns
from bot.keys import Keys, api_key_hash
from bot.models import ApiKey, Cart, Coupon, Customer, FlowRevision, LedgerEntry, Link, Outbound, Shop
from bot.orders import CustomerIn
from bot.orders.carts import CartIn, record_carts
from bot.orders.values import LineIn
from bot.privacy.erase import erase
from bot.privacy.export import export
from tests.bot.audience.triggered import (
    TEXT,
    Person,
    begin,
    buy,
    entered,
    finish,
    look,
    passages,
    person,
    source,
)
from tests.bot.conversations.loop import run_until_quiet
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider
from webhooks import create_app

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

LEFT = "{ cart_abandoned: true }"


@pytest.fixture
def her(app: FakedApp, cast: Cast, keys: Keys, clock: StillClock) -> Person:
    """Somebody who never ordered, and may be texted."""
    with app.database.write() as session:
        session.execute(update(Customer).values(number_state="bad"))
        return person(session, keys, cast.shop_id, 1, clock())


def leave(app: FakedApp, shop_id: int, phone: str, name: str, at: datetime, **changes: Any) -> None:
    """What POST /api/v1/carts does."""
    lines = (LineIn("Harbor Dark", 2, 1_625, "harbor-dark"),)
    cart = CartIn(name, at, CustomerIn(phone=phone), lines, 3_250, "USD", **changes)
    with app.database.write() as session:
        record_carts(session, app.keys, shop_id, [cart], now=app.real_now())
        look_soon(session, shop_id, "cart_abandoned", app.real_now())


def test_whoever_leaves_a_cart_enters_two_hours_later_and_never_for_the_same_cart_again(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("left", LEFT), clock())
    clock.move(minutes=5)
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    for minutes in (0, 30, 89):
        clock.move(minutes=minutes)
        assert look(app) == 0
    clock.move(minutes=1)
    assert look(app) == 1
    assert entered(app, "left") == [her.customer_id]
    finish(app, "left", clock())
    clock.move(days=8)
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    clock.move(hours=3)
    assert look(app) == 0


def test_touched_again_it_is_as_old_as_the_last_touch(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("left", "{ cart_abandoned: true, delay: 1 hour }"), clock())
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    clock.move(minutes=50)
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    clock.move(minutes=50)
    assert look(app) == 0
    clock.move(minutes=10)
    assert look(app) == 1


@pytest.mark.parametrize(
    "what", ["ordered elsewhere", "ordered at the platform", "too old", "no yes by text"]
)
def test_who_is_not_texted_about_a_cart(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person, what: str
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("left", LEFT), clock())
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    match what:
        case "ordered elsewhere":
            clock.move(hours=1)
            buy(app, cast.shop_id, her.phone, "o-1", clock())
        case "ordered at the platform":
            clock.move(hours=1)
            leave(app, cast.shop_id, her.phone, "c-1", clock(), ordered_at=clock())
        case "too old":
            clock.move(hours=46)
        case "no yes by text":
            with app.database.write() as session:
                session.execute(update(LedgerEntry).values(details={}))
    clock.move(hours=2, seconds=1)
    assert look(app) == 0


def test_two_carts_in_48_hours_are_one_text_whichever_flow_it_is(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("left", "{ cart_abandoned: true, again: 1 hour }"), clock())
        begin(session, cast.shop_id, source("other", LEFT), clock())
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    clock.move(hours=3)
    assert look(app) == 1
    finish(app, "left", clock())
    clock.move(hours=20)
    leave(app, cast.shop_id, her.phone, "c-2", clock())
    clock.move(hours=20)
    assert look(app) == 0
    clock.move(hours=9)  # 49 after the first, and 29 after the second
    assert look(app) == 1


def test_an_order_ends_the_passage_about_a_cart(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("left", LEFT), clock())
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    clock.move(hours=3)
    look(app)
    run_until_quiet(app)
    clock.move(hours=1)
    buy(app, cast.shop_id, her.phone, "o-1", clock())
    run_until_quiet(app)
    with app.database.read() as session:
        assert [each.outcome for each in passages(session, "left")] == ["ordered"]


@pytest.mark.parametrize("code", [False, True])
def test_the_link_leads_to_the_cart_and_with_a_code_to_one_filled_like_it(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person, provider: FakeProvider, code: bool
) -> None:
    written = source("left", LEFT).replace("Hello again?", "Your cart: {{ link.checkout }}")
    with app.database.write() as session:
        session.execute(update(Shop).values(orders_known_at=clock() + timedelta(days=1)))
        begin(session, cast.shop_id, written, clock())
        if code:
            one = session.scalars(select(Coupon).order_by(Coupon.id)).first()
            assert one is not None
            one.customer_id, one.status, one.reserved_at = her.customer_id, "live", clock()
            one.starts_at, one.ends_at = clock(), clock() + timedelta(days=3)
    leave(app, cast.shop_id, her.phone, "c-1", clock(), link="https://juniper.example/r/1")
    clock.move(hours=3)
    look(app)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    with app.database.read() as session:
        target = session.execute(select(Link.target)).scalar_one()
        assert session.execute(select(Cart.enrolment_id)).scalar_one() is not None
    if code:
        assert "harbor-dark" in target
        assert "BACK15-000" in target
    else:
        assert target == "https://juniper.example/r/1"


def test_it_stops_with_the_start(app: FakedApp, cast: Cast, clock: StillClock, her: Person) -> None:
    with app.database.write() as session:
        start = begin(session, cast.shop_id, source("left", LEFT), clock())
        starts.stop(session, cast.shop_id, session.get_one(FlowRevision, start.revision_id).flow_id)
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    clock.move(hours=3)
    assert look(app) == 0


def test_erasure_takes_the_carts_and_an_export_shows_them(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person
) -> None:
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    with app.database.read() as session:
        told = export(session, cast.shop_id, her.phone_key, clock(), phone=her.phone)
        assert told is not None
        assert [cart["external_id"] for cart in told["carts"]] == ["c-1"]
    erase(app, cast.shop_id, her.phone, by="test")
    with app.database.read() as session:
        assert session.scalars(select(Cart.id)).all() == []


def test_a_cart_that_the_platform_calls_ordered_ends_the_passage_that_speaks_of_it(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person, provider: FakeProvider
) -> None:
    """The order itself may come hours later: until then nobody is reminded of what they bought."""
    with app.database.write() as session:
        begin(session, cast.shop_id, source("left", LEFT), clock())
        session.add(
            ApiKey(shop_id=cast.shop_id, key_hash=api_key_hash("k"), label="test", created_at=clock())
        )
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    clock.move(hours=3)
    assert look(app) == 1
    report = {
        "external_id": "c-1",
        "updated_at": clock().isoformat(),
        "ordered_at": clock().isoformat(),
        "total": "32.50",
        "currency": "USD",
        "customer": {"phone": her.phone},
        "lines": [{"product_id": "harbor-dark", "name": "Harbor Dark", "quantity": 2, "price": "16.25"}],
    }
    client = create_app(app).test_client()
    for result in ("updated", "unchanged"):
        answer = client.post("/api/v1/carts", json=report, headers={"Authorization": "Bearer k"})
        assert answer.json == {"carts": [{"external_id": "c-1", "result": result}]}
    run_until_quiet(app)
    assert provider.bodies == []
    with app.database.read() as session:
        assert [each.outcome for each in passages(session, "left")] == ["ordered"]


def test_no_text_about_a_cart_leaves_48_hours_after_it_was_left(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person, provider: FakeProvider
) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).values(orders_known_at=clock() + timedelta(days=9)))
        begin(session, cast.shop_id, source("left", LEFT), clock())
    left_at = clock()
    leave(app, cast.shop_id, her.phone, "c-1", left_at)
    clock.move(hours=3)
    assert look(app) == 1
    take_turns(app)
    with app.database.write() as session:
        row = session.execute(select(Outbound)).scalar_one()
        assert row.expires_at == left_at + timedelta(hours=48)
        session.execute(update(Shop).values(state="paused"))
    run_until_quiet(app)
    clock.move(hours=46)
    with app.database.write() as session:
        session.execute(update(Shop).values(state="live"))
    run_until_quiet(app)
    assert provider.bodies == []
    with app.database.read() as session:
        assert session.execute(select(Outbound.status)).scalar_one() == "expired"


def test_a_cart_is_spoken_of_once_whatever_the_flow_says(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person, provider: FakeProvider
) -> None:
    written = source("left", LEFT).replace("4 days, then: bye", "1 hour, then: more")
    written = written.replace("  bye:", f'  more: {{ say: "Still there? {TEXT}", end: silent }}\n  bye:')
    with app.database.write() as session:
        session.execute(update(Shop).values(orders_known_at=clock() + timedelta(days=9)))
        begin(session, cast.shop_id, written, clock())
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    clock.move(hours=3)
    assert look(app) == 1
    run_until_quiet(app)
    clock.move(hours=2)
    run_until_quiet(app)
    assert provider.bodies == [TEXT]
    with app.database.read() as session:
        assert session.scalars(select(Outbound.why).order_by(Outbound.id)).all()[1:] == [ONE_TEXT]
