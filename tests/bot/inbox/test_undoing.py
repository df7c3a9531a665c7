"""A text that is taken back, and the bot's draft that two people reach for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.inbox import Actor, Gone, TooLate
from bot.inbox.from_draft import bot_drafts
from bot.inbox.holding import TakenOver, take_over
from bot.inbox.newer import NewerText
from bot.inbox.replying import Writing, Written, write
from bot.inbox.undoing import Undone, undo
from bot.models import Coupon, Draft, Outbound, Timer
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.bot.inbox.staffed import hire
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

LATER = timedelta(hours=2)


@pytest.fixture
def tom(app: FakedApp, cast: Cast, clock: StillClock) -> Actor:
    """An agent of Ana's shop."""
    with app.database.write() as session:
        return hire(session, cast.shop_id, "Tom", clock())


@pytest.fixture
def mia(app: FakedApp, cast: Cast, clock: StillClock) -> Actor:
    """Another."""
    with app.database.write() as session:
        return hire(session, cast.shop_id, "Mia", clock())


@pytest.fixture
def draft(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, reader: FakeReader, provider: FakeProvider
) -> Draft:
    """What the bot would have said to Ana, who asks for a coupon: it waits for somebody to send it."""
    reader.reads |= {"a coupon please": reading("coupon")}
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))  # a Saturday: inside every window
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    with app.database.write() as session:
        bot_drafts(session, cast.ana.conversation_id, True, tom, clock())
    clock.move(minutes=5)
    text_in(app, cast, cast.ana, "a coupon please")
    clock.move(seconds=4)
    run_until_quiet(app)
    provider.asked.clear()
    return offered(app)


def offered(app: FakedApp) -> Draft:
    with app.database.read() as session:
        return session.execute(select(Draft).where(Draft.staff_id.is_(None))).scalar_one()


def sends(app: FakedApp, cast: Cast, who: Actor, body: str, form: str, draft_of: int | None) -> Writing:
    seen = conversation(app, cast.ana).last_inbound_id
    with app.database.write() as session:
        now, number = app.real_now(), cast.ana.conversation_id
        return write(session, app, number, body, who, seen, now, form=form, draft_of=draft_of)


def test_whoever_is_second_with_the_bots_text_hears_so_and_their_words_are_not_taken_for_the_first_ones(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, mia: Actor, draft: Draft, provider: FakeProvider
) -> None:
    first = sends(app, cast, mia, "Here: your code.", "m", draft.outbound_id)
    assert isinstance(first, Written)
    again = sends(app, cast, mia, "Here: your code.", "m", draft.outbound_id)
    assert again == Written(first.outbound_id, first.leaves_at, again=True), "a double click is one text"
    second = sends(app, cast, tom, "My own words about the code", "t", draft.outbound_id)
    assert second == TooLate("Mia has sent the bot's text already. Look whether yours still has to be said.")
    other = sends(app, cast, mia, "And once more", "n", draft.outbound_id)
    assert isinstance(other, TooLate)
    assert other.why.startswith("You have sent")
    assert isinstance(sends(app, cast, tom, "My own words", "t2", None), Written)
    clock.move(seconds=9)
    run_until_quiet(app)
    assert "My own words" in provider.bodies


def test_taken_back_the_bots_text_is_its_draft_again_with_its_wait_and_its_code(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, mia: Actor, draft: Draft, provider: FakeProvider
) -> None:
    owed = conversation(app, cast.ana).owed_since
    first = sends(app, cast, tom, "Here you are. Tom", "t", draft.outbound_id)
    assert isinstance(first, Written)
    with app.database.write() as session:
        assert undo(session, first.outbound_id, tom, clock()) == Undone("Here you are. Tom")
        assert isinstance(undo(session, first.outbound_id, tom, clock()), TooLate)
    with app.database.read() as session:
        row = session.get_one(Outbound, first.outbound_id)
        assert (row.author, row.staff_id, row.status, row.why) == (
            "bot",
            None,
            "withheld",
            "a person sends it",
        )
        timer = session.execute(
            select(Timer).where(Timer.status == "armed", Timer.enrolment_id == row.enrolment_id)
        ).scalar_one()
        assert (timer.outbound_id, timer.due_at) == (row.id, None), "it waits for its text as before"
        assert session.scalars(
            select(Coupon.status).where(Coupon.customer_id == cast.ana.customer_id)
        ).all() == ["reserved"]
    back = offered(app)
    assert (back.body, back.outbound_id) == (draft.body, draft.outbound_id)
    assert (conversation(app, cast.ana).holder, conversation(app, cast.ana).owed_since) == ("bot", owed)
    clock.move(minutes=1)
    run_until_quiet(app)
    assert provider.bodies == []
    same = sends(app, cast, mia, back.body, "m", back.outbound_id)
    assert isinstance(same, Written)
    clock.move(seconds=9)
    run_until_quiet(app)
    assert provider.bodies == [draft.body]
    with app.database.read() as session:
        status = session.scalars(
            select(Coupon.status).where(Coupon.customer_id == cast.ana.customer_id)
        ).all()
        assert status == ["live"]
        armed = select(Timer.due_at).where(Timer.status == "armed", Timer.outbound_id == same.outbound_id)
        assert session.execute(armed).scalar_one() is not None


@pytest.mark.parametrize("later", [False, True])
def test_what_the_customer_writes_meanwhile_takes_no_text_back_that_a_person_has_sent(
    app: FakedApp,
    cast: Cast,
    clock: StillClock,
    tom: Actor,
    draft: Draft,
    provider: FakeProvider,
    later: bool,
) -> None:
    """A newer text takes the bot's unsent answer back, to be given together with the next; Tom's is Tom's."""
    at = clock() + LATER
    seen, number = conversation(app, cast.ana).last_inbound_id, cast.ana.conversation_id
    with app.database.write() as session:
        words, its = "Here you are. Tom", draft.outbound_id
        made = write(
            session, app, number, words, tom, seen, clock(), form="t", draft_of=its, at=at if later else None
        )
    assert isinstance(made, Written)
    clock.move(seconds=1)
    text_in(app, cast, cast.ana, "a coupon please")
    clock.move(seconds=5)
    run_until_quiet(app)
    with app.database.read() as session:
        assert session.get_one(Outbound, made.outbound_id).status == "ready"
    clock.set(made.leaves_at)
    run_until_quiet(app)
    assert provider.bodies == ([] if later else ["Here you are. Tom"])
    with app.database.read() as session:
        row = session.get_one(Outbound, made.outbound_id)
        assert row.why == ("the customer has written since" if later else None)


def test_a_colleague_who_takes_over_has_the_bots_text_as_a_draft_again(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, mia: Actor, draft: Draft, provider: FakeProvider
) -> None:
    """Tom has sent it for later: its code is not lost with it."""
    seen, number, at = conversation(app, cast.ana).last_inbound_id, cast.ana.conversation_id, clock() + LATER
    with app.database.write() as session:
        words, its = "Here you are. Tom", draft.outbound_id
        made = write(session, app, number, words, tom, seen, clock(), form="t", draft_of=its, at=at)
        assert isinstance(made, Written)
    with app.database.write() as session:
        taken = take_over(session, cast.ana.conversation_id, mia, clock())
    assert isinstance(taken, TakenOver)
    assert taken.withheld == draft.body
    clock.move(seconds=9)
    run_until_quiet(app)
    assert provider.bodies == []
    assert isinstance(sends(app, cast, mia, draft.body, "m", offered(app).outbound_id), Written)
    clock.move(seconds=9)
    run_until_quiet(app)
    assert provider.bodies == [draft.body]
    with app.database.read() as session:
        whose = Coupon.customer_id == cast.ana.customer_id
        assert session.scalars(select(Coupon.status).where(whose)).all() == ["live"]


def test_a_form_whose_text_was_taken_back_says_so_and_writes_nothing(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, provider: FakeProvider
) -> None:
    first = sends(app, cast, tom, "At ten.", "f", None)
    assert isinstance(first, Written)
    with app.database.write() as session:
        undo(session, first.outbound_id, tom, clock())
    once_more = sends(app, cast, tom, "At ten, I mean.", "f", None)
    assert once_more == TooLate("This text was taken back. Send it once more if it is to leave.")
    assert isinstance(sends(app, cast, tom, "At ten, I mean.", "g", None), Written)
    clock.move(seconds=9)
    run_until_quiet(app)
    assert provider.bodies == ["At ten, I mean."]


def test_a_text_is_taken_back_in_its_own_conversation_alone(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    first = sends(app, cast, tom, "At ten.", "f", None)
    assert isinstance(first, Written)
    with app.database.write() as session:
        stranger = hire(session, cast.other_shop_id, "Sam", clock(), "owner")
        bens = cast.ben.conversation_id
        assert undo(session, first.outbound_id, tom, clock(), conversation_id=bens) == Gone()
        assert undo(session, first.outbound_id, stranger, clock()) == Gone()
        anas = cast.ana.conversation_id
        assert isinstance(undo(session, first.outbound_id, tom, clock(), conversation_id=anas), Undone)


def test_whoever_has_not_seen_the_newest_text_is_shown_it_before_anything_is_said_of_drafts(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, draft: Draft
) -> None:
    text_in(app, cast, cast.ana, "hello?")
    with app.database.write() as session:
        number = cast.ana.conversation_id
        shown = write(session, app, number, "Hi", tom, None, clock(), form="f", draft_of=draft.outbound_id)
    assert isinstance(shown, NewerText)
