"""What many ask for within the same second is asked once, and each sees what they would see alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.db import Database
from bot.inbox import Actor, listing, talk
from bot.inbox.filters import Filters
from bot.inbox.unread import read_to
from bot.inbox.watching import heartbeat
from bot.recent import Recent
from tests.bot.inbox.staffed import hear, hire, say, waits
from tests.support.cast import Cast
from tests.support.clock import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def tom(db: Database, cast: Cast) -> Actor:
    """An agent of Ana's and Ben's shop."""
    with db.write() as session:
        return hire(session, cast.shop_id, "Tom", NOW)


@pytest.fixture
def kim(db: Database, cast: Cast) -> Actor:
    """Another one."""
    with db.write() as session:
        return hire(session, cast.shop_id, "Kim", NOW)


def test_who_looks_at_the_same_view_shares_what_was_asked_a_moment_ago(
    db: Database, cast: Cast, tom: Actor, kim: Actor
) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW - HOUR)
        said = hear(session, cast.ana, "hi", NOW)
        read_to(session, tom, cast.ana.conversation_id, said)
        heartbeat(session, kim, cast.ana.conversation_id, NOW)
    recent, asked = Recent(60), list[str]()
    event.listen(db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    counts_of = []
    nina = replace(tom, staff_id=tom.staff_id + 1_000)  # looks at the list, and has nothing open
    for who in (tom, kim, tom, nina):
        with db.read() as session:
            before = len(asked)
            found = listing.mark(session, who, Filters(), NOW, NOW, recent)
            counts_of.append(sum("SELECT" in each for each in asked[before:]))
            assert found == listing.page(session, who, Filters(), NOW, NOW).mark, (
                "each has read something else"
            )
    assert counts_of[1:] == [0, 0, 1], "what she has read, and nothing besides"


def test_whoever_asks_asks_for_all_conversations_that_are_open(
    db: Database, cast: Cast, tom: Actor, kim: Actor
) -> None:
    asked, recent = list[str](), Recent(60)
    with db.write() as session:
        heartbeat(session, tom, cast.ana.conversation_id, NOW)
        heartbeat(session, kim, cast.ben.conversation_id, NOW)
        for n in range(20):  # more texts than a mark is made of
            say(session, cast.ana, f"hello {n}", NOW)
            say(session, cast.ben, f"hi {n}", NOW)
    with db.read() as session:
        alone = [talk.mark(session, tom, each.conversation_id, NOW) for each in (cast.ana, cast.ben)]
    event.listen(db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    with db.read() as session:
        together = [
            talk.mark(session, tom, each.conversation_id, NOW, recent) for each in (cast.ana, cast.ben)
        ]
        assert talk.mark(session, tom, 10**9, NOW, recent) is None
    assert together == alone
    assert sum("SELECT" in each for each in asked) == 3, "the news, who looks, and what nobody has open"
