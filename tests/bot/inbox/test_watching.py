"""Who looks and who types: real time, seconds long, and a table of those who look now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.db import Database
from bot.inbox import Actor
from bot.inbox.watching import EARLY, LOOKS, TYPES, heartbeat, leave, stale, who_watches
from bot.models import Conversation, Staff, Watch
from tests.bot.inbox.staffed import hire
from tests.support.cast import Cast
from tests.support.clock import NOW

SECOND = timedelta(seconds=1)


@pytest.fixture
def two(db: Database, cast: Cast) -> tuple[Actor, Actor]:
    """Tom and Kim."""
    with db.write() as session:
        return hire(session, cast.shop_id, "Tom", NOW), hire(session, cast.shop_id, "Kim", NOW)


def seen(db: Database, actor: Actor, conversation_id: int, real: object = NOW) -> list[tuple[str, bool]]:
    """Whom the actor sees in one conversation."""
    with db.read() as session:
        found = who_watches(session, actor, [conversation_id], real)  # type: ignore[arg-type]
    return [(each.name, each.typing) for each in found.get(conversation_id, ())]


def test_each_sees_the_other_and_not_themselves(db: Database, cast: Cast, two: tuple[Actor, Actor]) -> None:
    tom, kim = two
    ana = cast.ana.conversation_id
    with db.write() as session:
        assert heartbeat(session, tom, ana, NOW)
        assert heartbeat(session, kim, ana, NOW, typing=True)
    assert seen(db, tom, ana) == [("Kim", True)]
    assert seen(db, kim, ana) == [("Tom", False)]
    assert seen(db, tom, cast.ben.conversation_id) == []


def test_a_look_ends_by_itself_and_typing_sooner(db: Database, cast: Cast, two: tuple[Actor, Actor]) -> None:
    tom, kim = two
    ana = cast.ana.conversation_id
    with db.write() as session:
        heartbeat(session, kim, ana, NOW, typing=True)
    assert seen(db, tom, ana, NOW + TYPES) == [("Kim", False)]
    assert seen(db, tom, ana, NOW + LOOKS) == []


def test_who_leaves_is_gone_at_once(db: Database, cast: Cast, two: tuple[Actor, Actor]) -> None:
    tom, kim = two
    with db.write() as session:
        heartbeat(session, kim, cast.ana.conversation_id, NOW)
        leave(session, kim, cast.ana.conversation_id)
    assert seen(db, tom, cast.ana.conversation_id) == []


def test_nobody_watches_another_shops_conversation(
    db: Database, cast: Cast, two: tuple[Actor, Actor]
) -> None:
    tom, _ = two
    with db.write() as session:
        cara = hire(session, cast.other_shop_id, "Cara", NOW)
        assert heartbeat(session, cara, cast.cleo.conversation_id, NOW)
        assert not heartbeat(session, tom, cast.cleo.conversation_id, NOW)
        assert not heartbeat(session, tom, 10**9, NOW)
    assert seen(db, tom, cast.cleo.conversation_id) == []


def test_somebody_who_works_here_no_more_is_not_seen(
    db: Database, cast: Cast, two: tuple[Actor, Actor]
) -> None:
    tom, kim = two
    with db.write() as session:
        heartbeat(session, kim, cast.ana.conversation_id, NOW)
        session.get_one(Staff, kim.staff_id).active = False
    assert seen(db, tom, cast.ana.conversation_id) == []


def test_a_page_that_asks_each_second_writes_seldom(
    db: Database, cast: Cast, two: tuple[Actor, Actor]
) -> None:
    tom, _ = two
    ana, writes = cast.ana.conversation_id, 0
    for second in range(60):
        real = NOW + second * SECOND
        with db.read() as session:
            writes_now = stale(session, tom, ana, real, typing=False)
        if writes_now:
            writes += 1
            with db.write() as session:
                heartbeat(session, tom, ana, real)
    assert writes == pytest.approx(60 / (LOOKS - EARLY).total_seconds(), abs=2)


@pytest.mark.parametrize(
    ("typed", "types", "after", "news"),
    [
        (False, True, 0, True),
        (True, True, 1, False),
        (True, True, 4, True),  # half of it is over
        (True, False, 1, True),  # stopped
        (False, False, 1, False),
        (True, False, 7, False),  # that it ended says itself
    ],
)
def test_typing_is_told_when_it_begins_goes_on_or_ends(
    db: Database, cast: Cast, two: tuple[Actor, Actor], typed: bool, types: bool, after: int, news: bool
) -> None:
    tom, _ = two
    with db.write() as session:
        heartbeat(session, tom, cast.ana.conversation_id, NOW, typing=typed)
    with db.read() as session:
        found = stale(session, tom, cast.ana.conversation_id, NOW + after * SECOND, typing=types)
    assert found is (news or after * SECOND > LOOKS - EARLY)


def test_looking_around_leaves_no_rows_behind_and_changes_no_version(
    db: Database, cast: Cast, two: tuple[Actor, Actor]
) -> None:
    tom, _ = two
    with db.write() as session:
        for n in range(10):
            who = (cast.ana, cast.ben)[n % 2]
            heartbeat(session, tom, who.conversation_id, NOW + n * LOOKS * 2)
        assert session.execute(select(func.count()).select_from(Watch)).scalar_one() == 1
        assert session.get_one(Conversation, cast.ana.conversation_id).version == 0
