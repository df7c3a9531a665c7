"""The contact card: what stands on the shop's site anyway, in a form that a phone keeps."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from bot.models import Sender, Shop
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider
from webhooks import create_app
from webhooks.cards import vcard


@pytest.fixture
def client(app: FakedApp, cast: Cast) -> FlaskClient:
    return create_app(app).test_client()


def slug_of(app: FakedApp, cast: Cast) -> str:
    with app.database.read() as session:
        return session.get_one(Shop, cast.shop_id).slug


def test_a_phone_gets_a_card_that_it_can_keep(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    answer = client.get(f"/card/{slug_of(app, cast)}")
    assert answer.status_code == 200
    assert answer.content_type == "text/vcard; charset=utf-8"
    lines = answer.text.split("\r\n")
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:3.0"]
    assert lines[-2:] == ["END:VCARD", ""]
    assert f"TEL;TYPE=CELL,TEXT:{cast.number}" in lines
    assert not any(cast.other_number in line for line in lines), "I13: another shop's"


def test_a_shop_that_is_not_there_or_has_no_number_has_no_card(
    client: FlaskClient, app: FakedApp, cast: Cast
) -> None:
    slug = slug_of(app, cast)
    for path in ("/card/nobody", "/card/..", "/card/a%00b", "/card/A%20B", "/card/"):
        assert client.get(path).status_code == 404, path
    with app.database.write() as session:
        session.execute(update(Sender).where(Sender.shop_id == cast.shop_id).values(active=False))
    assert client.get(f"/card/{slug}").status_code == 404


def test_no_name_breaks_out_of_its_field() -> None:
    card = vcard("A;B, C\\D\r\nTEL:+1999", "https://x.example", "+1 (800) 555-0100", ["+12125550100"])
    lines = card.split("\r\n")
    assert "FN:A\\;B\\, C\\\\D TEL:+1999" in lines
    assert "TEL;TYPE=WORK,VOICE:+1 (800) 555-0100" in lines
    assert len([line for line in lines if line.startswith("TEL")]) == 2


@pytest.mark.parametrize("wish", ["Send me your contact", "save your number", "mándame tu contacto"])
def test_whoever_asks_for_it_gets_its_address(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock, wish: str
) -> None:
    from bot.settings import NluSettings
    from nlu.reader import embedded_reader

    read = embedded_reader(sure=NluSettings().sure, unsure=NluSettings().unsure)
    app.reader.reads[wish.lower()] = read.read(wish, today=clock().date())  # type: ignore[attr-defined]
    text_in(app, cast, cast.ana, wish)
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    assert f"/card/{slug_of(app, cast)}" in provider.bodies[0]
