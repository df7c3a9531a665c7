"""The owner's own phone: proved by a code, cleared of what came before, and left out of results."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from bot.audience.report import report
from bot.audience.trial import NotPlaying, Playing, Trial, Unconfirmed, try_out
from bot.flows_store import current, publish_library
from bot.models import ConfirmedPhone, Outbound, Shop
from tests.bot.conversations.loop import conversation, enrolment, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture(autouse=True)
def _in_test(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 20, 20, 0, tzinfo=UTC))
    with app.database.write() as session:
        session.execute(update(Shop).values(state="test"))


def try_on(app: FakedApp, cast: Cast, clock: StillClock) -> Trial:
    """`winback flow try` on Ana's phone."""
    with app.database.write() as session:
        publish_library(session, cast.shop_id, clock())
        revision = current(session, cast.shop_id, "winback_offer")
        assert revision is not None
        return try_out(session, app.keys, revision, cast.ana.phone, clock(), by="test")


def confirmed(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    asked = try_on(app, cast, clock)
    assert isinstance(asked, Unconfirmed)
    text_in(app, cast, cast.ana, asked.code)
    clock.move(seconds=10)
    run_until_quiet(app)


def test_asking_twice_before_the_code_arrives_asks_for_the_same_code(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    assert try_on(app, cast, clock) == try_on(app, cast, clock)
    confirmed(app, cast, clock)
    assert isinstance(try_on(app, cast, clock), Playing)


def test_the_code_is_not_answered_by_the_bot(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    """«Sorry, I didn't get that» would be the first thing that the owner hears."""
    confirmed(app, cast, clock)
    assert provider.bodies == []
    assert conversation(app, cast.ana).holder == "bot"


def test_another_code_proves_nothing(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    asked = try_on(app, cast, clock)
    text_in(app, cast, cast.ana, "100000")
    assert try_on(app, cast, clock) == asked


def test_a_hello_before_the_code_does_not_silence_the_trial(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    """A shop in test may not answer an unknown phone, so its text waits for a person; the owner's trial must not."""
    text_in(app, cast, cast.ana, "hello?")
    clock.move(seconds=10)
    run_until_quiet(app)
    assert conversation(app, cast.ana).holder == "nobody"
    confirmed(app, cast, clock)
    before = len(provider.bodies)
    assert isinstance(try_on(app, cast, clock), Playing)
    run_until_quiet(app)
    assert "text bot here" in provider.bodies[before]
    assert conversation(app, cast.ana).holder == "bot"


def test_trying_again_ends_what_ran_and_the_report_knows_of_neither(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    confirmed(app, cast, clock)
    first = try_on(app, cast, clock)
    run_until_quiet(app)
    second = try_on(app, cast, clock)
    run_until_quiet(app)
    assert isinstance(first, Playing)
    assert isinstance(second, Playing)
    assert enrolment(app, first.enrolment_id).status == "ended"
    assert enrolment(app, second.enrolment_id).status == "active"
    with app.database.read() as session:
        figures = report(session, cast.shop_id)
        left = session.scalars(
            select(Outbound.id).where(Outbound.enrolment_id == second.enrolment_id, Outbound.status == "sent")
        ).all()
    assert (figures.enrolled, len(left)) == (0, 1)


def test_a_trial_goes_on_after_a_minute_whatever_the_caps_and_pauses_say(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    """The code was a text of the customer's, and no flow interrupts one who has just spoken; a trial does."""
    confirmed(app, cast, clock)
    before = len(provider.bodies)
    try_on(app, cast, clock)
    for _ in range(3):
        run_until_quiet(app)
        clock.move(seconds=61)
    assert len(provider.bodies) - before == 3
    assert any("15%" in body for body in provider.bodies[before:])


def test_a_phone_that_said_stop_is_told_how_to_go_on(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    confirmed(app, cast, clock)
    text_in(app, cast, cast.ana, "STOP")
    run_until_quiet(app)
    said = try_on(app, cast, clock)
    assert isinstance(said, NotPlaying)
    assert "START" in said.why
    text_in(app, cast, cast.ana, "START")
    run_until_quiet(app)
    assert isinstance(try_on(app, cast, clock), Playing)


def test_only_the_phone_that_was_asked_is_confirmed(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Nobody tries flows on somebody else."""
    asked = try_on(app, cast, clock)
    assert isinstance(asked, Unconfirmed)
    text_in(app, cast, cast.ben, asked.code)
    with app.database.read() as session:
        assert session.scalars(select(ConfirmedPhone.confirmed_at)).all() == [None]
