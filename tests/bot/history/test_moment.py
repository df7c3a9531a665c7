"""The state at any second, and the names that a conversation goes by."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.history.moment import Moment, moment
from bot.history.whose import conversation_named
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.bot.history.talks import BEGIN, talk
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


def stood(app: FakedApp, cast: Cast, seconds: float) -> Moment:
    """Ana's conversation so many seconds after the first text."""
    with app.database.read() as session:
        return moment(session, cast.ana.conversation_id, BEGIN + timedelta(seconds=seconds))


def test_the_second_before_a_turn_and_the_second_of_it(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    passage = talk(app, cast, reader, clock)
    before, of_it = stood(app, cast, 11), stood(app, cast, 12)
    assert [(each.enrolment, each.node, each.phase) for each in before.passages] == [
        (passage, "same_again", "waiting")
    ]
    assert [each.node for each in of_it.passages] == ["come_back_later"]
    assert before.passages[0].next_timer == BEGIN + timedelta(days=3, seconds=8)
    assert of_it.passages[0].values["later_until"] == "2026-12-01"
    assert [each.who for each in before.said] == ["bot", "customer", "bot"]
    assert [each.who for each in of_it.said] == ["bot", "customer", "bot", "customer", "bot"]
    assert of_it.said[1].words == "got a coupon\nor the same again"
    assert all(each.left for each in of_it.said if each.who == "bot")


def test_before_anything_there_is_nothing(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    talk(app, cast, reader, clock)
    assert stood(app, cast, -1).passages == ()
    assert stood(app, cast, -1).said == ()


def test_who_speaks_is_known_before_and_after_a_hand_off(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock
) -> None:
    clock.set(BEGIN)
    reader.reads["a person"] = reading("human")
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "a person")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert stood(app, cast, 3).holder == "bot"
    assert stood(app, cast, 4).holder == "nobody"
    assert stood(app, cast, 4).passages[0].phase == "handed_off"


@pytest.mark.parametrize("name", ["{id}", "+1 415 555 0101", "(415) 555-0101", "{public}", "{sid}"])
def test_a_conversation_is_found_by_any_of_its_names(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, name: str
) -> None:
    clock.set(BEGIN)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    sid = text_in(app, cast, cast.ana, "hello")
    named = name.format(id=cast.ana.conversation_id, public=provider.asked[0].public_id, sid=sid)
    with app.database.read() as session:
        assert conversation_named(session, app.keys, cast.shop_id, named) == cast.ana.conversation_id
        assert conversation_named(session, app.keys, cast.other_shop_id, named) is None


def test_what_is_no_name_finds_nothing(app: FakedApp, cast: Cast) -> None:
    with app.database.read() as session:
        for name in ("404", "nonsense", "+14155550199", "SM" + "0" * 32):
            assert conversation_named(session, app.keys, cast.shop_id, name) is None
