"""What a text really meant, and the shop's facts: said from the conversation, kept, tried, and only by those who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.inbox import Actor
from bot.models import ShopFact, TaughtLine
from bot.teaching import shop_facts
from console.meanings import MEANINGS
from console.meanings import choices as meanings
from nlu.training_data import INTENTS
from tests.bot.inbox.staffed import hear
from tests.console.work.conftest import HOSTILE, Place
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp


def heard(app: FakedApp, cast: Cast, body: str = "maybe in spring") -> int:
    with app.database.write() as session:
        reading = {"intent": "no", "language": "en"}
        return hear(session, cast.ana, body, NOW - timedelta(hours=1), reading=reading)


def taught(app: FakedApp) -> list[tuple[str, str, str]]:
    with app.database.read() as session:
        return [(row.text, row.intent, row.state) for row in session.scalars(select(TaughtLine))]


def test_every_intent_that_can_be_taught_has_plain_words() -> None:
    assert set(MEANINGS) == set(INTENTS)
    assert meanings(["gift_wrap"])[0] == ("gift_wrap", "gift wrap (our own)")


def test_what_an_agent_corrects_waits_and_what_an_owner_corrects_is_taken(
    app: FakedApp, cast: Cast, tom: Place, olga: Place
) -> None:
    text = heard(app, cast, HOSTILE)
    page = tom.page(f"/texts/{text}/meant")
    assert "<img src=x" not in page
    assert "no, without asking to stop" in page, "what the reader took it for"
    page = tom.does(f"/texts/{text}/meant", intent="later")
    assert "once an owner or editor has looked" in page
    assert taught(app) == [(HOSTILE, "later", "waiting")]
    assert "within a minute" in olga.does(f"/texts/{text}/meant", intent="coupon")
    assert taught(app) == [(HOSTILE, "coupon", "taken")]
    assert "Opt them out too" in olga.does(f"/texts/{text}/meant", intent="stop")


def test_what_cannot_be_taught_is_refused_with_the_form(app: FakedApp, cast: Cast, tom: Place) -> None:
    text = heard(app, cast)
    for intent in ("", "start", "nonsense_of_ours", "<b>"):
        assert "It was not kept." in tom.does(f"/texts/{text}/meant", 422, intent=intent)
    assert taught(app) == []


def test_a_text_of_another_shop_is_none(
    app: FakedApp, cast: Cast, stranger: Place, vic: Place, tom: Place
) -> None:
    text = heard(app, cast)
    with app.database.write() as session:
        theirs = hear(session, cast.cleo, "hello", NOW)
    assert stranger.get(f"/texts/{text}/meant").status_code == 404
    assert vic.get(f"/texts/{text}/meant").status_code == 403
    assert tom.get(f"/texts/{theirs}/meant").status_code == 404
    assert tom.post(f"/texts/{theirs}/meant", intent="later").status_code == 404


def test_htmx_gets_the_form_alone(app: FakedApp, cast: Cast, tom: Place) -> None:
    text = heard(app, cast)
    answer = tom.client.get(f"/shops/juniper/texts/{text}/meant", headers={"HX-Request": "true"})
    assert answer.get_data(as_text=True).lstrip().startswith("<form")


def test_a_fact_is_added_changed_and_removed(app: FakedApp, cast: Cast, ed: Place) -> None:
    kept = {
        "key": "returns",
        "language": "es",
        "answer": f"30 días {HOSTILE}",
        "asked_as": "¿devoluciones?\n\n",
    }
    page = ed.does("/facts", **kept)
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "There is no answer in English" in page
    assert "There is no answer in Spanish" in page, "shipping has none, now that Spanish is spoken"
    page = ed.page("/facts", edit="returns", language="es")
    assert "Change returns (Spanish)" in page
    ed.does("/facts", **kept | {"answer": "60 días"})
    assert "60 días" in ed.page("/facts")
    ed.does("/facts/returns/es/remove")
    with app.database.read() as session:
        assert session.scalars(select(ShopFact.key).where(ShopFact.shop_id == cast.shop_id)).all() == [
            "shipping"
        ]
    assert ed.post("/facts/returns/es/remove").status_code == 404


def test_what_cannot_be_kept_is_said_all_at_once(ed: Place) -> None:
    page = ed.does("/facts", 422, key="Gift Cards", language="xx", answer="")
    assert page.count("<li>") >= 3
    assert 'value="Gift Cards"' in page, "what was typed is still there"


@pytest.mark.slow
def test_a_question_is_tried_by_what_the_reader_would_do(ed: Place) -> None:
    page = ed.page("/facts", q="how many days do orders take to ship")
    assert "Orders ship within a day" in page
    assert "%" in page
    assert "Each is told from the others." in ed.page("/facts", check="1")


def test_an_agent_looks_at_facts_and_changes_none(app: FakedApp, cast: Cast, tom: Place) -> None:
    page = tom.page("/facts")
    assert "Orders ship" in page
    assert "Add a fact" not in page
    assert tom.post("/facts", key="returns", language="en", answer="No.").status_code == 403
    assert tom.post("/facts/shipping/en/remove").status_code == 403
    with app.database.write() as session:
        agent = Actor(cast.shop_id, tom.known.staff_id, "Tom", "agent")
        assert shop_facts.remove(session, "shipping", "en", agent, NOW).__class__.__name__ == "NotAllowed"
