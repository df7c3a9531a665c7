"""A word texted alone begins its flow: for whoever texts it, after everything that the law puts first."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select, update

from bot.audience import starts
from bot.conversations.receive import InboundText, receive
from bot.conversations.words import folded
from bot.conversations.work import take_turns
from bot.models import Consent, Conversation, Customer, Enrolment, Flow, Journal, Outbound, Shop
from tests.bot.audience.triggered import TEXT, begin, passages, source
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

WORDS = "{ keyword: [BREW, CAFÉ OLÉ] }"


@pytest.fixture
def ready(app: FakedApp, cast: Cast, clock: StillClock) -> int:
    """A flow of that word stands ready in Ana's shop. Gives the start's id."""
    with app.database.write() as session:
        session.execute(update(Shop).values(orders_known_at=clock()))
        return begin(session, cast.shop_id, source("brew", WORDS), clock()).id


def say(app: FakedApp, cast: Cast, clock: StillClock, body: str) -> None:
    """Ana texts it, and everything that follows is done."""
    text_in(app, cast, cast.ana, body)
    clock.move(seconds=5)
    run_until_quiet(app)


def theirs(app: FakedApp) -> list[Enrolment]:
    with app.database.read() as session:
        return passages(session, "brew")


@pytest.mark.parametrize(
    "body", ["BREW", "brew", " Brew! ", "«brew»", "b r e w", "cafe ole", "CAFÉ-OLÉ.", "Brew\n"]
)
def test_the_word_alone_begins_it_however_it_is_written(
    app: FakedApp, cast: Cast, clock: StillClock, ready: int, provider: FakeProvider, body: str
) -> None:
    say(app, cast, clock, body)
    assert provider.bodies == [TEXT]
    assert [each.status for each in theirs(app)] == ["active"]
    with app.database.read() as session:
        row = session.execute(select(Outbound)).scalar_one()
        assert row.kind == "answer"
        assert (row.effect or {}).get("prompted_by") == "keyword"


@pytest.mark.parametrize(
    "body",
    [
        "brew please",
        "what is brew",
        "brewery",
        "Liked “BREW”",
        "",
        "STOP",
        "START",
        "JOIN",
        "brew?? no, stop",
    ],
)
def test_anything_else_does_not(app: FakedApp, cast: Cast, clock: StillClock, ready: int, body: str) -> None:
    say(app, cast, clock, body)
    assert theirs(app) == []


def test_a_stranger_is_answered_and_has_not_consented_thereby(
    app: FakedApp, cast: Cast, clock: StillClock, ready: int, provider: FakeProvider
) -> None:
    stranger = InboundText(ACCOUNT, "SM" + "9" * 32, "+16465550188", cast.number, "Brew")
    receive(app, stranger)
    receive(app, stranger)
    clock.move(seconds=5)
    run_until_quiet(app)
    assert provider.bodies == [TEXT]
    with app.database.read() as session:
        made = session.execute(select(Customer).where(Customer.phone == "+16465550188")).scalar_one()
        assert session.get(Consent, (made.shop_id, made.phone_key)) is None


def test_in_another_shop_and_after_the_stop_it_is_a_word_like_any_other(
    app: FakedApp, cast: Cast, clock: StillClock, ready: int
) -> None:
    text_in(app, cast, cast.cleo, "BREW")
    clock.move(seconds=5)
    run_until_quiet(app)
    with app.database.write() as session:
        flow = session.execute(select(Flow.id).where(Flow.name == "brew")).scalar_one()
        assert starts.running(session, cast.shop_id, flow) is not None
        assert starts.stop(session, cast.shop_id, flow) == 1
    say(app, cast, clock, "BREW")
    assert theirs(app) == []


def test_whoever_said_stop_is_not_answered(
    app: FakedApp, cast: Cast, clock: StillClock, ready: int, provider: FakeProvider
) -> None:
    text_in(app, cast, cast.ben, "BREW")
    clock.move(seconds=5)
    run_until_quiet(app)
    assert theirs(app) == []
    assert provider.bodies == []


@pytest.mark.parametrize("holder", ["staff", "nobody"])
def test_while_a_person_has_the_conversation_it_is_theirs(
    app: FakedApp, cast: Cast, clock: StillClock, ready: int, holder: str
) -> None:
    with app.database.write() as session:
        session.execute(
            update(Conversation)
            .where(Conversation.id == cast.ana.conversation_id)
            .values(holder=holder, held_since=clock())
        )
    say(app, cast, clock, "BREW")
    assert theirs(app) == []


def test_what_speaks_with_them_makes_room_and_the_word_again_begins_anew(
    app: FakedApp, cast: Cast, clock: StillClock, ready: int, provider: FakeProvider
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("back", "{ lapsed: 45 to 365 days }"), clock())
    while starts.run_due(app):
        pass
    run_until_quiet(app)
    say(app, cast, clock, "BREW")
    with app.database.read() as session:
        assert [each.outcome for each in passages(session, "back")] == ["another flow was asked for"]
    clock.move(hours=1)
    say(app, cast, clock, "BREW")
    assert [(each.passage, each.status) for each in theirs(app)] == [(1, "ended"), (2, "active")]
    assert provider.bodies == [TEXT, TEXT, TEXT]


def test_twice_in_one_breath_is_once_and_beside_other_words_it_is_a_reply(
    app: FakedApp, cast: Cast, clock: StillClock, ready: int, provider: FakeProvider
) -> None:
    text_in(app, cast, cast.ana, "BREW")
    say(app, cast, clock, "brew")
    assert provider.bodies == [TEXT]
    assert len(theirs(app)) == 1
    with app.database.read() as session:
        begun = session.execute(
            select(Journal.inbound_ids).where(Journal.enrolment_id == theirs(app)[0].id).order_by(Journal.id)
        ).scalars()
        assert len(next(iter(begun))) == 2


def test_an_opt_out_that_the_model_sees_goes_first(
    app: FakedApp, cast: Cast, clock: StillClock, ready: int, reader: FakeReader
) -> None:
    reader.reads["brew"] = reading("opt_out", opt_out="opted_out")
    say(app, cast, clock, "brew")
    assert theirs(app) == []


def test_the_flow_s_own_again_is_kept_to(app: FakedApp, cast: Cast, clock: StillClock, ready: int) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("tea", "{ keyword: TEA, again: 10 days }"), clock())
    say(app, cast, clock, "TEA")
    say(app, cast, clock, "TEA")
    with app.database.write() as session:
        (only,) = passages(session, "tea")
        only.status, only.outcome, only.ended_at = "ended", "silent", clock()
    clock.move(days=9)
    say(app, cast, clock, "TEA")
    with app.database.read() as session:
        assert len(passages(session, "tea")) == 1
    clock.move(days=2)
    say(app, cast, clock, "TEA")
    with app.database.read() as session:
        assert [each.passage for each in passages(session, "tea")] == [1, 2]


def test_the_control_group_is_noted_and_answered_by_the_desk(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("brew", WORDS, "holdout: 99%"), clock())
    say(app, cast, clock, "BREW")
    assert [each.arm for each in theirs(app)] == ["control"]
    assert TEXT not in provider.bodies
    assert len(provider.bodies) == 1
    say(app, cast, clock, "BREW")
    assert len(provider.bodies) == 2


@pytest.mark.parametrize("why", ["held", "control", "again"])
def test_where_the_first_flow_of_a_word_may_not_begin_the_next_does(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, why: str
) -> None:
    more = ["holdout: 99%"] if why == "control" else []
    trigger = "{ keyword: TEA, again: 10 days }" if why == "again" else "{ keyword: TEA }"
    with app.database.write() as session:
        session.execute(update(Shop).values(orders_known_at=clock()))
        begin(session, cast.shop_id, source("first", trigger, *more), clock())
        if why == "held":
            session.execute(update(Flow).where(Flow.name == "first").values(held_at=clock()))
    if why == "again":
        say(app, cast, clock, "TEA")
        with app.database.write() as session:
            (only,) = passages(session, "first")
            only.status, only.outcome, only.ended_at = "ended", "silent", clock()
    with app.database.write() as session:
        begin(session, cast.shop_id, source("second", "{ keyword: TEA }"), clock())
    say(app, cast, clock, "TEA")
    with app.database.read() as session:
        assert [each.status for each in passages(session, "second")] == ["active"]
    assert provider.bodies[-1] == TEXT


def test_whether_flows_wait_for_words_is_asked_once_for_all_that_was_texted(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    text_in(app, cast, cast.ana, "brew")
    text_in(app, cast, cast.ben, "kettle")
    clock.move(seconds=5)
    asked: list[str] = []
    with app.database.read() as session:
        engine = session.get_bind()

    def seen(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(engine, "before_cursor_execute", seen)
    take_turns(app)
    event.remove(engine, "before_cursor_execute", seen)
    assert len([each for each in asked if "FROM flow_starts" in each and "status = 'running'" in each]) == 1


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Café  Olé!", "cafeole"),
        ("BREW", "brew"),
        ("Liked “BREW”", ""),
        ("x" * 50, ""),
        ("👍", ""),
        ("1+1", "11"),
    ],
)
def test_folding(text: str, word: str) -> None:
    assert folded(text) == word
