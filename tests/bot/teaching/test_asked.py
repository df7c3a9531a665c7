"""Questions without a fact on their way through receive and the worker: counted once each, answered once a fact is saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from bot.conversations.receive import InboundText, receive
from bot.conversations.turn import take_turns_together
from bot.conversations.work import take_turns
from bot.models import Conversation, Inbound, OpenQuestion, ShopFact
from bot.privacy.erase import erase
from bot.teaching import asked, questions
from bot.teaching.questions import Open
from nlu.interpretation import Interpretation
from tests.bot.conversations.loop import run_until_quiet
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

CARDS = "do you sell gift cards"


class Asking(FakeReader):
    """Takes every text for a question, in `spoken`; finds the fact that has it among its wordings, word for word."""

    spoken = "en"

    def read(self, text: str, *, today: date, answers: Mapping[str, str]) -> Interpretation:
        """Looks for it in what it was given."""
        fact = next((key for key, lines in answers.items() if text in lines.splitlines()), None)
        return reading("question", language=self.spoken, slots={"fact": fact} if fact else {})


@pytest.fixture
def reader() -> Asking:
    """The reader of `app`."""
    return Asking()


@pytest.fixture(autouse=True)
def _noon(clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def ask(app: FakedApp, cast: Cast, clock: StillClock, number: int, text: str = CARDS) -> None:
    """A customer of this number asks, and is heard."""
    receive(
        app, InboundText(ACCOUNT, f"SM{clock():%H%M%S}{number}", f"+1415555015{number}", cast.number, text)
    )
    clock.move(seconds=4)
    run_until_quiet(app)


def open_ones(app: FakedApp, cast: Cast, at_least: int = 1) -> list[Open]:
    """What is counted."""
    with app.database.read() as session:
        return questions.asked_for(session, cast.shop_id, at_least=at_least)


def test_the_third_customer_makes_it_ask_for_a_fact_and_the_fourth_is_answered(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider
) -> None:
    for number in (1, 2, 3):
        assert open_ones(app, cast, questions.ASK_AFTER) == []
        ask(app, cast, clock, number)
    [wanted] = open_ones(app, cast, questions.ASK_AFTER)
    assert (wanted.text, wanted.count, wanted.language) == (CARDS, 3, "en")
    with app.database.write() as session:
        assert questions.save(
            session, cast.shop_id, wanted.id, "gift_cards", "We do, from $10 to $200, by e-mail."
        )
    ask(app, cast, clock, 4)
    assert provider.bodies[-1].endswith("We do, from $10 to $200, by e-mail.")
    assert open_ones(app, cast) == []


def test_the_same_text_is_counted_once_however_often_turns_are_taken(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    receive(app, InboundText(ACCOUNT, "SM1", "+14155550151", cast.number, CARDS))
    run_until_quiet(app)
    assert open_ones(app, cast) == [], "it waits for the rest of the breath, and is read again"
    clock.move(seconds=4)
    for _ in range(2):
        receive(app, InboundText(ACCOUNT, "SM1", "+14155550151", cast.number, CARDS))
        run_until_quiet(app)
    assert [each.count for each in open_ones(app, cast)] == [1]


def test_a_worker_that_read_it_too_and_comes_too_late_does_not_count_it_again(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    receive(app, InboundText(ACCOUNT, "SM1", "+14155550151", cast.number, CARDS))
    clock.move(seconds=4)
    with app.database.read() as session:
        text, whose = session.execute(select(Inbound.id, Inbound.conversation_id)).one()
    readings = {whose: {(text,): app.reader.read(CARDS, today=clock().date(), answers={})}}
    too_late = asked.unanswered(app.database, readings)
    assert take_turns(app) == 1
    turned: set[int] = set()
    with app.database.write() as session:
        take_turns_together(session, app.keys, "http://x", [whose], readings, app.real_now, turned)
        asked.count_turned(session, too_late, turned, clock())
    assert turned == set()
    assert [each.count for each in open_ones(app, cast)] == [1]


def test_the_same_question_of_three_in_one_batch_is_one_question(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    for number in (1, 2, 3):
        receive(app, InboundText(ACCOUNT, f"SM{number}", f"+1415555015{number}", cast.number, CARDS))
    clock.move(seconds=4)
    run_until_quiet(app)
    assert [(each.text, each.count) for each in open_ones(app, cast)] == [(CARDS, 3)]


def test_a_question_that_does_not_tell_its_language_is_kept_in_the_customers(
    app: FakedApp, cast: Cast, clock: StillClock, reader: Asking
) -> None:
    reader.spoken = None  # type: ignore[assignment]
    ask(app, cast, clock, 1, "decaf?")
    with app.database.write() as session:
        session.execute(Conversation.__table__.update().values(language="es"))  # type: ignore[attr-defined]
    ask(app, cast, clock, 1, "vegano?")
    assert sorted((each.text, each.language) for each in open_ones(app, cast)) == [
        ("decaf?", "en"),
        ("vegano?", "es"),
    ]


def test_erasure_takes_the_words_of_whoever_asked_first(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    ask(app, cast, clock, 1)
    assert erase(app, cast.shop_id, "+14155550151", by="test") is not None
    with app.database.read() as session:
        assert session.scalars(select(OpenQuestion.text)).all() == []


def test_a_question_is_matched_in_its_own_language_and_answered_in_it(
    app: FakedApp, cast: Cast, clock: StillClock, reader: Asking, provider: FakeProvider
) -> None:
    """The conversation was in English so far; the text is Spanish."""
    with app.database.write() as session:
        for language, answer, lines in (
            ("en", "Orders leave within a day.", "¿cuánto tarda el envío?\nhow long"),
            ("es", "Los pedidos salen en un día.", "¿cuánto tarda el pedido?"),
        ):
            session.add(
                ShopFact(
                    shop_id=cast.shop_id, key="delivery", language=language, answer=answer, asked_as=lines
                )
            )
    reader.spoken = "es"
    ask(app, cast, clock, 1, "¿cuánto tarda el pedido?")
    assert provider.bodies[-1].endswith("Los pedidos salen en un día.")
    ask(app, cast, clock, 2, "¿cuánto tarda el envío?")
    assert "pedidos" not in provider.bodies[-1], (
        "an English fact's wording is not asked of a Spanish question"
    )


def test_a_fact_found_for_one_question_never_answers_the_next(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, reader: Asking
) -> None:
    """The first goes to a person, who gives it back; the second has no fact."""
    ask(app, cast, clock, 1, "Orders leave within a day.")
    said = len(provider.bodies)
    ask(app, cast, clock, 1, "are you hiring")
    assert not any("Orders leave" in body for body in provider.bodies[said:])
