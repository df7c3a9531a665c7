"""The sign-up page (R20, R22): what it shows, what it takes, and that it tells nobody whose number is known."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from bot.compliance.consent import status, verify_chain
from bot.compliance.wordings import Seller, seller_of, wording
from bot.models import ConsentPayload, Conversation, Customer, LedgerEntry, Sender, Shop, Signal, Signup
from bot.settings import WebSettings
from bot.shops import ShopSettings
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakeBell, FakedApp
from webhooks import create_app
from webhooks.limits import Limiter, network_of

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

PHONE, NUMBER = "(646) 555-0177", "+16465550177"
AGENT = "Mozilla/5.0 (iPhone)"


@pytest.fixture
def client(app: FakedApp, cast: Cast) -> FlaskClient:
    return create_app(app).test_client()


def opened(client: FlaskClient, lang: str = "en") -> str:
    return client.get(f"/join/juniper?lang={lang}").get_data(as_text=True)


def stamp_in(page: str) -> str:
    found = re.search(r'name="stamp" value="([^"]+)"', page)
    assert found
    return found.group(1)


def send(client: FlaskClient, clock: StillClock, **changes: Any) -> TestResponse:
    """Open the page, take five seconds, send it."""
    stamp = stamp_in(opened(client, changes.pop("lang", "en")))
    clock.move(seconds=5)
    headers = {"User-Agent": AGENT} | changes.pop("headers", {})
    fields = {"phone": PHONE, "agree": "yes", "website": "", "stamp": stamp} | changes
    return client.post("/join/juniper", data=fields, headers=headers)


def signups(app: FakedApp) -> int:
    with app.database.read() as session:
        return session.scalar(select(func.count()).select_from(Signup)) or 0


def test_r20_the_page_names_seller_and_number_and_the_box_is_not_ticked(client: FlaskClient) -> None:
    page = opened(client)
    words = re.search(r'<label class="agree">(.*?)</label>', page, re.DOTALL)
    assert words
    assert all(
        part in words.group(1)
        for part in (
            "Juniper Coffee",
            "(212) 555-0100",
            "recurring automated marketing",
            "not a condition of any purchase",
            "up to 6 a month",
            "Msg &amp; data rates may apply",
            "STOP",
            "HELP",
        )
    )
    assert "checked" not in words.group(1)
    assert "<script" not in page


def test_r20_r22_a_sign_up_is_kept_with_words_version_address_and_browser(
    client: FlaskClient, app: FakedApp, cast: Cast, clock: StillClock, bell: FakeBell
) -> None:
    answer = send(client, clock, headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/join/juniper?done=1&lang=en")
    key = app.keys.phone_key(cast.shop_id, NUMBER)
    with app.database.read() as session:
        link, payload = session.execute(
            select(LedgerEntry, ConsentPayload.payload)
            .join(ConsentPayload, ConsentPayload.ledger_id == LedgerEntry.id)
            .where(LedgerEntry.phone_key == key)
        ).one()
        assert (link.act, link.source, link.details["medium"]) == ("signed_up", "signup", "web")
        assert link.details["wording_version"] == "page-1"
        assert "Juniper Coffee" in link.details["wording"]
        assert payload == {"phone": NUMBER, "address": "203.0.113.9", "agent": AGENT}
        assert status(session, cast.shop_id, key).consent is None, "before the YES"
        assert verify_chain(session, cast.shop_id, key) == []
        assert session.scalar(select(func.count(Signal.id))) == 1
    assert bell.rung == ["turns"]
    assert "Reply YES" in client.get(answer.headers["Location"]).get_data(as_text=True)


def test_what_is_missing_is_said_and_what_was_typed_stays(
    client: FlaskClient, app: FakedApp, clock: StillClock
) -> None:
    for fields, said in (
        ({"agree": ""}, "Tick the box"),
        ({"phone": "12345"}, "look like a phone number"),
        ({"phone": "+91 98765 43210"}, "numbers of that country"),
        ({"stamp": "page-1.en.1.00.00"}, "send it once more"),
    ):
        answer = send(client, clock, **fields)
        page = answer.get_data(as_text=True)
        assert (answer.status_code, said in page) == (422, True), page
        assert fields.get("phone", PHONE) in page.replace("&#43;", "+")
    assert signups(app) == 0


def test_a_form_that_was_changed_or_lay_open_for_a_day_is_shown_anew(
    client: FlaskClient, app: FakedApp, clock: StillClock
) -> None:
    stamp = stamp_in(opened(client))
    clock.move(hours=13)
    fields = {"phone": PHONE, "agree": "yes"}
    assert client.post("/join/juniper", data=fields | {"stamp": stamp}).status_code == 422
    fresh = stamp_in(opened(client))
    clock.move(seconds=5)
    forged = fresh.replace("page-1", "page-9")
    assert client.post("/join/juniper", data=fields | {"stamp": forged}).status_code == 422
    assert client.post("/join/paprika", data=fields | {"stamp": fresh}).status_code == 422, (
        "another shop's (I13)"
    )
    assert signups(app) == 0


def test_scripts_learn_nothing_and_nothing_happens(
    client: FlaskClient, app: FakedApp, clock: StillClock
) -> None:
    assert send(client, clock, website="http://spam.example").status_code == 303
    quick = {"phone": PHONE, "agree": "yes", "stamp": stamp_in(opened(client))}
    clock.set(clock.now.replace(microsecond=0))
    assert client.post("/join/juniper", data=quick).status_code == 303
    assert signups(app) == 0


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}], ids=["fetch", "origin"]
)
def test_another_site_can_not_send_the_form(
    client: FlaskClient, app: FakedApp, clock: StillClock, headers: dict[str, str]
) -> None:
    assert send(client, clock, headers=headers).status_code == 403
    assert signups(app) == 0


def test_our_own_page_behind_a_proxy_can(client: FlaskClient, app: FakedApp, clock: StillClock) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "https://texts.juniper.example"}
    assert send(client, clock, headers=headers).status_code == 303
    assert signups(app) == 1


def test_who_opted_out_and_who_is_in_see_the_same_page(
    client: FlaskClient, app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    answers = [send(client, clock, phone=phone) for phone in (PHONE, cast.ana.phone, cast.ben.phone)]
    assert len({(each.status_code, each.headers["Location"]) for each in answers}) == 1
    with app.database.read() as session:
        stopped = status(session, cast.shop_id, cast.ben.phone_key).suppression
        assert stopped is not None, "R12: a sign-up page ends no opt-out"
        texts = session.scalars(select(Signal.conversation_id)).all()
        new = session.scalar(
            select(Conversation.id)
            .join(Customer, Customer.id == Conversation.customer_id)
            .where(Customer.phone == NUMBER)
        )
    assert texts == [new], "one of them is asked"


def test_one_address_signs_up_ten_in_an_hour(client: FlaskClient, app: FakedApp, clock: StillClock) -> None:
    codes = [send(client, clock, phone=f"+1646555{number:04d}").status_code for number in range(100, 112)]
    assert codes == [303] * 10 + [429] * 2
    clock.move(hours=1)
    assert send(client, clock).status_code == 303


def test_the_page_is_there_in_spanish(client: FlaskClient, app: FakedApp, clock: StillClock) -> None:
    page = client.get("/join/juniper", headers={"Accept-Language": "es-MX,es;q=0.9"}).get_data(as_text=True)
    assert '<html lang="es">' in page
    assert "No hace falta aceptar para comprar" in page
    assert send(client, clock, lang="es").headers["Location"].endswith("lang=es")
    with app.database.read() as session:
        assert session.scalar(select(Customer.language).where(Customer.phone == NUMBER)) == "es"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Juniper Roasters"},
        {"settings": {"marketing_per_month": 9}},
    ],
    ids=["name", "settings"],
)
def test_r22_words_that_changed_while_the_form_lay_open_are_shown_before_they_are_agreed_to(
    client: FlaskClient, app: FakedApp, cast: Cast, clock: StillClock, change: dict[str, Any]
) -> None:
    fields = {"phone": PHONE, "agree": "yes", "stamp": stamp_in(opened(client))}
    clock.move(seconds=5)
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(**change))
    answer = client.post("/join/juniper", data=fields)
    assert answer.status_code == 422
    assert signups(app) == 0
    fields["stamp"] = stamp_in(answer.get_data(as_text=True))
    clock.move(seconds=5)
    assert client.post("/join/juniper", data=fields).status_code == 303
    assert signups(app) == 1


@pytest.mark.parametrize(
    ("direct", "told", "known"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "192.0.2.66, 198.51.100.7", "198.51.100.7"),
        ("::ffff:10.1.2.3", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "192.0.2.66, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
    ],
)
def test_r22_the_address_in_the_proof_is_the_visitor_s_behind_whatever_proxy_the_shop_trusts(
    app: FakedApp, cast: Cast, clock: StillClock, direct: str, told: str, known: str
) -> None:
    web = WebSettings(trusted_proxies=("127.0.0.1", "10.0.0.0/8"))
    proxied = replace(app, settings=app.settings.model_copy(update={"web": web}))
    client = create_app(proxied).test_client()
    stamp = stamp_in(opened(client))
    clock.move(seconds=5)
    fields = {"phone": PHONE, "agree": "yes", "stamp": stamp}
    headers = {"X-Forwarded-For": told}
    client.post("/join/juniper", data=fields, headers=headers, environ_base={"REMOTE_ADDR": direct})
    with app.database.read() as session:
        payload = session.scalars(
            select(ConsentPayload.payload)
            .join(LedgerEntry, LedgerEntry.id == ConsentPayload.ledger_id)
            .where(LedgerEntry.phone_key == app.keys.phone_key(cast.shop_id, NUMBER))
        ).one()
    assert payload["address"] == known


@pytest.mark.parametrize("path", ["/join/nobody", "/join/" + "x" * 80, "/join/a%00b"])
def test_a_shop_that_is_not_there_has_no_page(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404


def test_a_shop_without_a_number_has_no_page(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        session.execute(update(Sender).where(Sender.shop_id == cast.shop_id).values(active=False))
    assert client.get("/join/juniper").status_code == 404


def test_the_page_loads_nothing_and_can_not_be_framed(client: FlaskClient) -> None:
    policy = client.get("/join/juniper").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy


def test_a_shops_name_is_text_and_nothing_else(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(name="<b>J</b> {version}"))
    page = opened(client)
    assert "<b>J" not in page
    assert "&lt;b&gt;J&lt;/b&gt; {version}" in page


def test_r22_the_words_of_a_version_never_change() -> None:
    """Whoever agreed to them agreed to these. Better words are a new version."""
    seller = Seller(1, "s", "S", "https://s.example", "US", "+12125550100", ShopSettings())
    known = {
        (version, language): hashlib.sha256(wording(version, language, seller).text.encode()).hexdigest()[:12]
        for version in ("page-1", "checkout-1", "keyword-1")
        for language in ("en", "es")
    }
    assert known == {
        ("page-1", "en"): "b03b6d312b7a",
        ("page-1", "es"): "cf112869ae34",
        ("checkout-1", "en"): "1590678bd485",
        ("checkout-1", "es"): "32124d743b62",
        ("keyword-1", "en"): "0842fadfa0dd",
        ("keyword-1", "es"): "8a51caf0b6e1",
    }


def test_a_network_is_one_address(client: FlaskClient, clock: StillClock) -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::2") != network_of("2001:db8:0:1::2")
    assert network_of("not an address") == "not an address"
    few = Limiter(1, period=clock.now - clock.now.replace(hour=0))
    assert few.allows("192.0.2.1", clock.now)
    assert not few.allows("192.0.2.1", clock.now)
    assert few.allows("192.0.2.2", clock.now)


def test_the_seller_is_read_with_the_first_active_number(app: FakedApp, cast: Cast) -> None:
    with app.database.read() as session:
        seller = seller_of(session, cast.shop_id)
    assert seller is not None
    assert (seller.spoken, seller.site_shown) == ("(212) 555-0100", "juniper.example")
