"""A text that arrives while a turn is being taken, on a real PostgreSQL: whoever commits last, it is not forgotten."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from bot.conversations.turn import take_turns_together
from bot.db import Database
from bot.keys import Keys
from bot.models import Conversation, Inbound
from bot.settings import Settings
from tests.bot.conversations.loop import text_in
from tests.support.cast import bring_cast
from tests.support.clock import StillClock
from tests.support.databases import wait_for_a_lock
from tests.support.fakes import FakeBell, FakedApp, FakeProvider, FakeReader, reading


@pytest.mark.server
@pytest.mark.parametrize("body", ["where is it?", "please stop texting me"])
def test_a_text_that_arrives_during_a_turn_has_a_turn_of_its_own(
    postgres_db: Database, keys: Keys, settings: Settings, clock: StillClock, body: str
) -> None:
    """The turn sets the conversation to sleep; the mark of the text, which waited for its lock, wakes it again."""
    app = FakedApp(
        settings,
        clock,
        database=postgres_db,
        keys=keys,
        bell=FakeBell(),
        provider=FakeProvider(),
        reader=FakeReader(),
    )
    with postgres_db.write() as session:
        cast = bring_cast(session, keys, clock())
    text_in(app, cast, cast.ana, "hello")
    clock.move(seconds=4)
    arriving = threading.Thread(target=text_in, args=(app, cast, cast.ana, body))
    with postgres_db.write() as turn:
        first = turn.execute(select(Inbound.id)).scalar_one()
        whose = cast.ana.conversation_id
        readings = {whose: {(first,): reading("smalltalk")}}
        assert take_turns_together(turn, keys, "http://x", [whose], readings, clock) == 1
        turn.flush()
        arriving.start()
        wait_for_a_lock(postgres_db)
    arriving.join(10)
    with postgres_db.read() as session:
        row = session.get_one(Conversation, cast.ana.conversation_id)
        newest = session.execute(select(Inbound).order_by(Inbound.id.desc())).scalars().first()
        assert newest is not None
        assert newest.turned_at is None
        assert row.last_inbound_id == newest.id
        assert row.work_due_at == newest.settle_at
