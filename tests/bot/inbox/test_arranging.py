"""Whose it is, when it comes up again, what was promised, and what becomes of it at the end of a shift."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate
from bot.inbox.arranging import (
    NoSuchColleague,
    assign,
    let_wait,
    pause_marketing,
    reopen,
    snooze,
)
from bot.inbox.brief import brief_of, in_words
from bot.inbox.due import mind
from bot.inbox.holding import take_over
from bot.inbox.newer import NewerText
from bot.inbox.notes import Noted, drop_note, write_note
from bot.inbox.promises import Promised, open_promises, promise, remind
from bot.inbox.returning import GivenBack, close
from bot.inbox.shift import mine, release_absent, sign_off
from bot.jobs.clockwork import due
from bot.models import Account, Alert, Conversation, Note, Shop, SignInSession, Staff
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.bot.inbox.staffed import change, hire, more_customers, waits
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider


@pytest.fixture
def tom(app: FakedApp, cast: Cast, clock: StillClock) -> Actor:
    """An agent of Ana's shop."""
    with app.database.write() as session:
        return hire(session, cast.shop_id, "Tom", clock())


@pytest.fixture
def mia(app: FakedApp, cast: Cast, clock: StillClock) -> Actor:
    """The owner of Ana's shop."""
    with app.database.write() as session:
        return hire(session, cast.shop_id, "Mia", clock(), "owner")


def notes_of(app: FakedApp, kind: str) -> list[str]:
    """What colleagues read of that kind."""
    with app.database.read() as session:
        return list(session.scalars(select(Note.body).where(Note.kind == kind).order_by(Note.id)))


def test_handed_to_a_colleague_it_waits_for_them_with_a_brief(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, mia: Actor
) -> None:
    number = cast.ana.conversation_id
    with app.database.write() as session:
        change(session, cast.ana, open_matter="complaint")
        take_over(session, number, tom, clock())
        promise(session, number, "call about the parcel", clock() + timedelta(hours=3), tom, clock())
        assert assign(session, number, mia.staff_id, tom, clock(), words="You know her.") == Done()
    held = conversation(app, cast.ana)
    assert (held.holder, held.assignee_id) == ("nobody", mia.staff_id)
    assert held.holder_reason == "handed over by Tom"
    assert notes_of(app, "assigned") == ["Assigned to Mia. You know her."]
    [brief] = notes_of(app, "brief")
    assert "Open: complaint." in brief
    assert "call about the parcel" in brief


def test_assigned_by_somebody_else_the_holder_goes_on(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, mia: Actor
) -> None:
    number = cast.ana.conversation_id
    with app.database.write() as session:
        take_over(session, number, tom, clock())
        assert assign(session, number, mia.staff_id, mia, clock(), team="returns") == Done()
    held = conversation(app, cast.ana)
    assert (held.holder, held.staff_id, held.assignee_id) == ("staff", tom.staff_id, mia.staff_id)
    assert held.team == "returns"


def test_nobody_is_assigned_who_does_not_answer_here(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    with app.database.write() as session:
        stranger = hire(session, cast.other_shop_id, "Sam", clock())
        viewer = hire(session, cast.shop_id, "Vic", clock(), "viewer")
        for whom in (stranger.staff_id, viewer.staff_id, 999):
            assert assign(session, cast.ana.conversation_id, whom, tom, clock()) == NoSuchColleague()


def test_snoozed_it_comes_back_by_itself_or_when_the_customer_writes(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    number, until = cast.ana.conversation_id, clock() + timedelta(days=2)
    with app.database.write() as session:
        take_over(session, number, tom, clock())
        assert isinstance(snooze(session, number, clock(), tom, clock()), TooLate)
        assert snooze(session, number, until, tom, clock()) == Done()
    before = conversation(app, cast.ana).version
    clock.set(until)
    with app.database.read() as session:
        assert due(session, clock(), clock()) == ["people"]
    assert mind(app) == 1
    assert mind(app) == 0
    after = conversation(app, cast.ana)
    assert after.snoozed_until is None
    assert after.version > before, "the screen hears of it"
    with app.database.write() as session:
        snooze(session, number, clock() + timedelta(days=1), tom, clock())
    text_in(app, cast, cast.ana, "hello?")
    assert conversation(app, cast.ana).snoozed_until is None
    with app.database.write() as session:
        refused = snooze(session, number, clock() + timedelta(days=1), tom, clock(), seen=0)
    assert isinstance(refused, NewerText), "it came after the page was drawn, and is not put aside unread"
    assert conversation(app, cast.ana).snoozed_until is None


def test_what_is_snoozed_goes_back_to_the_bot_no_sooner_than_it_comes_up_again(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    number, until = cast.ana.conversation_id, clock() + timedelta(days=2)
    with app.database.write() as session:
        session.get_one(Shop, cast.shop_id).settings = {"return_hours": 4}
        take_over(session, number, tom, clock())
        snooze(session, number, until, tom, clock())
        row = session.get_one(Conversation, number)
        for deed in (
            lambda: write_note(session, number, "Ring her", tom, clock()),
            lambda: sign_off(session, cast.shop_id, tom.staff_id, clock()),
        ):
            deed()
            assert row.return_at == until + timedelta(hours=4)


def test_closed_the_bot_has_it_and_what_the_customer_says_opens_it_again(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    number = cast.ana.conversation_id
    with app.database.write() as session:
        take_over(session, number, tom, clock())
        assert isinstance(close(session, number, tom, clock()), GivenBack)
        assert close(session, number, tom, clock()) == Done(changed=False)
    closed = conversation(app, cast.ana)
    assert (closed.holder, closed.closed_at) == ("bot", clock())
    text_in(app, cast, cast.ana, "one more thing")
    assert conversation(app, cast.ana).closed_at is None
    with app.database.write() as session:
        assert reopen(session, number, tom, clock()) == Done(changed=False)


def test_marketing_waits_for_the_day_that_staff_set(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, provider: FakeProvider
) -> None:
    clock.set(clock().replace(month=11, day=21, hour=20))  # a Saturday: inside every window
    until = clock() + timedelta(days=1)
    with app.database.write() as session:
        assert pause_marketing(session, cast.ana.conversation_id, until, tom, clock()) == Done()
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert provider.bodies == []
    clock.set(until)
    run_until_quiet(app)
    assert len(provider.bodies) == 1


def test_a_promise_ticks_and_is_told_of_once(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    number = cast.ana.conversation_id
    with app.database.write() as session:
        assert isinstance(promise(session, number, "call", clock(), tom, clock()), TooLate)
        made = promise(session, number, "call Ana before 5", clock() + timedelta(hours=1), tom, clock())
        assert isinstance(made, Promised)
    assert remind(app) == 0
    clock.move(hours=1)
    with app.database.read() as session:
        assert due(session, clock(), clock()) == ["people"]
    assert remind(app) == 1
    assert remind(app) == 0
    with app.database.read() as session:
        alert = session.execute(select(Alert)).scalar_one()
        assert "Ana" not in alert.told, "an alert is logged, and says nothing of anybody (I12)"
        assert [each.late for each in open_promises(session, cast.shop_id, number, clock())] == [True]
        assert due(session, clock(), clock()) == []


def test_my_conversations_at_the_end_of_a_shift(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, mia: Actor
) -> None:
    with app.database.write() as session:
        take_over(session, cast.ana.conversation_id, tom, clock())
        waits(session, cast.ben, clock())
        change(session, cast.ben, assignee_id=tom.staff_id, owed_since=clock())
        promise(session, cast.ana.conversation_id, "call", clock() + timedelta(hours=1), tom, clock())
        lines = mine(session, tom)
        assert [(each.customer, each.speaks, each.promises) for each in lines] == [
            ("Ben", False, 0),
            ("Ana", True, 1),
        ]
        assert mine(session, mia) == []
        assert let_wait(session, cast.ana.conversation_id, tom, clock(), words="Gone home.") == Done()
        assert [each.customer for each in mine(session, tom)] == ["Ben"]
    assert notes_of(app, "waits") == ["Waits for a person. Gone home."]


def test_the_bots_is_let_wait_by_nobody_and_a_colleagues_stays_theirs_to_answer(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, mia: Actor
) -> None:
    """It went back to the bot after the page was drawn: to take it from there is a takeover, which says so."""
    number = cast.ana.conversation_id
    with app.database.write() as session:
        change(session, cast.ana, assignee_id=mia.staff_id)
        assert isinstance(let_wait(session, number, tom, clock()), TooLate)
        row = session.get_one(Conversation, number)
        assert (row.holder, row.assignee_id) == ("bot", mia.staff_id)
        take_over(session, number, tom, clock())
        assert let_wait(session, number, tom, clock()) == Done()
        assert (row.holder, row.assignee_id) == ("nobody", mia.staff_id)
        assert let_wait(session, number, tom, clock()) == Done(changed=False), "it waits already"
        assert let_wait(session, number, mia, clock()) == Done(), "for anybody, no more for Mia"
        assert (row.holder, row.assignee_id) == ("nobody", None)


def test_who_signs_off_leaves_everything_waiting_for_anybody(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, mia: Actor
) -> None:
    with app.database.write() as session:
        session.get_one(Shop, cast.shop_id).settings = {"return_hours": 4}
        (eve,) = more_customers(session, cast, ["Eve"], clock())
        take_over(session, cast.ana.conversation_id, tom, clock())
        assign(session, cast.ana.conversation_id, tom.staff_id, mia, clock())
        take_over(session, cast.ben.conversation_id, mia, clock())
        waits(session, eve, clock())
        change(session, eve, assignee_id=tom.staff_id)
        clock.move(hours=3)
        assert sign_off(session, cast.shop_id, tom.staff_id, clock()) == 2
        assert sign_off(session, cast.shop_id, tom.staff_id, clock()) == 0
        assert session.get_one(Conversation, eve).assignee_id is None
    held = conversation(app, cast.ana)
    assert (held.holder, held.holder_reason) == ("nobody", "a colleague signed off")
    assert (held.assignee_id, held.return_at) == (None, clock() + timedelta(hours=4))
    assert conversation(app, cast.ben).holder == "staff"


@pytest.mark.parametrize(
    ("what", "left"), [("removed", 1), ("idle for a day", 1), ("idle, but signed in", 0), ("just now", 0)]
)
def test_what_an_absent_colleague_holds_waits_for_a_person(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, what: str, left: int
) -> None:
    with app.database.write() as session:
        take_over(session, cast.ana.conversation_id, tom, clock())
        staff = session.get_one(Staff, tom.staff_id)
        account = Account(email="tom@juniper.example", name="Tom", created_at=clock())
        session.add(account)
        session.flush()
        staff.account_id, staff.active = account.id, what != "removed"
        if what.startswith("idle"):
            clock.move(days=1)
        if what == "idle, but signed in":
            session.add(
                SignInSession(
                    account_id=account.id,
                    token_hash="a",
                    changed_at=clock(),
                    created_at=clock(),
                    seen_at=clock(),
                    expires_at=clock() + timedelta(days=1),
                )
            )
    assert release_absent(app) == left
    assert release_absent(app) == 0
    assert conversation(app, cast.ana).holder == ("nobody" if left else "staff")


def test_notes_are_ones_own_to_take_away_and_what_was_done_is_nobodys(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, mia: Actor
) -> None:
    number = cast.ana.conversation_id
    with app.database.write() as session:
        peer = hire(session, cast.shop_id, "Pat", clock())
        stranger = hire(session, cast.other_shop_id, "Sam", clock(), "owner")
        made = write_note(session, number, " Likes it dark. ", tom, clock())
        other = write_note(session, number, "Ours too.", tom, clock())
        assert isinstance(made, Noted)
        assert isinstance(other, Noted)
        assert isinstance(write_note(session, number, "  ", tom, clock()), TooLate)
        assert drop_note(session, made.note_id, stranger, clock()) == Gone()
        assert drop_note(session, made.note_id, peer, clock()) == NotAllowed("inbox.reply")
        assert drop_note(session, made.note_id, tom, clock()) == Done()
        assert drop_note(session, other.note_id, mia, clock()) == Done()
        take_over(session, number, tom, clock())
        done = session.execute(select(Note.id).where(Note.kind == "took_over")).scalar_one()
        assert isinstance(drop_note(session, done, tom, clock()), TooLate)


def test_the_brief_says_what_a_colleague_has_to_know(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    with app.database.write() as session:
        waits(session, cast.ana, clock())
        change(session, cast.ana, owed_since=clock(), open_matter="question")
        promise(session, cast.ana.conversation_id, "a call", clock() + timedelta(hours=1), tom, clock())
        row = session.get_one(Conversation, cast.ana.conversation_id)
        brief = brief_of(session, row, clock())
    assert brief.last_order is not None
    assert (brief.last_order.product, brief.last_order.total_cents) == ("Morning Blend", 3100)
    assert in_words(brief).splitlines() == [
        "Why: asked for a person.",
        "Waits for an answer since Wed Mar 11, 10:00.",
        "Open: question.",
        "Promised: a call (by Wed Mar 11, 11:00).",
    ]
