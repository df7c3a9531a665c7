"""I7: the journal replays to the same bytes, undone turns and all."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select, update

from bot.conversations.work import take_turns
from bot.history.replay import replay
from bot.models import Enrolment, Journal
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeReader, reading


def _talk(app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    reader.reads["got a coupon"] = reading("coupon")
    reader.reads["later"] = reading("later", slots={"later_until": "2026-12-01"})
    reader.reads["or the same again"] = reading("reorder")
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "got a coupon")
    clock.move(seconds=4)
    take_turns(app)
    text_in(app, cast, cast.ana, "or the same again")  # undoes the coupon's answer
    clock.move(seconds=4)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "later")
    clock.move(seconds=4)
    run_until_quiet(app)
    clock.move(days=12)
    run_until_quiet(app)


def test_a_conversation_replays_byte_for_byte(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    """Every passage, the undone turn included."""
    _talk(app, cast, reader, clock)
    with app.database.read() as session:
        passages = session.execute(select(Enrolment.id)).scalars().all()
        found = [replay(session, each) for each in passages]
    assert sum(each.turns for each in found) >= 5
    assert [each.differences for each in found] == [()] * len(found)


def test_a_changed_journal_is_noticed(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    """The comparison can fail."""
    _talk(app, cast, reader, clock)
    with app.database.write() as session:
        first = session.execute(select(Journal.id).order_by(Journal.id)).scalars().first()
        session.execute(update(Journal).where(Journal.id == first).values(texts=["something else"]))
        passage = session.execute(select(Journal.enrolment_id).where(Journal.id == first)).scalar_one()
        assert len(replay(session, passage).differences) == 1
