"""I7: the journal replays to the same bytes, undone turns and all."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.history import passages as history
from bot.history.replay import replay, replay_all
from bot.models import Enrolment, Journal
from tests.bot.history.talks import talk
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeReader

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def test_a_conversation_replays_byte_for_byte(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    """Every passage, the undone turn included."""
    talk(app, cast, reader, clock)
    with app.database.read() as session:
        passages = session.execute(select(Enrolment.id)).scalars().all()
        found = [replay(session, each) for each in passages]
    assert sum(each.turns for each in found) >= 5
    assert [each.differences for each in found] == [()] * len(found)


def test_a_changed_journal_is_noticed(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    """The comparison can fail."""
    talk(app, cast, reader, clock)
    with app.database.write() as session:
        first = session.execute(select(Journal.id).order_by(Journal.id)).scalars().first()
        session.execute(update(Journal).where(Journal.id == first).values(texts=["something else"]))
        passage = session.execute(select(Journal.enrolment_id).where(Journal.id == first)).scalar_one()
        assert len(replay(session, passage).differences) == 1


def test_the_whole_shop_is_replayed_in_pages(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of three rows ends in the middle of a passage."""
    talk(app, cast, reader, clock)
    with app.database.read() as session:
        passages = session.execute(select(Enrolment.id)).scalars().all()
        turns = sum(replay(session, each).turns for each in passages)
    monkeypatch.setattr(history, "PAGE", 3)
    seen: list[int] = []
    found = replay_all(app.database, cast.shop_id, seen.append)
    assert found.to_json() == {"turns": turns, "differences": [], "erased": 0, "other_engine": 0}
    assert seen[-1] == turns
    assert replay_all(app.database, cast.other_shop_id).turns == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("texts", ["something else"]),
        ("effects", []),
        ("event", {"type": "Ordered", "order": "1", "total_cents": 1, "at": "2026-11-21T20:00:00+00:00"}),
        ("event", {"type": "NoSuchEvent"}),
        ("facts", {"customer": "nobody"}),
    ],
)
def test_any_byte_that_was_changed_is_found(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock, column: str, value: object
) -> None:
    passage = talk(app, cast, reader, clock)
    with app.database.write() as session:
        session.execute(
            update(Journal).where(Journal.enrolment_id == passage, Journal.turn == 1).values({column: value})
        )
    found = replay_all(app.database, cast.shop_id)
    assert next((each.conversation, each.enrolment, each.turn) for each in found.differences) == (
        cast.ana.conversation_id,
        passage,
        1,
    )


def test_what_another_engine_wrote_is_counted_and_not_compared(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    passage = talk(app, cast, reader, clock)
    with app.database.write() as session:
        session.execute(
            update(Journal)
            .where(Journal.enrolment_id == passage, Journal.turn <= 2)
            .values(engine_version=2, effects=[])
        )
    found = replay_all(app.database, cast.shop_id)
    assert found.differences == ()
    assert found.other_engine >= 2
    assert found.turns >= 3
