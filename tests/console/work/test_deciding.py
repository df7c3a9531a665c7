"""Deciding on the page: each kind with its reason and words, one click, taken back where that can be, by whom it is allowed."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.compliance import consent
from bot.models import Flow, OpenQuestion, Outbound, ShopFact, TaughtLine
from console.meanings import MEANINGS, meaning
from console.words import SOURCES
from nlu.training_data import INTENTS
from tests.bot.inbox.staffed import hear, say
from tests.console.work.conftest import HOSTILE, Place
from tests.support.cast import Cast, Member
from tests.support.clock import NOW
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def doubted(
    app: FakedApp, who: Member, kind: consent.HoldKind = "held", body: str = "enough already"
) -> None:
    with app.database.write() as session:
        at = NOW - timedelta(hours=1)
        hear(session, who, body, at)
        consent.hold(session, who.shop_id, who.phone_key, source="model", at=at, kind=kind)


def stands(app: FakedApp, who: Member) -> str | None:
    with app.database.read() as session:
        found = consent.status(session, who.shop_id, who.phone_key).suppression
        return found.kind if found else None


def asked_often(app: FakedApp, cast: Cast, text: str = "do you sell gift cards") -> int:
    with app.database.write() as session:
        row = OpenQuestion(shop_id=cast.shop_id, language="en", text=text, count=3, last_at=NOW, state="open")
        session.add(row)
        session.flush()
        return row.id


def corrected(app: FakedApp, cast: Cast) -> int:
    with app.database.write() as session:
        row = TaughtLine(
            shop_id=cast.shop_id,
            language="en",
            intent="later",
            text="maybe in spring",
            plain_key="k",
            origin="correction",
            state="waiting",
            customer_id=cast.ana.customer_id,
            at=NOW,
        )
        session.add(row)
        session.flush()
        return row.id


def test_a_doubt_is_shown_with_its_words_and_settled_either_way(
    app: FakedApp, cast: Cast, tom: Place
) -> None:
    doubted(app, cast.ana, body=HOSTILE)
    page = tom.page("/decide")
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "Without a decision it is an opt-out" in page
    deed = f"/decide/doubts/{cast.ana.conversation_id}"
    page = tom.does(deed, choice="go")
    assert "Texts may leave to them again." in page
    assert stands(app, cast.ana) is None
    assert f'action="/shops/juniper{deed}"' in page, "it can be taken back"
    tom.does(deed, choice="stop")
    assert stands(app, cast.ana) == "opted_out"
    assert "That was not done." in tom.does(deed, 409, choice="go"), "an opt-out is not lifted here"
    assert tom.post(deed, choice="perhaps").status_code == 400


def test_a_wrong_number_and_a_text_of_unknown_fate_are_settled(app: FakedApp, cast: Cast, tom: Place) -> None:
    doubted(app, cast.ana, "wrong_number", "who is this? not ana")
    with app.database.write() as session:
        text = session.get_one(
            Outbound, say(session, cast.ana, "Did it leave?", NOW - timedelta(days=1), status="unknown")
        ).public_id
    assert "Did it leave?" in tom.page("/decide", kind="unknown")
    assert "not ana" not in tom.page("/decide", kind="unknown")
    assert "It counts as not sent." in tom.does(f"/decide/texts/{text}", choice="lost")
    assert "It is known by now" in tom.does(f"/decide/texts/{text}", 409, choice="sent")
    page = tom.does(f"/decide/numbers/{cast.ana.conversation_id}", choice="theirs", kind="wrong_number")
    assert "It is their number" in page
    assert stands(app, cast.ana) is None


def test_a_question_becomes_a_fact_in_each_language_or_is_not_asked_again(
    app: FakedApp, cast: Cast, ed: Place, tom: Place
) -> None:
    question = asked_often(app, cast)
    page = ed.page("/decide")
    assert "Asked 3 times" in page
    assert 'value="gift_cards"' in page, "a name is suggested"
    assert "An owner or editor decides this." in tom.page("/decide")
    path = f"/decide/questions/{question}/save"
    wrong = ed.does(path, 422, new_key="Gift Cards", **{"answer-en": "", "answer-es": "Sí."})
    assert "A name has small letters" in wrong
    assert "Sí." in wrong, "what was typed is still there"
    ed.does(path, new_key="gift_cards", **{"answer-en": "Yes, at the till.", "answer-es": "Sí, en caja."})
    with app.database.read() as session:
        found = session.scalars(select(ShopFact).where(ShopFact.key == "gift_cards")).all()
    assert {(each.language, each.answer, each.asked_as) for each in found} == {
        ("en", "Yes, at the till.", "do you sell gift cards"),
        ("es", "Sí, en caja.", ""),
    }
    other = asked_often(app, cast, "how long does it take")
    ed.does(f"/decide/questions/{other}/save", key="shipping", new_key="x", **{"answer-en": ""})
    with app.database.read() as session:
        fact = session.scalars(
            select(ShopFact).where(ShopFact.shop_id == cast.shop_id, ShopFact.key == "shipping")
        ).one()
    assert fact.answer.startswith("Orders ship"), "its answer stays"
    assert "how long does it take" in fact.asked_as
    third = asked_often(app, cast, "are you open on sundays")
    assert "not be asked" in ed.does(f"/decide/questions/{third}/dismiss")
    assert ed.post(f"/decide/questions/{third}/dismiss").status_code == 404


def test_a_question_that_was_dismissed_by_mistake_is_asked_again(
    app: FakedApp, cast: Cast, ed: Place, tom: Place
) -> None:
    question = asked_often(app, cast)
    deed = f"/decide/questions/{question}/dismiss"
    page = ed.does(deed)
    assert "do you sell gift cards" not in page
    assert f'action="/shops/juniper{deed}"' in page
    assert "Ask again after all" in page
    assert tom.post(deed, choice="again").status_code == 403
    assert "do you sell gift cards" in ed.does(deed, choice="again")
    assert ed.post(deed, choice="again").status_code == 404, "it is open"


def test_a_flow_on_hold_is_looked_at_and_let_go_on(app: FakedApp, cast: Cast, ed: Place, tom: Place) -> None:
    with app.database.write() as session:
        row = Flow(
            shop_id=cast.shop_id, name="spring_sale", held_at=NOW, held_why="12 of the last 200 opted out"
        )
        session.add(row)
        session.flush()
        flow = row.id
    page = tom.page("/decide")
    assert "spring sale" in page
    assert "Held: 12 of the last 200 opted out" in page
    assert "An owner or editor decides this." in page
    assert tom.post(f"/decide/flows/{flow}", choice="resume").status_code == 403
    assert "Let it go on" in ed.page("/decide", kind="flow")
    assert "It goes on" in ed.does(f"/decide/flows/{flow}", choice="resume")
    assert "That was settled already." in ed.does(f"/decide/flows/{flow}", choice="resume")
    with app.database.read() as session:
        assert session.get_one(Flow, flow).held_at is None


def test_nothing_that_a_text_can_mean_and_nobody_who_silenced_is_said_in_our_own_jargon() -> None:
    assert set(INTENTS) <= set(MEANINGS)
    assert meaning("start") == "wants our texts again"
    bot = Path(consent.__file__).parent.parent
    found = {
        each
        for file in bot.rglob("*.py")
        for each in re.findall(r'\bsource="([a-z_]+)"', file.read_text("utf-8"))
    }
    assert found | consent.LIFTING <= set(SOURCES)


def test_a_correction_is_taken_and_that_is_taken_back(app: FakedApp, cast: Cast, ed: Place) -> None:
    line = corrected(app, cast)
    page = ed.page("/decide")
    assert "maybe in spring" in page
    assert "ask me another time" in page
    assert "the reader reads as it came" in page, "which version is in force"
    page = ed.does(f"/decide/lines/{line}", choice="take")
    assert "Refuse it after all" in page
    ed.does(f"/decide/lines/{line}", choice="refuse")
    with app.database.read() as session:
        assert session.get_one(TaughtLine, line).state == "refused"


def test_a_customer_who_said_so_on_the_phone_is_opted_out(app: FakedApp, cast: Cast, tom: Place) -> None:
    path = f"/opt-out/{cast.ana.conversation_id}"
    assert "Opt Ana out" in tom.page(path)
    assert stands(app, cast.ana) is None
    tom.does(path, medium="phone", reason="please stop that")
    assert stands(app, cast.ana) == "opted_out"


def test_only_those_whose_role_may_decide(
    app: FakedApp, cast: Cast, vic: Place, tom: Place, stranger: Place
) -> None:
    doubted(app, cast.ana)
    doubted(app, cast.cleo)
    line = corrected(app, cast)
    page = vic.page("/decide")
    assert "enough already" in page
    assert 'name="choice"' not in page
    assert vic.post(f"/decide/doubts/{cast.ana.conversation_id}", choice="go").status_code == 403
    assert tom.post(f"/decide/lines/{line}", choice="take").status_code == 403
    assert tom.post(f"/decide/doubts/{cast.cleo.conversation_id}", choice="go").status_code == 404
    assert stranger.post(f"/decide/doubts/{cast.ana.conversation_id}", choice="go").status_code == 404
    assert stands(app, cast.cleo) == "held"
