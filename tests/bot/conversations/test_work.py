"""Draining: one conversation's fault is its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy import select, update

from bot.conversations.work import take_turns
from bot.models import Conversation, Outbound
from bot.sending.dispatch import send_due
from nlu.interpretation import Interpretation
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


class Choking(FakeReader):
    """Cannot read one text."""

    def read(self, text: str, *, today: date, answers: Mapping[str, str]) -> Interpretation:
        if "poison" in text:
            raise ValueError("cannot be read")
        return super().read(text, today=today, answers=answers)


def test_a_conversation_that_fails_keeps_nobody_else_waiting(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """It is the oldest, so it would come first each time; put off for a minute, it is tried again."""
    choking = Choking()
    object.__setattr__(app, "reader", choking)
    choking.reads["hello"] = reading("smalltalk")
    text_in(app, cast, cast.ana, "poison")
    clock.move(seconds=1)
    text_in(app, cast, cast.cleo, "hello")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert [text.to for text in provider.asked] == [cast.cleo.phone]
    with app.database.read() as session:
        due = session.execute(
            select(Conversation.work_due_at).where(Conversation.id == cast.ana.conversation_id)
        ).scalar_one()
    assert due is not None
    assert due > clock(), "nothing is lost: it comes again"


def test_a_text_that_cannot_be_claimed_keeps_nobody_else_waiting(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """And whatever was claimed beside it is sent, not left behind as unknown."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))  # every window is open
    enrol_in(app, cast, cast.cleo)
    enrol_in(app, cast, cast.ana)
    take_turns(app)
    with app.database.write() as session:
        session.execute(
            update(Outbound)
            .where(Outbound.conversation_id == cast.ana.conversation_id)
            .values(effect={"type": "nonsense"}, created_at=clock.now.replace(year=2025))
        )
    send_due(app)
    assert [text.to for text in provider.asked] == [cast.cleo.phone]
    with app.database.read() as session:
        assert set(session.execute(select(Outbound.status)).scalars()) == {"sent", "ready"}
        assert (
            session.execute(select(Outbound.due_at).where(Outbound.status == "ready")).scalar_one() > clock()
        )
