"""Who is heard, by whom and from which number: strangers, pauses, JOIN, and those who never pause."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update

from bot.compliance import consent
from bot.conversations.receive import InboundText, Media, receive
from bot.models import Sender, Shop, StrayText
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def _evening(clock: StillClock) -> None:
    """Saturday noon in San Francisco and 3 pm in New York: every window is open."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_a_text_to_nobody_is_kept_for_the_operator(app: FakedApp, cast: Cast, provider: FakeProvider) -> None:
    """A number that no shop has."""
    receive(app, InboundText("AC1", "SM9", cast.ana.phone, "+19995550199", "hello"))
    receive(app, InboundText("AC1", "SM9", cast.ana.phone, "+19995550199", "hello"))
    with app.database.read() as session:
        assert session.execute(select(func.count()).select_from(StrayText)).scalar_one() == 1


def test_somebody_unknown_is_answered_by_the_front_desk(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """Nobody ever talks to silence."""
    reader.reads["do you sell tea"] = reading("question")
    receive(app, InboundText(ACCOUNT, "SM77", "+14155550188", cast.number, "do you sell tea"))
    clock.move(seconds=4)
    run_until_quiet(app)
    assert "A person will text you the answer" in provider.bodies[-1]


def test_a_paused_shop_holds_its_texts_and_sends_them_when_it_goes_on(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """`winback pause` holds, it does not throw away."""
    enrol_in(app, cast, cast.ana)
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(state="paused"))
    run_until_quiet(app)
    assert provider.bodies == []
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(state="live"))
    clock.move(hours=1, minutes=1)
    run_until_quiet(app)
    assert len(provider.bodies) == 1


def test_join_is_consent_in_writing_and_is_confirmed_by_us(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    """R20, R120: the carriers know nothing of JOIN, so the confirmation with all its contents is ours."""
    receive(app, InboundText(ACCOUNT, "SM88", "+14155550187", cast.number, " Join "))
    run_until_quiet(app)
    assert "You're in for reorder reminders" in provider.bodies[0]
    with app.database.read() as session:
        key = app.keys.phone_key(cast.shop_id, "+14155550187")
        given = consent.status(session, cast.shop_id, key).consent
        assert given is not None
        assert given.kind == "written"


def test_silence_is_not_over_while_the_customer_is_speaking(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """A text that has not settled comes before the timer that has just run out."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(days=4, seconds=-1)
    reader.reads["same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=2)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    clock.move(seconds=2)
    run_until_quiet(app)
    assert "cart" in provider.bodies[1]


def test_the_answer_comes_from_the_number_that_was_texted(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """A shop with two numbers stays in the thread."""
    with app.database.write() as session:
        session.add(Sender(shop_id=cast.shop_id, number="+12125550177", account=ACCOUNT))
    reader.reads["hello"] = reading("smalltalk")
    receive(app, InboundText(ACCOUNT, "SM66", cast.ana.phone, "+12125550177", "hello"))
    clock.move(seconds=4)
    run_until_quiet(app)
    assert provider.asked[0].from_number == "+12125550177"


def test_a_picture_without_words_goes_to_a_person(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """The customer is told that it came; nothing pretends to have looked at it."""
    picture = Media("https://api.twilio.example/media/1", "image/jpeg")
    receive(app, InboundText(ACCOUNT, "SM55", cast.ana.phone, cast.number, "", (picture,)))
    clock.move(seconds=4)
    run_until_quiet(app)
    assert "Thanks, got the photo. A person will look" in provider.bodies[0]
    assert conversation(app, cast.ana).holder == "nobody"


def test_a_thumb_on_a_text_is_kept_and_not_answered(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """R146: the quoted words, STOP among them, are ours and not the customer's."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "Liked \u201cHi Ana, Juniper's text bot here. STOP to opt out.\u201d")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    assert conversation(app, cast.ana).holder == "bot"


def test_somebody_who_never_pauses_is_answered_all_the_same(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """After five times the settling, with what was said so far."""
    for n in range(18):
        text_in(app, cast, cast.ana, f"and another thing, number {n}")
        clock.move(seconds=1)
        run_until_quiet(app)
    assert len(provider.bodies) == 1
