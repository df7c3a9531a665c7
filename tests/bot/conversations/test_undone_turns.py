"""A newer text withholds an answer: what was said first is answered too, whoever else was at work meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.conversations.work import take_turns
from bot.history.replay import replay
from bot.models import Journal, Outbound
from bot.sending.dispatch import send_due
from bot.sending.outcomes import TryLater
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def _evening(clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_a_worker_that_is_awake_between_the_two_texts_loses_neither(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """The withheld answer is not taken for lost while the text that withheld it settles."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    take_turns(app)
    text_in(app, cast, cast.ana, "pretty please")
    run_until_quiet(app)  # the answer is withheld, and the turns that are due are taken
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    assert "Here's your cart" in provider.bodies[1]
    with app.database.read() as session:
        last = session.execute(select(Journal).order_by(Journal.id.desc())).scalars().first()
        assert last is not None
        assert last.event["text"] == "same again\npretty please"


def test_the_wish_for_a_coupon_survives_a_newer_text(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """A code asked for and given are two turns; both are undone, back to the words that asked. It still replays (I7)."""
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["got a coupon"] = reading("coupon")
    text_in(app, cast, cast.ana, "got a coupon")
    clock.move(seconds=4)
    take_turns(app)
    text_in(app, cast, cast.ana, "pretty please")
    send_due(app)
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    assert "15% off" in provider.bodies[1]
    with app.database.read() as session:
        assert replay(session, passage).differences == ()


def test_a_text_that_the_provider_has_after_all_is_not_taken_back(
    app: FakedApp, cast: Cast, reader: FakeReader, provider: FakeProvider, clock: StillClock
) -> None:
    """«Try later» was its answer, and then a status report came: saying the same again would be twice (I4)."""
    reader.reads["same again"] = reading("reorder")
    reader.reads["hello?"] = reading("smalltalk")
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    provider.will(TryLater("20429", "too many", 600))
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    run_until_quiet(app)
    with app.database.write() as session:
        row = session.execute(select(Outbound).order_by(Outbound.id.desc())).scalars().first()
        assert row is not None
        assert row.status == "ready"
        row.provider_id = "SM" + "7" * 32
    text_in(app, cast, cast.ana, "hello?")
    clock.move(seconds=4)
    run_until_quiet(app)
    with app.database.read() as session:
        statuses = session.execute(select(Outbound.status).order_by(Outbound.id)).scalars().all()
    assert "superseded" not in statuses
    assert sum("Here's your cart" in body for body in provider.bodies) == 1
