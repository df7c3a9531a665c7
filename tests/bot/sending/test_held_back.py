"""A person's text for later, and what has come in between: it is held back, and somebody hears so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.inbox import Actor, Done
from bot.inbox.arranging import let_wait, snooze
from bot.inbox.holding import TakenOver, take_over
from bot.inbox.replying import Written, write
from bot.inbox.returning import GivenBack, hand_back
from bot.models import Conversation, Note, Outbound, Staff
from tests.bot.conversations.loop import conversation, run_until_quiet, text_in
from tests.bot.inbox.staffed import hire
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

LATER = timedelta(hours=3)


@pytest.fixture(autouse=True)
def _read(reader: FakeReader) -> None:
    reader.reads |= {"never mind": reading("no"), "Liked “soon”": reading("yes")}


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
def text(app: FakedApp, cast: Cast, clock: StillClock, tom: Actor) -> int:
    """Tom has written to Ana, for three hours later."""
    return writes(app, cast, tom, clock() + LATER)


def writes(app: FakedApp, cast: Cast, who: Actor, at: datetime | None, form: str = "f") -> int:
    with app.database.write() as session:
        number, now = cast.ana.conversation_id, app.real_now()
        seen = session.get_one(Conversation, number).last_inbound_id
        made = write(session, app, number, "Your parcel is here.", who, seen, now, form=form, at=at)
    assert isinstance(made, Written)
    return made.outbound_id


def end_of(app: FakedApp, text: int) -> tuple[str, str | None]:
    with app.database.read() as session:
        row = session.get_one(Outbound, text)
        return row.status, row.why


def notes(app: FakedApp) -> list[str]:
    with app.database.read() as session:
        return list(session.scalars(select(Note.body).order_by(Note.id)))


def test_the_customer_has_written_since(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor, text: int
) -> None:
    clock.move(hours=1)
    text_in(app, cast, cast.ana, "never mind")
    came = clock()
    with app.database.write() as session:
        snooze(session, cast.ana.conversation_id, clock() + timedelta(days=3), tom, clock())
    clock.move(hours=2)
    run_until_quiet(app)
    assert provider.bodies == []
    assert end_of(app, text) == ("withheld", "the customer has written since")
    held = conversation(app, cast.ana)
    assert (held.holder, held.owed_since) == ("staff", came), "it is among those that wait"
    assert held.snoozed_until is None
    assert notes(app)[-1] == ("A text that was to leave now was held back: the customer has written since.")


def test_answered_by_another_text_meanwhile_it_is_looked_at_all_the_same(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor, text: int
) -> None:
    clock.move(hours=1)
    text_in(app, cast, cast.ana, "never mind")
    came = clock()
    clock.move(seconds=5)
    writes(app, cast, tom, None, "g")
    assert conversation(app, cast.ana).owed_since is None
    clock.move(hours=3)
    run_until_quiet(app)
    assert end_of(app, text)[0] == "withheld"
    assert conversation(app, cast.ana).owed_since == came


def test_given_to_the_bot_meanwhile_a_person_has_to_look(
    app: FakedApp, cast: Cast, clock: StillClock, tom: Actor, text: int
) -> None:
    with app.database.write() as session:
        assert isinstance(hand_back(session, cast.ana.conversation_id, tom, clock()), GivenBack)
    clock.move(hours=1)
    text_in(app, cast, cast.ana, "never mind")
    clock.move(seconds=5)
    run_until_quiet(app)
    clock.move(hours=2)
    run_until_quiet(app)
    assert end_of(app, text)[0] == "withheld"
    held = conversation(app, cast.ana)
    assert (held.holder, held.holder_reason) == ("nobody", "a colleague's text was not sent")


def nothing(app: FakedApp, cast: Cast, clock: StillClock, tom: Actor) -> None:
    clock.move(hours=1)


def a_thumb(app: FakedApp, cast: Cast, clock: StillClock, tom: Actor) -> None:
    text_in(app, cast, cast.ana, "Liked “soon”")


def left_to_others(app: FakedApp, cast: Cast, clock: StillClock, tom: Actor) -> None:
    with app.database.write() as session:
        assert let_wait(session, cast.ana.conversation_id, tom, clock()) == Done()


def given_back(app: FakedApp, cast: Cast, clock: StillClock, tom: Actor) -> None:
    with app.database.write() as session:
        hand_back(session, cast.ana.conversation_id, tom, clock())


@pytest.mark.parametrize("meanwhile", [nothing, a_thumb, left_to_others, given_back])
def test_where_nothing_was_said_it_leaves_at_its_hour(
    app: FakedApp,
    cast: Cast,
    clock: StillClock,
    provider: FakeProvider,
    tom: Actor,
    text: int,
    meanwhile: Callable[[FakedApp, Cast, StillClock, Actor], None],
) -> None:
    at = clock() + LATER
    meanwhile(app, cast, clock, tom)
    clock.set(at)
    run_until_quiet(app)
    assert provider.bodies == ["Your parcel is here."]


def test_what_comes_in_the_seconds_of_grace_is_answered_next(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    writes(app, cast, tom, None)
    clock.move(seconds=3)
    text_in(app, cast, cast.ana, "never mind")
    clock.move(seconds=5)
    run_until_quiet(app)
    assert provider.bodies == ["Your parcel is here."]


def test_one_that_waits_for_the_morning_is_for_later_too(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor
) -> None:
    clock.set(clock().replace(hour=7))  # midnight in Los Angeles
    with app.database.write() as session:
        number = cast.ana.conversation_id
        made = write(session, app, number, "It is here.", tom, None, clock(), form="f", wait=True)
    assert isinstance(made, Written)
    clock.move(seconds=9)
    run_until_quiet(app)
    clock.move(hours=1)
    text_in(app, cast, cast.ana, "never mind")
    clock.set(made.leaves_at)
    run_until_quiet(app)
    assert provider.bodies == []
    assert end_of(app, made.outbound_id) == ("withheld", "the customer has written since")


def test_a_colleague_who_takes_the_conversation_speaks_alone_and_reads_so(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, mia: Actor, text: int
) -> None:
    clock.move(hours=1)
    with app.database.write() as session:
        taken = take_over(session, cast.ana.conversation_id, mia, clock(), force=True)
        assert isinstance(taken, TakenOver)
    assert end_of(app, text) == ("withheld", "a colleague took the conversation over"), "at once"
    assert notes(app)[-1] == "A text of Tom's for later was held back."
    clock.move(hours=2)
    run_until_quiet(app)
    assert provider.bodies == []


def test_what_is_about_to_leave_leaves_whoever_takes_over_then(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor, mia: Actor
) -> None:
    """Mia sees its seconds run down, with the button that takes it back."""
    writes(app, cast, tom, None)
    clock.move(seconds=3)
    with app.database.write() as session:
        take_over(session, cast.ana.conversation_id, mia, clock(), force=True)
    clock.move(seconds=5)
    run_until_quiet(app)
    assert provider.bodies == ["Your parcel is here."]


def test_taken_over_long_ago_it_does_not_leave_either(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor, mia: Actor
) -> None:
    """Nothing was sent for an hour, and Mia has spoken here since."""
    text = writes(app, cast, tom, None)
    with app.database.write() as session:
        take_over(session, cast.ana.conversation_id, mia, clock(), force=True)
    clock.move(hours=1)
    run_until_quiet(app)
    assert provider.bodies == []
    assert end_of(app, text) == ("withheld", "a colleague took the conversation over")


def test_ones_own_text_stays_when_one_takes_the_conversation_again(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, tom: Actor, text: int
) -> None:
    left_to_others(app, cast, clock, tom)
    with app.database.write() as session:
        take_over(session, cast.ana.conversation_id, tom, clock())
    clock.move(hours=3)
    run_until_quiet(app)
    assert provider.bodies == ["Your parcel is here."]


@pytest.mark.parametrize("gone", [{"active": False}, {"role": "viewer"}])
def test_whoever_wrote_it_answers_here_no_more(
    app: FakedApp,
    cast: Cast,
    clock: StillClock,
    provider: FakeProvider,
    tom: Actor,
    text: int,
    gone: dict[str, object],
) -> None:
    given_back(app, cast, clock, tom)
    with app.database.write() as session:
        session.execute(update(Staff).where(Staff.id == tom.staff_id).values(**gone))
    clock.move(hours=3)
    run_until_quiet(app)
    assert provider.bodies == []
    assert end_of(app, text) == ("withheld", "whoever wrote it answers customers no more")
    assert conversation(app, cast.ana).holder == "nobody", "a person looks, also where the bot had it"
