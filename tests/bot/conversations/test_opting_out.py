"""Stop in all its company: twice, with a question, after a JOIN, while people speak. One confirmation, nobody lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.conversations import holders
from bot.conversations.receive import InboundText, receive
from bot.conversations.turn import take_turns_together
from bot.conversations.work import take_turns
from bot.models import Conversation, Inbound
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

STOP_AND_ASK = "stop texting me, but where is my refund?"


@pytest.fixture(autouse=True)
def _evening(clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_an_opt_out_said_twice_is_confirmed_once(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader
) -> None:
    """R5: at most one confirmation, also while the first one's five minutes run."""
    reader.reads["please stop texting me"] = reading("stop", opt_out="opted_out")
    text_in(app, cast, cast.ana, "please stop texting me")
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "please stop texting me")
    run_until_quiet(app)
    assert len(provider.bodies) == 1


def test_a_second_bare_stop_is_not_answered_by_us(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """R7: the provider answered the first, and it blocks what would follow the second."""
    reader.reads["stop"] = reading("stop", opt_out="opted_out")
    text_in(app, cast, cast.ana, "STOP")
    text_in(app, cast, cast.ana, "STOP")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert provider.bodies == []
    assert conversation(app, cast.ana).holder == "bot"


@pytest.mark.parametrize("words", ["what is this about", "quien es", "who is this?"])
def test_r5_r62_after_the_confirmation_only_the_word_help_is_answered(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock, words: str
) -> None:
    twilio = app.settings.twilio.model_copy(update={"keyword_replies": "winback"})
    object.__setattr__(app, "settings", app.settings.model_copy(update={"twilio": twilio}))
    for each in (words, "HELP"):
        reader.reads[each] = reading("help", slots={"asks": "who"} if "who" in each else {})
    text_in(app, cast, cast.ana, "STOP")
    run_until_quiet(app)
    (confirmed,) = provider.bodies
    assert "opted out" in confirmed
    text_in(app, cast, cast.ana, words)
    clock.move(seconds=app.settings.settle_seconds)
    run_until_quiet(app)
    assert provider.bodies == [confirmed], "it is the only further text"
    text_in(app, cast, cast.ana, "HELP")
    clock.move(seconds=app.settings.settle_seconds)
    run_until_quiet(app)
    assert "People: " in provider.bodies[1]


def test_a_question_beside_an_opt_out_is_not_lost_when_it_was_not_read_in_time(
    app: FakedApp, cast: Cast, reader: FakeReader
) -> None:
    """R147, I16: the text came in between the reading and the turn. In force at once, heard when it is read."""
    text_in(app, cast, cast.ana, STOP_AND_ASK)
    with app.database.write() as session:
        take_turns_together(session, app.keys, "http://x", [cast.ana.conversation_id], {}, app.real_now)
    with app.database.read() as session:
        assert session.execute(select(Inbound.turned_at)).scalar_one() is None
    reader.reads[STOP_AND_ASK] = reading("stop", opt_out="opted_out", also="order_issue")
    run_until_quiet(app)
    assert conversation(app, cast.ana).holder == "nobody"
    assert conversation(app, cast.ana).open_matter == "question"


def test_an_opt_out_with_a_question_leaves_the_conversation_with_whom_it_is(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """I6: only the bot's own conversation can be handed off by the bot; the open question is noted all the same."""
    with app.database.write() as session:
        holders.take_over(session.get_one(Conversation, cast.ana.conversation_id), 7, clock())
    reader.reads[STOP_AND_ASK] = reading("stop", opt_out="opted_out", also="order_issue")
    text_in(app, cast, cast.ana, STOP_AND_ASK)
    run_until_quiet(app)
    held = conversation(app, cast.ana)
    assert (held.holder, held.staff_id, held.open_matter) == ("staff", 7, "question")
    assert "opted out" in provider.bodies[0]


def test_nobody_is_told_that_they_are_in_after_they_said_stop(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    """JOIN and STOP before a worker came: the confirmation of the first would be a text after the second."""
    for sid, body in (("SM1", "JOIN"), ("SM2", "STOP")):
        receive(app, InboundText(ACCOUNT, sid, "+14155550187", cast.number, body))
    run_until_quiet(app)
    assert provider.bodies == []
    with app.database.read() as session:
        assert set(session.execute(select(Conversation.holder)).scalars()) == {"bot"}


def test_a_confirmation_that_comes_too_late_is_dropped_and_makes_nobody_work(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """R5: within five minutes or not at all. There is nothing in it that a person would have to say instead."""
    text_in(app, cast, cast.ana, "please stop texting me")
    clock.move(minutes=6)
    run_until_quiet(app)
    assert provider.bodies == []
    assert conversation(app, cast.ana).holder == "bot"


def test_what_the_model_finds_again_is_not_confirmed_again(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    reader.reads["these bring me no joy"] = reading("stop", opt_out="opted_out")
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    for _ in range(2):
        text_in(app, cast, cast.ana, "these bring me no joy")
        clock.move(seconds=4)
        take_turns(app)
        run_until_quiet(app)
    assert len(provider.bodies) == 2
