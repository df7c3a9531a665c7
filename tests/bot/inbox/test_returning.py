"""Back to the bot: by a person or by the shop's rule, never over an unanswered text, and no offer for a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.conversations import holders
from bot.inbox import Actor, Done, Gone, HeldBy
from bot.inbox.due import mind
from bot.inbox.holding import no_answer_needed, take_over
from bot.inbox.newer import NewerText
from bot.inbox.promises import Promised, keep, promise
from bot.inbox.replying import Written, write
from bot.inbox.returning import AtNode, EndThem, GivenBack, NoSuchNode, close, hand_back, places
from bot.jobs.clockwork import TheCore, tick
from bot.models import Conversation, Enrolment, Note, Outbound, Shop
from bot.timetravel import next_due
from tests.bot.conversations.loop import conversation, enrol_in, enrolment, run_until_quiet, text_in
from tests.bot.inbox.staffed import change, hire
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def _stage(app: FakedApp, cast: Cast, clock: StillClock, reader: FakeReader) -> None:
    reader.reads |= {"same again": reading("reorder"), "a person please": reading("human")}
    with app.database.write() as session:
        session.get_one(Shop, cast.shop_id).settings = {"return_hours": 4}


@pytest.fixture
def tom(app: FakedApp, cast: Cast, clock: StillClock) -> Actor:
    """An agent of Ana's shop."""
    with app.database.write() as session:
        return hire(session, cast.shop_id, "Tom", clock())


def held_by(app: FakedApp, cast: Cast, actor: Actor) -> None:
    """The actor takes Ana's conversation over."""
    with app.database.write() as session:
        take_over(session, cast.ana.conversation_id, actor, app.real_now())


def test_a_text_that_came_just_before_the_hand_back_is_answered_by_the_bot(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    """It would be lost otherwise: the passage is with people until it hears that it is not (I16)."""
    text_in(app, cast, cast.ana, "a person please")
    clock.move(seconds=4)
    run_until_quiet(app)
    provider.asked.clear()
    held_by(app, cast, tom)
    text_in(app, cast, cast.ana, "same again")
    with app.database.write() as session:
        given = hand_back(session, cast.ana.conversation_id, tom, clock())
    assert given == GivenBack(clock() + timedelta(hours=24))
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 1


def test_it_goes_back_by_itself_when_nothing_is_owed_and_staff_read_so(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    held_by(app, cast, tom)
    assert conversation(app, cast.ana).return_at == clock() + timedelta(hours=4)
    with app.database.read() as session:
        assert next_due(session, clock()) == clock() + timedelta(hours=4)
    clock.move(hours=3)
    mind(app)
    assert conversation(app, cast.ana).holder == "staff"
    clock.move(hours=1)
    for _ in range(2):
        tick(app, lambda _lane: True, TheCore())
    after = conversation(app, cast.ana)
    assert (after.holder, after.returned_at, after.return_at) == ("bot", clock(), None)
    with app.database.read() as session:
        notes = session.execute(select(Note.kind, Note.staff_id).order_by(Note.id)).all()
    assert [tuple(each) for each in notes] == [("took_over", tom.staff_id), ("returned", None)]


def owes(app: FakedApp, cast: Cast, tom: Actor) -> None:
    with app.database.write() as session:
        change(session, cast.ana, owed_since=app.real_now())


def complains(app: FakedApp, cast: Cast, tom: Actor) -> None:
    with app.database.write() as session:
        change(session, cast.ana, open_matter="complaint")


def promises(app: FakedApp, cast: Cast, tom: Actor) -> None:
    with app.database.write() as session:
        now = app.real_now()
        made = promise(session, cast.ana.conversation_id, "call", now + timedelta(hours=9), tom, now)
        assert isinstance(made, Promised)


def writes_for_tomorrow(app: FakedApp, cast: Cast, tom: Actor) -> None:
    with app.database.write() as session:
        now = app.real_now()
        at = now + timedelta(days=1)
        made = write(session, app, cast.ana.conversation_id, "Hi", tom, None, now, form="f", at=at)
        assert isinstance(made, Written)


@pytest.mark.parametrize(
    ("stands_against", "said"),
    [
        (owes, "Not given back to the bot: a text of the customer is not answered."),
        (complains, "Not given back to the bot: a complaint is open."),
        (promises, "Not given back to the bot: a promise is not kept yet."),
        (writes_for_tomorrow, "Not given back to the bot: a colleague's text has not left yet."),
    ],
)
def test_a_return_is_refused_moved_on_and_said_once(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, stands_against: object, said: str
) -> None:
    held_by(app, cast, tom)
    assert callable(stands_against)
    stands_against(app, cast, tom)
    for hour in (4, 5, 6):
        clock.move(hours=4 if hour == 4 else 1)
        mind(app)
        held = conversation(app, cast.ana)
        assert (held.holder, held.return_at) == ("staff", clock() + timedelta(hours=1))
    with app.database.read() as session:
        assert session.scalars(select(Note.body).where(Note.kind == "returned")).all() == [said]


def test_what_stood_against_it_is_settled_and_it_goes_back(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    held_by(app, cast, tom)
    owes(app, cast, tom)
    clock.move(hours=4)
    mind(app)
    with app.database.write() as session:
        no_answer_needed(session, cast.ana.conversation_id, tom, clock())
    clock.move(hours=1)
    mind(app)
    assert conversation(app, cast.ana).holder == "bot"


def test_without_the_setting_people_keep_it(app: FakedApp, cast: Cast, clock: StillClock, tom: Actor) -> None:
    held_by(app, cast, tom)
    with app.database.write() as session:
        session.get_one(Shop, cast.shop_id).settings = {}
    clock.move(days=30)
    mind(app)
    held = conversation(app, cast.ana)
    assert (held.holder, held.return_at) == ("staff", None)


def test_nothing_of_marketing_leaves_within_a_day_of_a_return(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))  # a Saturday: inside every window
    held_by(app, cast, tom)
    with app.database.write() as session:
        hand_back(session, cast.ana.conversation_id, tom, clock())
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(hours=23, minutes=59)
    run_until_quiet(app)
    assert provider.bodies == []
    with app.database.read() as session:
        assert "gave the conversation back" in str(session.execute(select(Outbound.why)).scalar_one())
    clock.move(minutes=1)
    run_until_quiet(app)
    assert len(provider.bodies) == 1


def test_handed_back_at_a_chosen_node_it_says_what_is_said_there(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    enrolled = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    held_by(app, cast, tom)
    with app.database.write() as session:
        [place] = places(session, cast.ana.conversation_id, tom)
        assert place.enrolment_id == enrolled
        node = next(each for each in place.nodes if each != place.here)
        where = AtNode(enrolled, "no such node")
        assert hand_back(session, cast.ana.conversation_id, tom, clock(), where=where) == NoSuchNode()
        where = AtNode(999, node)
        assert hand_back(session, cast.ana.conversation_id, tom, clock(), where=where) == NoSuchNode()
        where = AtNode(enrolled, node)
        assert isinstance(hand_back(session, cast.ana.conversation_id, tom, clock(), where=where), GivenBack)
    run_until_quiet(app)
    assert enrolment(app, enrolled).state["node"] != place.here


def test_ended_the_flow_is_over_and_the_front_desk_answers(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    enrolled = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    held_by(app, cast, tom)
    with app.database.write() as session:
        hand_back(session, cast.ana.conversation_id, tom, clock(), where=EndThem())
    run_until_quiet(app)
    ended = enrolment(app, enrolled)
    assert (ended.status, ended.outcome) == ("ended", "ended by staff")
    provider.asked.clear()
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    with app.database.read() as session:
        whose = session.execute(select(Outbound.enrolment_id).order_by(Outbound.id.desc())).scalars().first()
        desk = session.get_one(Enrolment, whose)
        assert desk.start_id is None


def test_who_may_give_it_back(app: FakedApp, cast: Cast, clock: StillClock, tom: Actor) -> None:
    number = cast.ana.conversation_id
    with app.database.write() as session:
        assert hand_back(session, number, tom, clock()) == Done(changed=False), "the bot has it"
        mia = hire(session, cast.shop_id, "Mia", clock())
        stranger = hire(session, cast.other_shop_id, "Sam", clock(), "owner")
        take_over(session, number, mia, clock())
        assert hand_back(session, number, tom, clock()) == HeldBy(mia.staff_id, "Mia")
        assert hand_back(session, number, stranger, clock()) == Gone()
        assert isinstance(hand_back(session, number, tom, clock(), force=True), GivenBack)


@pytest.mark.parametrize("deed", [hand_back, close, no_answer_needed])
def test_a_text_that_nobody_has_seen_is_shown_and_wiped_by_no_deed(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, deed: Callable[..., object]
) -> None:
    """It came in after the page was drawn: it is still owed, and the conversation still Tom's."""
    held_by(app, cast, tom)
    text_in(app, cast, cast.ana, "same again")
    seen = conversation(app, cast.ana).last_inbound_id
    clock.move(minutes=1)
    text_in(app, cast, cast.ana, "and where is my refund?")
    came = conversation(app, cast.ana).last_inbound_id
    number = cast.ana.conversation_id
    for shown, texts in ((seen, ["and where is my refund?"]), (0, ["same again", "and where is my refund?"])):
        with app.database.write() as session:
            refused = deed(session, number, tom, clock(), seen=shown)
        assert isinstance(refused, NewerText)
        assert [each.body for each in refused.texts] == texts
        held = conversation(app, cast.ana)
        assert (held.holder, held.owed_since is not None, held.closed_at) == ("staff", True, None)
    with app.database.write() as session:
        assert isinstance(deed(session, number, tom, clock(), seen=came), GivenBack | Done)
    assert conversation(app, cast.ana).owed_since is None


def test_a_text_that_the_bot_answers_stands_in_no_deeds_way(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    text_in(app, cast, cast.ana, "same again")
    with app.database.write() as session:
        number = cast.ana.conversation_id
        assert hand_back(session, number, tom, clock(), seen=0) == Done(changed=False)
        assert close(session, number, tom, clock(), seen=0) == Done()


def test_who_is_asked_who_they_are_stays_open_after_a_hand_back(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        held = session.get_one(Conversation, cast.ana.conversation_id)
        holders.hand_off(held, "test", "identity", clock())
        holders.hand_back(held, clock())
        assert held.open_matter == "identity"


def test_a_kept_promise_stands_in_nobodys_way(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    held_by(app, cast, tom)
    with app.database.write() as session:
        made = promise(session, cast.ana.conversation_id, "call", clock() + timedelta(hours=1), tom, clock())
        assert isinstance(made, Promised)
        assert keep(session, made.promise_id, tom, clock()) == Done()
        assert keep(session, made.promise_id, tom, clock()) == Done(changed=False)
    clock.move(hours=4)
    mind(app)
    assert conversation(app, cast.ana).holder == "bot"
