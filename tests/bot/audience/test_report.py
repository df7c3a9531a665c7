"""Three lines, and the orders that a conversation brought back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.audience.recovery import order_arrived
from bot.audience.report import report
from bot.models import Coupon, Order
from bot.orders import CustomerIn, OrderIn, record_order
from tests.bot.conversations.loop import enrol_in, enrolment, run_until_quiet, text_in
from tests.support.cast import Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeReader, reading


@pytest.fixture(autouse=True)
def _open(clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def order(
    app: FakedApp, who: Member, clock: StillClock, *, code: str | None = None, id_: str = "1001"
) -> bool:
    """The customer buys; whether that counts as recovered."""
    with app.database.write() as session:
        bought = OrderIn(
            external_id=id_,
            placed_at=clock(),
            total_cents=4000,
            currency="USD",
            status="paid",
            code=code,
            customer=CustomerIn(phone=who.phone),
        )
        done = record_order(session, app.keys, who.shop_id, bought, source="api", now=clock())
        assert done.order_id is not None
        return order_arrived(session, who.shop_id, done.order_id, clock())


def test_an_order_after_a_text_is_recovered_and_ends_the_flow(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """Via the text alone; a second report of the same order changes nothing."""
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(days=2)
    assert order(app, cast.ana, clock)
    assert not order(app, cast.ana, clock)
    run_until_quiet(app)
    assert enrolment(app, passage).outcome == "ordered"
    clock.move(days=60)
    run_until_quiet(app)
    with app.database.read() as session:
        figures = report(session, cast.shop_id)
    assert (figures.texts, figures.recovered, figures.revenue_cents) == (1, 1, 4000)
    assert figures.lines()[1] == "Recovered 1 order worth $40.00 (100.0% of those texted)."


def test_a_code_names_the_order_whatever_else_happened(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    """15% of what the total would have been without it."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["deal?"] = reading("coupon")
    text_in(app, cast, cast.ana, "deal?")
    clock.move(seconds=4)
    run_until_quiet(app)
    with app.database.read() as session:
        code = session.query(Coupon.code).filter(Coupon.status == "live").scalar()
    clock.move(hours=1)
    assert order(app, cast.ana, clock, code=code.lower())
    with app.database.read() as session:
        figures = report(session, cast.shop_id)
        assert session.query(Coupon.status).filter(Coupon.code == code).scalar() == "redeemed"
    assert figures.discount_cents == 706
    assert figures.answered == 1


def test_an_order_before_any_text_is_nobodys_merit(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Enrolled at night, ordered before the opener could leave: the opener must not leave any more."""
    clock.set(datetime(2026, 11, 20, 8, 0, tzinfo=UTC))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(hours=1)
    assert not order(app, cast.ana, clock)
    clock.move(days=3)
    run_until_quiet(app)
    with app.database.read() as session:
        assert report(session, cast.shop_id).texts == 0


def test_an_order_long_after_the_last_touch_does_not_count(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """30 days by default; the sequence of three texts takes 13 days."""
    enrol_in(app, cast, cast.ana)
    for _ in range(5):
        run_until_quiet(app)
        clock.move(timedelta(days=4, hours=1))
    clock.move(days=40)
    run_until_quiet(app)
    assert not order(app, cast.ana, clock)


@pytest.mark.parametrize("days", [31, 29])
def test_a_code_alone_does_not_make_an_old_touch_young(
    app: FakedApp, cast: Cast, clock: StillClock, days: int
) -> None:
    """The code names what is recovered; whether it is, the 30 days say."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    with app.database.write() as session:
        code = session.query(Coupon).first()
        assert code is not None
        code.status, code.customer_id, code.ends_at = "live", cast.ana.customer_id, clock()
        name = code.code
    clock.move(days=days)
    assert order(app, cast.ana, clock, code=name) == (days < 30)


def test_an_order_refunded_afterwards_is_recovered_no_more(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """Fully refunded orders do not count, whenever the refund comes."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(days=2)
    assert order(app, cast.ana, clock)
    with app.database.write() as session:
        session.execute(update(Order).where(Order.external_id == "1001").values(counts=False))
    with app.database.read() as session:
        figures = report(session, cast.shop_id)
    assert (figures.recovered, figures.revenue_cents) == (0, 0)
