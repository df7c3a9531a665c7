"""The bot speaks again: the time that people took is not the customer's silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.conversations import holders
from bot.conversations.signals import signal
from bot.models import Conversation, Timer
from flows.events import HandedBack
from tests.bot.conversations.loop import enrol_in, run_until_quiet
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider


def test_a_wait_that_ran_out_in_a_persons_hands_begins_anew(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """Somebody took the conversation from a flow that was waiting, and gives it back ten days later."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    with app.database.write() as session:
        holders.take_over(session.get_one(Conversation, cast.ana.conversation_id), 1, clock())
    clock.move(days=10)
    run_until_quiet(app)
    with app.database.write() as session:
        held = session.get_one(Conversation, cast.ana.conversation_id)
        holders.hand_back(held, clock())
        session.flush()
        signal(session, cast.shop_id, held.id, None, "handed-back", HandedBack(None), clock())
    run_until_quiet(app)
    assert len(provider.bodies) == 1, "no offer in the second in which the person let go"
    with app.database.read() as session:
        due = session.execute(select(Timer.due_at).where(Timer.status == "armed")).scalar_one()
    assert due == clock() + timedelta(days=4)
