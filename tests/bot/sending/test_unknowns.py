"""Texts of which nobody knows whether they left: one candidate settles, none or two don't, and a person decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.models import Audit, Conversation, Enrolment, Outbound, Signal, Timer
from bot.sending.dispatch import send_due
from bot.sending.outcomes import ListedText, ListingError, Unknown
from bot.sending.status import record_report
from bot.sending.unknowns import (
    AFTER,
    AGAIN,
    GIVES_UP,
    PATIENCE,
    Decision,
    candidates,
    look_for_unknown,
    open_unknowns,
    settle,
)
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.bot.sending.test_status import a_report, put, row_of
from tests.support.cast import Cast, Member
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakeBell, FakedApp, FakeProvider, FakeReader, reading


def lost(app: FakedApp, who: Member, public_id: str = "p-1", **changes: Any) -> int:
    values = {"status": "unknown", "why": "ReadTimeout", "provider_id": None, "provider_status": None}
    return put(app.database, who, public_id, **{**values, **changes})


def listed(who: Member, sid: str = "SM7", body: str = "Hi", made_at: datetime | None = NOW) -> ListedText:
    return ListedText(sid, who.phone, "+12125550100", body, "delivered", None, made_at)


def test_one_text_at_the_provider_that_is_nobody_else_s_is_ours(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    lost(app, cast.ana)
    provider.listed = [listed(cast.ana)]
    clock.move(PATIENCE)
    assert look_for_unknown(app) == 1
    row = row_of(app.database)
    assert (row.status, row.provider_id, row.provider_status, row.why) == ("sent", "SM7", "delivered", None)
    assert look_for_unknown(app) == 0


def test_before_ten_minutes_nobody_looks(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    lost(app, cast.ana)
    provider.listed = [listed(cast.ana)]
    clock.move(PATIENCE - timedelta(seconds=1))
    assert look_for_unknown(app) == 0
    assert row_of(app.database).status == "unknown"


@pytest.mark.parametrize(
    "shown",
    [
        [],
        [("SM7", "Hi", NOW), ("SM8", "Hi", NOW)],
        [("SM7", "Hi there", NOW)],
        [("SM7", "Hi", NOW - timedelta(minutes=3))],
        [("SM7", "Hi", NOW + AFTER + timedelta(seconds=1))],
        [("SM-bound", "Hi", NOW)],
    ],
    ids=["none", "two", "other words", "before the attempt", "long after it", "another text's"],
)
def test_a_doubt_settles_nothing(
    app: FakedApp,
    cast: Cast,
    provider: FakeProvider,
    clock: StillClock,
    shown: list[tuple[str, str, datetime]],
) -> None:
    lost(app, cast.ana)
    put(app.database, cast.ana, "p-2", provider_id="SM-bound", key="test:p-2")
    provider.listed = [listed(cast.ana, *each) for each in shown]
    clock.move(PATIENCE)
    assert look_for_unknown(app) == 0
    assert row_of(app.database).status == "unknown"


def test_a_twin_that_is_bound_to_another_text_of_ours_is_no_second_candidate(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    lost(app, cast.ana)
    put(app.database, cast.ana, "p-2", provider_id="SM-bound")
    provider.listed = [listed(cast.ana, "SM-bound"), listed(cast.ana, "SM7")]
    clock.move(PATIENCE)
    assert look_for_unknown(app) == 1
    assert row_of(app.database).provider_id == "SM7"


@pytest.mark.parametrize("rival", ["unknown", "claimed"])
def test_where_two_of_ours_could_be_the_one_at_the_provider_neither_is(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock, rival: str
) -> None:
    lost(app, cast.ana)
    lost(app, cast.ana, "p-2", status=rival)
    provider.listed = [listed(cast.ana)]
    clock.move(PATIENCE)
    assert look_for_unknown(app) == 0


def test_it_is_looked_for_hourly_for_a_day_and_then_a_person_s(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    lost(app, cast.ana)
    looks: list[int] = []
    provider.on_listing = lambda: looks.append(1)
    clock.move(PATIENCE)
    look_for_unknown(app)
    look_for_unknown(app)
    assert len(looks) == 1
    clock.move(AGAIN)
    look_for_unknown(app)
    assert len(looks) == 2
    clock.move(GIVES_UP)
    look_for_unknown(app)
    assert len(looks) == 2
    with app.database.read() as session:
        assert [text.public_id for text in open_unknowns(session, cast.shop_id)] == ["p-1"]
        assert open_unknowns(session, cast.other_shop_id) == []


def test_a_provider_that_cannot_be_asked_settles_nothing_and_is_asked_again(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    lost(app, cast.ana)
    clock.move(PATIENCE)

    def away() -> None:
        raise ListingError("ReadTimeout")

    provider.on_listing = away
    assert look_for_unknown(app) == 0
    assert row_of(app.database).looked_at is None


def test_whoever_is_quicker_than_the_listing_wins(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """A status report while we ask."""
    lost(app, cast.ana)
    clock.move(PATIENCE)

    provider.listed = [listed(cast.ana)]
    provider.on_listing = lambda: record_report(app, a_report("delivered", sid="SM9"))
    assert look_for_unknown(app) == 0
    assert row_of(app.database).provider_id == "SM9"


def test_a_person_says_sent(app: FakedApp, cast: Cast, bell: FakeBell) -> None:
    lost(app, cast.ana)
    done = settle(app, cast.shop_id, "p-1", "sent", "test")
    assert done is not None
    assert (done.done, row_of(app.database).status, bell.rung) == (True, "sent", [])
    again = settle(app, cast.shop_id, "p-1", "sent", "test")
    assert again is not None
    assert (again.done, again.agrees) == (False, True)
    other = settle(app, cast.shop_id, "p-1", "lost", "test")
    assert other is not None
    assert (other.done, other.agrees, other.status) == (False, False, "sent")
    with app.database.read() as session:
        (audit,) = session.scalars(select(Audit))
    assert (audit.actor, audit.action, audit.details["as"]) == ("test", "unknown_settled", "sent")


@pytest.mark.parametrize("decision", ["sent", "lost"])
def test_nobody_settles_another_shop_s_text(app: FakedApp, cast: Cast, decision: Decision) -> None:
    lost(app, cast.ana)
    assert settle(app, cast.other_shop_id, "p-1", decision, "test") is None
    assert row_of(app.database).status == "unknown"


def test_a_lost_opener_ends_its_passage_and_is_never_sent_again(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    clock.set(datetime(2026, 3, 14, 20, 0, tzinfo=NOW.tzinfo))
    passage = enrol_in(app, cast, cast.ana)
    provider.will(Unknown("ReadTimeout"))
    run_until_quiet(app)
    with app.database.read() as session:
        (opener,) = session.scalars(select(Outbound))
        assert opener.status == "unknown"
        assert session.scalar(select(func.count()).where(Timer.due_at.is_not(None))) == 1
    done = settle(app, cast.shop_id, opener.public_id, "lost", "test")
    assert done is not None
    assert done.done
    run_until_quiet(app)
    clock.move(days=5)
    run_until_quiet(app)
    with app.database.read() as session:
        assert (session.get_one(Enrolment, passage).outcome) == "not_sendable"
    assert len(provider.asked) == 1


def test_a_lost_answer_is_a_person_s(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    clock.set(datetime(2026, 3, 14, 20, 0, tzinfo=NOW.tzinfo))
    reader.reads["thanks"] = reading("smalltalk")
    provider.will(Unknown("ReadTimeout"))
    text_in(app, cast, cast.ana, "thanks")
    clock.move(seconds=4)
    run_until_quiet(app)
    with app.database.read() as session:
        (answer,) = session.scalars(select(Outbound))
    settle(app, cast.shop_id, answer.public_id, "lost", "test")
    run_until_quiet(app)
    with app.database.read() as session:
        assert session.get_one(Conversation, cast.ana.conversation_id).holder == "nobody"
    assert len(provider.asked) == 1


def test_a_passage_that_has_gone_on_since_is_left_alone(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    clock.set(datetime(2026, 3, 14, 20, 0, tzinfo=NOW.tzinfo))
    passage = enrol_in(app, cast, cast.ana)
    provider.will(Unknown("ReadTimeout"))
    run_until_quiet(app)
    with app.database.write() as session:
        (opener,) = session.scalars(select(Outbound))
        session.execute(update(Enrolment).where(Enrolment.id == passage).values(turn=Enrolment.turn + 1))
    settle(app, cast.shop_id, opener.public_id, "lost", "test")
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Signal).where(Signal.taken_at.is_(None))) == 0


def test_the_carrier_knows_better_than_a_person(app: FakedApp, cast: Cast) -> None:
    lost(app, cast.ana)
    settle(app, cast.shop_id, "p-1", "lost", "test")
    assert row_of(app.database).status == "lost"
    record_report(app, a_report("delivered", sid="SM7"))
    row = row_of(app.database)
    assert (row.status, row.provider_id, row.why) == ("sent", "SM7", None)


def test_nothing_of_it_is_due_to_be_sent(app: FakedApp, cast: Cast, provider: FakeProvider) -> None:
    lost(app, cast.ana)
    settle(app, cast.shop_id, "p-1", "lost", "test")
    send_due(app)
    assert provider.asked == []


def test_somebody_without_a_number_is_not_looked_for(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    from bot.models import Customer

    lost(app, cast.ana)
    with app.database.write() as session:
        session.execute(update(Customer).values(phone=None))
    with app.database.read() as session:
        (text,) = open_unknowns(session)
    assert candidates(app, text) == []
