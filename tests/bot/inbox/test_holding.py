"""Staff take a conversation over, and the bot really stops."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.work import take_turns
from bot.inbox import Done, Gone, HeldBy, NotAllowed
from bot.inbox.holding import TakenOver, no_answer_needed, open_with, settle_matter, take_over
from bot.models import Audit, Conversation, Customer, Draft, Note, Outbound, Staff
from bot.sending.dispatch import send_due
from bot.sending.outcomes import Sent, TextToSend
from tests.bot.conversations.loop import conversation, run_until_quiet, text_in
from tests.bot.inbox.staffed import change, hire, waits
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def _read(reader: FakeReader) -> None:
    reader.reads |= {"same again": reading("reorder"), "a person please": reading("human")}


def test_an_answer_that_was_ready_is_withheld_at_once_and_offered_as_a_draft(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    text_in(app, cast, cast.ana, "same again")
    came = clock()
    clock.move(seconds=4)
    take_turns(app)
    with app.database.write() as session:
        tom = hire(session, cast.shop_id, "Tom", clock())
        taken = take_over(session, cast.ana.conversation_id, tom, clock())
    assert isinstance(taken, TakenOver)
    assert taken.withheld is not None
    assert taken.on_its_way == ()
    run_until_quiet(app)
    assert provider.bodies == [], "nothing of the bot's leaves"
    held = conversation(app, cast.ana)
    assert (held.holder, held.staff_id, held.owed_since) == ("staff", tom.staff_id, came)
    with app.database.read() as session:
        draft = session.execute(select(Draft)).scalar_one()
        assert (draft.staff_id, draft.body) == (None, taken.withheld)
        assert session.execute(select(Outbound.status)).scalars().all() == ["withheld"]
        assert session.execute(select(Note.kind)).scalars().all() == ["took_over"]
        assert session.execute(select(Audit.action)).scalars().all() == ["conversation taken over"]


def test_a_text_that_was_claimed_is_shown_as_on_its_way(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    take_turns(app)
    with app.database.write() as session:
        tom = hire(session, cast.shop_id, "Tom", clock())
    seen: list[TakenOver] = []

    def meanwhile(text: TextToSend) -> Sent:
        with app.database.write() as session:
            taken = take_over(session, cast.ana.conversation_id, tom, clock())
        assert isinstance(taken, TakenOver)
        seen.append(taken)
        return Sent("SM1", "queued")

    provider.will(meanwhile)
    send_due(app)
    assert [each.body for each in seen[0].on_its_way] == provider.bodies
    assert seen[0].withheld is None


def test_a_colleagues_conversation_has_to_be_forced_and_a_note_says_so(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        tom, mia = hire(session, cast.shop_id, "Tom", clock()), hire(session, cast.shop_id, "Mia", clock())
        take_over(session, cast.ana.conversation_id, tom, clock())
        fence = conversation_fence(session, cast)
        assert take_over(session, cast.ana.conversation_id, mia, clock()) == HeldBy(tom.staff_id, "Tom")
        assert conversation_fence(session, cast) == fence
        taken = take_over(session, cast.ana.conversation_id, mia, clock(), force=True)
        assert isinstance(taken, TakenOver)
        assert taken.from_colleague == "Tom"
        assert session.execute(select(Note.body).order_by(Note.id.desc())).scalars().first() == (
            "Taken from Tom."
        )


def test_one_who_works_here_no_more_holds_nothing(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    with app.database.write() as session:
        tom, mia = hire(session, cast.shop_id, "Tom", clock()), hire(session, cast.shop_id, "Mia", clock())
        take_over(session, cast.ana.conversation_id, tom, clock())
        session.get_one(Staff, tom.staff_id).active = False
        assert isinstance(take_over(session, cast.ana.conversation_id, mia, clock()), TakenOver)


def test_twice_is_once(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    with app.database.write() as session:
        tom = hire(session, cast.shop_id, "Tom", clock())
        take_over(session, cast.ana.conversation_id, tom, clock())
        again = take_over(session, cast.ana.conversation_id, tom, clock())
    assert isinstance(again, TakenOver)
    assert not again.changed
    assert conversation(app, cast.ana).fence == 1


@pytest.mark.parametrize("deed", [take_over, settle_matter, no_answer_needed])
def test_another_shops_conversation_is_not_there_and_a_viewer_may_not(
    app: FakedApp, cast: Cast, clock: StillClock, deed: object
) -> None:
    assert callable(deed)
    with app.database.write() as session:
        stranger = hire(session, cast.other_shop_id, "Sam", clock(), "owner")
        viewer = hire(session, cast.shop_id, "Vic", clock(), "viewer")
        assert deed(session, cast.ana.conversation_id, stranger, clock()) == Gone()
        assert deed(session, cast.ana.conversation_id, viewer, clock()) == NotAllowed("inbox.reply")
    assert conversation(app, cast.ana).holder == "bot"


def test_what_is_owed_begins_with_the_text_that_led_to_people_and_a_thumb_owes_nothing(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    at = clock()
    text_in(app, cast, cast.ana, "a person please")
    clock.move(seconds=4)
    run_until_quiet(app)
    held = conversation(app, cast.ana)
    assert (held.holder, held.owed_since) == ("nobody", at)
    clock.move(minutes=3)
    text_in(app, cast, cast.ana, "are you there?")
    assert conversation(app, cast.ana).owed_since == at, "the oldest counts"
    with app.database.write() as session:
        tom = hire(session, cast.shop_id, "Tom", clock())
        assert no_answer_needed(session, cast.ana.conversation_id, tom, clock()) == Done()
        assert no_answer_needed(session, cast.ana.conversation_id, tom, clock()) == Done(changed=False)
    clock.move(minutes=1)
    text_in(app, cast, cast.ana, "Liked “we open at nine”")
    assert conversation(app, cast.ana).owed_since is None
    text_in(app, cast, cast.ana, "and my order?")
    assert conversation(app, cast.ana).owed_since == clock()


def test_a_text_that_the_bot_has_not_read_is_owed_when_people_took_over_before(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        tom = hire(session, cast.shop_id, "Tom", clock())
        take_over(session, cast.ana.conversation_id, tom, clock())
    clock.move(minutes=1)
    text_in(app, cast, cast.ana, "hello?")
    run_until_quiet(app)
    assert conversation(app, cast.ana).owed_since == clock()


def test_a_complaint_is_settled_by_a_person_and_who_they_are_is_not(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        tom = hire(session, cast.shop_id, "Tom", clock())
        waits(session, cast.ana, clock())
        for matter, done, left in (("complaint", True, None), ("identity", False, "identity")):
            change(session, cast.ana, open_matter=matter)
            assert settle_matter(session, cast.ana.conversation_id, tom, clock()) == Done(changed=done)
            assert session.get_one(Conversation, cast.ana.conversation_id).open_matter == left


def test_the_word_that_a_person_will_come_is_withheld_when_one_has_come(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    text_in(app, cast, cast.ana, "a person please")
    clock.move(seconds=4)
    take_turns(app)
    with app.database.write() as session:
        tom = hire(session, cast.shop_id, "Tom", clock())
        taken = take_over(session, cast.ana.conversation_id, tom, clock())
        assert session.execute(select(Outbound.status)).scalars().all() == ["withheld"], "at once"
    assert isinstance(taken, TakenOver)
    assert taken.withheld is None, "nobody would send that"
    run_until_quiet(app)
    assert provider.bodies == []


def test_staff_may_begin_a_conversation_with_their_own_shops_customers_only(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        tom = hire(session, cast.shop_id, "Tom", clock())
        new = Customer(
            shop_id=cast.shop_id, phone="+12125550177", phone_key="k", country="US", created_at=clock()
        )
        session.add(new)
        session.flush()
        begun = open_with(session, new.id, tom, clock())
        assert isinstance(begun, int)
        assert open_with(session, new.id, tom, clock()) == begun
        assert open_with(session, cast.cleo.customer_id, tom, clock()) == Gone()


def conversation_fence(session: Session, cast: Cast) -> int:
    """The fence as this transaction sees it."""
    return session.get_one(Conversation, cast.ana.conversation_id).fence
