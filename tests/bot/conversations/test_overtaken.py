"""A text that overtakes an answer: a stop, HELP, START, a thumb. And what the law asks for, whoever speaks (R5, R122, I16)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.conversations import holders
from bot.conversations.signals import signal
from bot.conversations.work import take_turns
from bot.models import Conversation, Outbound, Shop
from bot.sending.dispatch import send_due
from bot.settings import Settings
from flows.events import Ordered
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

STOP = "please stop texting me"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Carriers' words are ours to answer."""
    ours = settings.twilio.model_copy(update={"keyword_replies": "winback"})
    return settings.model_copy(update={"twilio": ours})


@pytest.fixture(autouse=True)
def _evening(clock: StillClock, reader: FakeReader) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    reader.reads[STOP] = reading("stop", opt_out="opted_out")


def _take_over(app: FakedApp, cast: Cast, now: datetime) -> None:
    with app.database.write() as session:
        holders.take_over(session.get_one(Conversation, cast.ana.conversation_id), 7, now)


@pytest.mark.parametrize(
    ("intent", "holder"),
    [("yes", "bot"), ("reorder", "bot"), ("smalltalk", "bot"), ("other", "nobody")],
)
@pytest.mark.parametrize("in_a_flow", [True, False], ids=["in a flow", "at the front desk"])
def test_what_a_stop_overtakes_goes_to_a_person_when_it_asks_for_more_than_a_text(
    app: FakedApp,
    cast: Cast,
    reader: FakeReader,
    clock: StillClock,
    intent: str,
    holder: str,
    in_a_flow: bool,
) -> None:
    """I16. After a stop no answer may leave; a «yes» needs none, what was not understood may be anything."""
    if in_a_flow:
        enrol_in(app, cast, cast.ana)
        run_until_quiet(app)
    reader.reads["said before"] = reading(intent)
    text_in(app, cast, cast.ana, "said before")
    clock.move(seconds=4)
    take_turns(app)  # written, and not sent
    text_in(app, cast, cast.ana, STOP)
    run_until_quiet(app)
    assert conversation(app, cast.ana).holder == holder


def test_the_confirmation_of_a_stop_leaves_although_somebody_took_over(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """R5: it is the shop's, not the bot's."""
    text_in(app, cast, cast.ana, STOP)
    take_turns(app)
    _take_over(app, cast, clock())
    run_until_quiet(app)
    assert [("opted out" in body) for body in provider.bodies] == [True]


@pytest.mark.parametrize("when", ["before", "after", "handed off"])
def test_the_word_help_is_answered_while_people_hold_the_conversation(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock, when: str
) -> None:
    """R122: asked before or after they took over, or after the bot itself handed off."""
    if when == "handed off":
        reader.reads["a person please"] = reading("human")
        text_in(app, cast, cast.ana, "a person please")
        clock.move(seconds=4)
        run_until_quiet(app)
    if when == "after":
        _take_over(app, cast, clock())
    text_in(app, cast, cast.ana, "HELP")
    take_turns(app)
    if when == "before":
        _take_over(app, cast, clock())
    run_until_quiet(app)
    assert sum("automated text bot" in body for body in provider.bodies) == 1
    assert conversation(app, cast.ana).holder == ("nobody" if when == "handed off" else "staff")


def test_help_in_own_words_is_the_persons_once_somebody_took_over(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """I6: «are you a bot?» is no carrier's word."""
    reader.reads["are you a bot"] = reading("help")
    text_in(app, cast, cast.ana, "are you a bot")
    clock.move(seconds=4)
    take_turns(app)
    _take_over(app, cast, clock())
    run_until_quiet(app)
    assert provider.bodies == []


@pytest.mark.parametrize("word", ["HELP", "START"])
def test_a_carriers_word_does_not_swallow_what_was_asked_before_it(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock, word: str
) -> None:
    """The answer is outdated by then, the word is answered apart from it, and a person has the rest."""
    reader.reads["same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    take_turns(app)
    text_in(app, cast, cast.ana, word)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    assert conversation(app, cast.ana).holder == "nobody"


def test_a_thumb_takes_nothing_back(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """R146: the answer that it withholds is written again."""
    reader.reads["same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    take_turns(app)
    text_in(app, cast, cast.ana, "Liked “Hi Ana, Juniper's text bot here. STOP to opt out.”")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    assert "Here's your cart" in provider.bodies[0]


def test_an_order_ends_the_flow_and_the_answer_that_was_asked_for_leaves(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """What nobody asked for is withheld by the end of its passage; an answer is not."""
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["hm"] = reading("other")
    text_in(app, cast, cast.ana, "hm")
    clock.move(seconds=4)
    take_turns(app)
    _order(app, cast, clock())
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    with app.database.read() as session:
        rows = session.execute(select(Outbound.status).where(Outbound.enrolment_id == passage)).scalars()
        assert list(rows) == ["sent", "sent"]


def _order(app: FakedApp, cast: Cast, now: datetime) -> None:
    with app.database.write() as session:
        talk = cast.ana.conversation_id
        signal(session, cast.shop_id, talk, None, "ordered:1", Ordered("1", 3100, now), now)


@pytest.mark.parametrize("what", ["put off", "denied", "withheld"])
def test_a_screen_hears_of_a_text_that_does_not_leave(
    app: FakedApp, cast: Cast, reader: FakeReader, clock: StillClock, what: str
) -> None:
    """The version moves whenever dispatch decides something."""
    text_in(app, cast, cast.ana, "hello")
    clock.move(seconds=4)
    take_turns(app)
    if what == "put off":
        with app.database.write() as session:
            session.get_one(Shop, cast.shop_id).state = "paused"
    elif what == "denied":
        with app.database.write() as session:
            session.get_one(Conversation, cast.ana.conversation_id).holder = "staff"
    else:
        _take_over(app, cast, clock())
    before = conversation(app, cast.ana).version
    send_due(app)
    assert conversation(app, cast.ana).version == before + 1


def test_who_is_back_before_the_stop_was_confirmed_is_not_told_that_they_are_out(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """By then it is not true any more; what is true is said."""
    text_in(app, cast, cast.ana, STOP)
    clock.move(seconds=4)
    take_turns(app)
    text_in(app, cast, cast.ana, "START")
    run_until_quiet(app)
    assert not any("opted out" in body for body in provider.bodies)
    assert len(provider.bodies) == 1
