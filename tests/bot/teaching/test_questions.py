"""Questions that no fact answers: counted, asked of staff at the third, answered, dismissed and forgotten."""

from __future__ import annotations

from sqlalchemy import select

from bot.models import OpenQuestion, ShopFact
from bot.teaching import questions
from bot.teaching.questions import Unanswered
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp


def ask(app: FakedApp, cast: Cast, text: str) -> None:
    with app.database.write() as session:
        known = questions.known(session, [cast.shop_id])[cast.shop_id]
        like = next((its_id for its_id, kept in known.items() if kept == questions.masked(text)), None)
        customer = cast.ana.customer_id
        questions.count(session, [Unanswered(1, cast.shop_id, customer, "en", text, like)], NOW)


def test_the_third_same_question_is_asked_of_staff(app: FakedApp, cast: Cast) -> None:
    for times in (1, 2, 3):
        ask(app, cast, "do you sell gift cards")
        with app.database.read() as session:
            shown = questions.asked_for(session, cast.shop_id)
            assert [each.count for each in shown] == ([3] if times == 3 else [])


def test_an_answer_becomes_a_fact_and_the_question_one_of_its_wordings(app: FakedApp, cast: Cast) -> None:
    ask(app, cast, "do you sell gift cards")
    with app.database.write() as session:
        [each] = questions.asked_for(session, cast.shop_id, at_least=1)
        assert not questions.save(session, cast.shop_id + 1, each.id, "gift_cards", "We do.")
        assert questions.save(session, cast.shop_id, each.id, "gift_cards", "We do.")
        assert not questions.save(session, cast.shop_id, each.id, "gift_cards", "We do.")
    with app.database.read() as session:
        fact = session.scalars(select(ShopFact).where(ShopFact.key == "gift_cards")).one()
        assert (fact.answer, fact.asked_as) == ("We do.", "do you sell gift cards")
        assert questions.asked_for(session, cast.shop_id, at_least=1) == []


def test_a_dismissed_question_is_counted_and_not_shown(app: FakedApp, cast: Cast) -> None:
    ask(app, cast, "are you hiring")
    with app.database.write() as session:
        [each] = questions.asked_for(session, cast.shop_id, at_least=1)
        assert questions.dismiss(session, cast.shop_id, each.id)
    ask(app, cast, "are you hiring")
    with app.database.read() as session:
        assert questions.asked_for(session, cast.shop_id, at_least=1) == []
        assert session.scalars(select(OpenQuestion.count)).one() == 2


def test_numbers_names_and_addresses_are_not_kept() -> None:
    told = questions.masked("Ana here, +1 415 555 0123, ana@x.example: is order 12 gift wrapped?", ["Ana"])
    assert told == "… here, +# ### ### ####, … is order ## gift wrapped?"


def test_the_same_words_are_one_question_whoever_read_them(app: FakedApp, cast: Cast) -> None:
    """Two workers that read at the same time know nothing of each other's question."""
    with app.database.write() as session:
        for row in (1, 2):
            alone = Unanswered(row, cast.shop_id, cast.ana.customer_id, "en", "any decaf", None)
            questions.count(session, [alone], NOW)
        assert [each.count for each in questions.asked_for(session, cast.shop_id, at_least=1)] == [2]


def test_an_answer_that_is_there_may_be_used_for_another_question(app: FakedApp, cast: Cast) -> None:
    ask(app, cast, "is it quick")
    with app.database.write() as session:
        [each] = questions.asked_for(session, cast.shop_id, at_least=1)
        there = questions.answer_of(session, cast.shop_id, each.id, "shipping")
        assert there
        assert questions.answer_of(session, cast.shop_id, each.id, "nothing") is None
        assert questions.answer_of(session, cast.other_shop_id, each.id + 1, "shipping") is None
        assert questions.save(session, cast.shop_id, each.id, "shipping", there)
    with app.database.read() as session:
        fact = session.scalars(
            select(ShopFact).where(ShopFact.shop_id == cast.shop_id, ShopFact.key == "shipping")
        ).one()
        assert fact.asked_as.splitlines()[-1] == "is it quick"
