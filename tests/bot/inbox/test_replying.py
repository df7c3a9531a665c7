"""What a person writes: once, through the same gate, after a look at what came meanwhile, and taken back for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.conversations.work import take_turns
from bot.inbox import Actor, Done, Gone, HeldBy, NotAllowed, TooLate
from bot.inbox.composing import Preview, WouldBeDenied, WouldWait, preview
from bot.inbox.drafting import keep_draft, own_draft
from bot.inbox.from_draft import bot_drafts
from bot.inbox.holding import take_over
from bot.inbox.newer import NewerText
from bot.inbox.replying import Writing, Written, write
from bot.inbox.undoing import Undone, undo
from bot.inbox.wording import Unsayable
from bot.models import Conversation, Customer, Draft, Outbound, Receipt, Shop, Timer
from bot.sending.dispatch import send_due
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.bot.inbox.staffed import change, hire, waits
from tests.support.cast import Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def _read(reader: FakeReader) -> None:
    reader.reads |= {"same again": reading("reorder"), "when do you open?": reading("human")}


@pytest.fixture
def tom(app: FakedApp, cast: Cast, clock: StillClock) -> Actor:
    """An agent of Ana's shop."""
    with app.database.write() as session:
        return hire(session, cast.shop_id, "Tom", clock())


def said(app: FakedApp, cast: Cast, clock: StillClock, body: str) -> int:
    """The customer says it, and it settles; gives the text's number."""
    text_in(app, cast, cast.ana, body)
    clock.move(seconds=4)
    seen = conversation(app, cast.ana).last_inbound_id
    assert seen is not None
    return seen


def written(
    app: FakedApp, who: Member, body: str, actor: Actor, seen: int | None, *, form: str = "f1", **more: object
) -> Writing:
    """One `write`, in a transaction of its own."""
    with app.database.write() as session:
        return write(
            session,
            app,
            who.conversation_id,
            body,
            actor,
            seen,
            app.real_now(),
            form=form,
            **more,  # type: ignore[arg-type]
        )


def test_a_text_waits_eight_seconds_and_leaves_once_with_a_receipt(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    seen = said(app, cast, clock, "when do you open?")
    run_until_quiet(app)
    assert conversation(app, cast.ana).holder == "nobody"
    provider.asked.clear()
    first = written(app, cast.ana, "Hi {{ customer.first_name }}, at nine.", tom, seen)
    assert isinstance(first, Written)
    assert first.leaves_at == clock() + timedelta(seconds=8)
    assert first.took_over
    again = written(app, cast.ana, "Hi {{ customer.first_name }}, at nine.", tom, seen)
    assert again == Written(first.outbound_id, first.leaves_at, again=True), "a double click is one text"
    run_until_quiet(app)
    assert provider.bodies == []
    held = conversation(app, cast.ana)
    assert (held.holder, held.staff_id, held.owed_since) == ("staff", tom.staff_id, None)
    clock.move(seconds=8)
    run_until_quiet(app)
    assert provider.bodies == ["Hi Ana, at nine."]
    with app.database.read() as session:
        row = session.get_one(Outbound, first.outbound_id)
        assert (row.status, row.author, row.staff_id, row.kind) == ("sent", "staff", tom.staff_id, "staff")
        kinds = session.scalars(select(Receipt.kind).where(Receipt.outbound_id == row.id)).all()
        assert kinds == ["staff"]


def test_a_text_that_came_meanwhile_is_shown_before_anything_is_written(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    seen = said(app, cast, clock, "when do you open?")
    newer = said(app, cast, clock, "and on Sunday?")
    shown = written(app, cast.ana, "At nine.", tom, seen)
    assert isinstance(shown, NewerText)
    assert [(each.id, each.body) for each in shown.texts] == [(newer, "and on Sunday?")]
    assert isinstance(written(app, cast.ana, "At nine.", tom, newer), Written)


def test_taken_back_it_never_leaves_and_the_customer_waits_as_before(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    at = clock()
    seen = said(app, cast, clock, "when do you open?")
    run_until_quiet(app)
    provider.asked.clear()
    first = written(app, cast.ana, "At ten.", tom, seen)
    assert isinstance(first, Written)
    with app.database.write() as session:
        assert undo(session, first.outbound_id, tom, clock()) == Undone("At ten.")
        assert undo(session, first.outbound_id, tom, clock()) == Undone("At ten."), "twice is once"
    assert conversation(app, cast.ana).owed_since == at
    clock.move(minutes=1)
    run_until_quiet(app)
    assert provider.bodies == []
    second = written(app, cast.ana, "At nine.", tom, seen, form="f2")
    assert isinstance(second, Written)
    clock.move(seconds=9)
    run_until_quiet(app)
    with app.database.write() as session:
        assert isinstance(undo(session, second.outbound_id, tom, clock()), TooLate)
    assert provider.bodies == ["At nine."]


def test_what_the_gate_would_refuse_is_not_written_and_other_ways_are_offered(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    with app.database.write() as session:
        session.get_one(Customer, cast.ben.customer_id).email = "ben@example.com"
    refused = written(app, cast.ben, "Your parcel is here.", tom, None)
    assert isinstance(refused, WouldBeDenied)
    assert refused.rule == "suppression"
    assert (refused.other.email, refused.other.phone) == ("ben@example.com", cast.ben.phone)
    assert refused.other.body == "Your parcel is here."
    with app.database.read() as session:
        assert session.scalars(select(Outbound.id)).all() == []
    assert conversation(app, cast.ben).holder == "bot", "nothing was taken over for nothing"


def test_at_night_it_is_offered_for_the_morning_and_sent_then(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    clock.set(clock().replace(hour=7))  # midnight in Los Angeles
    shown = written(app, cast.ana, "Your order is ready.", tom, None)
    assert isinstance(shown, WouldWait)
    assert shown.rule == "hours"
    with app.database.read() as session:
        looked = preview(
            session, app, cast.ana.conversation_id, "Your order is ready.", tom, clock(), at=shown.until
        )
    assert isinstance(looked, Preview)
    assert looked.gate is None
    later = written(app, cast.ana, "Your order is ready.", tom, None, at=shown.until)
    assert isinstance(later, Written)
    assert later.leaves_at == shown.until
    run_until_quiet(app)
    assert provider.bodies == []
    clock.set(shown.until)
    run_until_quiet(app)
    assert provider.bodies == ["Your order is ready."]


def test_the_preview_counts_costs_and_writes_nothing(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    with app.database.read() as session:
        looked = preview(session, app, cast.ana.conversation_id, "Hola " + "ñ" * 160, tom, clock())
        named = preview(session, app, cast.ana.conversation_id, "Hi {{ customer.nickname }}", tom, clock())
        blank = preview(session, app, cast.ana.conversation_id, "  ", tom, clock())
        stranger = Actor(cast.other_shop_id, 99, "Sam", "owner")
        foreign = preview(session, app, cast.ana.conversation_id, "Hi", stranger, clock())
        assert session.scalars(select(Outbound.id)).all() == []
    assert isinstance(looked, Preview)
    assert (looked.parts, looked.cents, looked.encoding) == (2, 2.4, "GSM-7")
    assert isinstance(named, Unsayable)
    assert isinstance(blank, Unsayable)
    assert foreign == Gone()


def test_a_colleagues_conversation_is_not_written_into_by_accident(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    with app.database.write() as session:
        mia = hire(session, cast.shop_id, "Mia", clock())
        take_over(session, cast.ana.conversation_id, mia, clock())
    assert written(app, cast.ana, "Hello", tom, None) == HeldBy(mia.staff_id, "Mia")
    assert isinstance(written(app, cast.ana, "Hello", tom, None, force=True), Written)
    assert conversation(app, cast.ana).staff_id == tom.staff_id
    viewer = Actor(cast.shop_id, 77, "Vic", "viewer")
    assert written(app, cast.ana, "Hello", viewer, None) == NotAllowed("inbox.reply")


def test_a_text_that_is_refused_after_all_is_owed_again(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    at = clock()
    seen = said(app, cast, clock, "when do you open?")
    run_until_quiet(app)
    provider.asked.clear()
    assert isinstance(written(app, cast.ana, "At nine.", tom, seen), Written)
    assert conversation(app, cast.ana).owed_since is None
    with app.database.write() as session:
        session.get_one(Customer, cast.ana.customer_id).number_state = "bad"
        session.get_one(Conversation, cast.ana.conversation_id).last_inbound_at = at - timedelta(days=1)
    clock.move(seconds=9)
    run_until_quiet(app)
    assert provider.bodies == []
    assert conversation(app, cast.ana).owed_since == at


def test_what_was_begun_is_kept_for_each_and_gone_when_it_is_sent(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    with app.database.write() as session:
        mia = hire(session, cast.shop_id, "Mia", clock())
        for actor, words in ((tom, "Dear"), (mia, "Hello A"), (tom, "Dear Ana")):
            assert keep_draft(session, cast.ana.conversation_id, words, actor, clock()) == Done()
    assert isinstance(written(app, cast.ana, "Dear Ana, yes.", tom, None), Written)
    with app.database.read() as session:
        assert own_draft(session, cast.ana.conversation_id, tom) == ""
        assert own_draft(session, cast.ana.conversation_id, mia) == "Hello A"


def test_the_bot_drafts_and_a_person_sends(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    """The bot's passage goes on as if it had said it: its wait begins when the person's words have left (I11)."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))  # a Saturday: inside every window
    enrolled = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    provider.asked.clear()
    with app.database.write() as session:
        assert bot_drafts(session, cast.ana.conversation_id, True, tom, clock()) == Done()
    clock.move(minutes=5)
    at = clock()
    seen = said(app, cast, clock, "same again")
    run_until_quiet(app)
    assert provider.bodies == []
    waiting = conversation(app, cast.ana)
    assert (waiting.holder, waiting.owed_since) == ("bot", at)
    with app.database.read() as session:
        draft = session.execute(select(Draft)).scalar_one()
        armed = session.execute(select(Timer).where(Timer.status == "armed")).scalars().all()
        assert [timer.due_at for timer in armed if timer.enrolment_id == enrolled] == [None]
    clock.move(minutes=2)
    sent = written(app, cast.ana, draft.body + " Tom", tom, seen, draft_of=draft.outbound_id)
    assert isinstance(sent, Written)
    assert not sent.took_over
    again = written(app, cast.ana, draft.body + " Tom", tom, seen, draft_of=draft.outbound_id)
    assert isinstance(again, Written)
    assert again.outbound_id == sent.outbound_id
    clock.move(seconds=8)
    run_until_quiet(app)
    assert provider.bodies == [draft.body + " Tom"]
    after = conversation(app, cast.ana)
    assert (after.holder, after.owed_since) == ("bot", None)
    with app.database.read() as session:
        assert session.execute(select(Draft)).scalars().all() == []
        due = session.execute(
            select(Timer.due_at).where(Timer.status == "armed", Timer.enrolment_id == enrolled)
        ).scalar_one()
        assert due is not None
        assert due > clock()


def test_a_newer_text_takes_the_bots_draft_back_and_brings_another(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, reader: FakeReader
) -> None:
    reader.reads["same again\nno wait, a coupon?"] = reading("coupon")
    with app.database.write() as session:
        bot_drafts(session, cast.ana.conversation_id, True, tom, clock())
    said(app, cast, clock, "same again")
    run_until_quiet(app)
    with app.database.read() as session:
        old = session.execute(select(Draft.outbound_id)).scalar_one()
    seen = said(app, cast, clock, "when do you open?")
    run_until_quiet(app)
    late = written(app, cast.ana, "Here you are.", tom, seen, draft_of=old)
    assert isinstance(late, TooLate)


def test_a_text_of_a_shop_in_test_goes_to_its_own_phones_only(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor
) -> None:
    with app.database.write() as session:
        session.get_one(Shop, cast.shop_id).state = "test"
        waits(session, cast.ana, clock())
        change(session, cast.ana, last_inbound_at=clock())
    refused = written(app, cast.ana, "Hello", tom, None)
    assert isinstance(refused, WouldBeDenied)
    assert refused.rule == "shop"
    take_turns(app)
    send_due(app)
