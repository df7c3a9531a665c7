"""A code's life: promised once, true while it lasts, free again when nobody saw it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.conversations.work import take_turns
from bot.models import Coupon, Link, Outbound
from bot.sending.dispatch import send_due
from tests.bot.conversations.loop import enrol_in, enrolment, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def _evening(clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_a_code_that_ran_out_does_not_hide_the_new_one(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """The old one was put in later than those in the pool: which is the customer's has nothing to do with that."""
    with app.database.write() as session:
        session.add(
            Coupon(
                shop_id=cast.shop_id,
                pool="percent-20",
                code="OLD20",
                percent=20,
                status="live",
                customer_id=cast.ana.customer_id,
                valid_for_seconds=86_400,
                starts_at=clock() - timedelta(days=9),
                ends_at=clock() - timedelta(days=8),
            )
        )
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["got a coupon"] = reading("coupon")
    text_in(app, cast, cast.ana, "got a coupon")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert "15% off" in provider.bodies[-1]
    with app.database.read() as session:
        target = session.execute(select(Link.target).where(Link.purpose == "checkout")).scalar_one()
    assert "BACK15-000" in target


@pytest.mark.parametrize("claimed", [False, True])
def test_a_code_that_nobody_saw_goes_back_to_its_pool(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock, claimed: bool
) -> None:
    """STOP between the promise and the text that carries it. One that may be on its way stays promised."""
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["got a coupon"] = reading("coupon")
    text_in(app, cast, cast.ana, "got a coupon")
    clock.move(seconds=4)
    take_turns(app)
    if claimed:
        with app.database.write() as session:
            session.execute(update(Outbound).where(Outbound.status == "ready").values(status="claimed"))
    text_in(app, cast, cast.ana, "STOP")
    run_until_quiet(app)  # the text is denied, and its engine hears of it
    assert enrolment(app, passage).outcome == "opted_out"
    with app.database.read() as session:
        taken = session.execute(select(Coupon.status).where(Coupon.status != "pool")).scalars().all()
        owners = session.execute(select(Coupon.customer_id).where(Coupon.status == "pool")).scalars()
        assert taken == (["reserved"] if claimed else [])
        assert set(owners) == {None}


def test_the_day_that_a_text_names_is_the_day_on_which_its_code_ends(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """I11: decided ten seconds before midnight in San Francisco, sent ten seconds after."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["got a coupon"] = reading("coupon")
    clock.set(datetime(2026, 11, 22, 7, 59, 45, tzinfo=UTC))
    text_in(app, cast, cast.ana, "got a coupon")
    clock.move(seconds=5)
    take_turns(app)
    clock.move(seconds=20)
    send_due(app)
    assert "till Saturday night" in provider.bodies[-1]
    with app.database.read() as session:
        ends = session.execute(select(Coupon.ends_at).where(Coupon.status == "live")).scalar_one()
    assert ends == datetime(2026, 11, 29, 7, 59, tzinfo=UTC), "Saturday the 28th, 23:59"
