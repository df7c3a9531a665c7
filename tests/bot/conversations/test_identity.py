"""R30: «who is this?» gets shop, site and how to stop, nothing of the customer; marketing waits for a fitting reply."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bot.compliance.consent import status
from bot.conversations import holders
from bot.conversations.receive import InboundText, receive
from bot.conversations.work import take_turns
from bot.models import Conversation
from bot.sending.dispatch import send_due
from nlu.reader import embedded_reader
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

_texts = iter(range(10_000))
NOTHING = ("yes", "no", "no.", "sí", "not now", "ahora no", "subscribe", "thanks", "asdf")
"""What a stranger may say as well."""


@pytest.fixture(autouse=True)
def reads(reader: FakeReader) -> None:
    """As the shipped reader reads."""
    real = embedded_reader(sure=0.55, unsure=0.30)
    for words in ("Who is this?", "¿quién eres?", "wrong number", "same again", *NOTHING):
        reader.reads[words] = real.read(words, today=date(2026, 3, 11))


def says(app: FakedApp, cast: Cast, clock: StillClock, words: str) -> None:
    receive(app, InboundText(ACCOUNT, f"SM-who-{next(_texts)}", cast.ana.phone, cast.number, words))
    clock.move(seconds=app.settings.settle_seconds)
    take_turns(app)
    send_due(app)


def matter(app: FakedApp, cast: Cast) -> str | None:
    with app.database.read() as session:
        return session.scalar(
            select(Conversation.open_matter).where(Conversation.id == cast.ana.conversation_id)
        )


@pytest.mark.parametrize("words", ["Who is this?", "¿quién eres?"])
def test_r30_the_answer_names_shop_site_and_stop_and_nothing_of_the_customer(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, words: str
) -> None:
    says(app, cast, clock, words)
    (said,) = provider.bodies
    assert all(part in said for part in ("Juniper Coffee", "juniper.example", "STOP", "bot"))
    assert not any(part in said for part in ("Ana", "Morning Blend", "?"))
    assert matter(app, cast) == "identity"


@pytest.mark.parametrize(
    ("reply", "left"),
    [
        ("same again", None),
        *((words, "identity") for words in NOTHING),
        ("Who is this?", "identity"),
    ],
)
def test_r30_a_fitting_reply_ends_it_and_nothing_else(
    app: FakedApp, cast: Cast, clock: StillClock, reply: str, left: str | None
) -> None:
    says(app, cast, clock, "Who is this?")
    says(app, cast, clock, reply)
    assert matter(app, cast) == left


@pytest.mark.parametrize("already", [None, "complaint"])
def test_r30_asked_of_a_person_it_outlasts_the_hand_back(
    app: FakedApp, cast: Cast, clock: StillClock, already: str | None
) -> None:
    with app.database.write() as session:
        held = session.get_one(Conversation, cast.ana.conversation_id)
        holders.hand_off(held, "test", already, clock())
    says(app, cast, clock, "Who is this?")
    with app.database.write() as session:
        holders.hand_back(session.get_one(Conversation, cast.ana.conversation_id), clock())
    assert matter(app, cast) == "identity"
    says(app, cast, clock, "same again")
    assert matter(app, cast) is None


def test_r30_silence_never_ends_it(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    says(app, cast, clock, "Who is this?")
    clock.move(days=60)
    take_turns(app)
    assert matter(app, cast) == "identity"


def test_r30_a_wrong_number_is_held_until_a_person_confirms(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    says(app, cast, clock, "Who is this?")
    says(app, cast, clock, "wrong number")
    with app.database.read() as session:
        stopped = status(session, cast.shop_id, cast.ana.phone_key).suppression
    assert stopped is not None
    assert stopped.kind == "wrong_number"
