"""What keeps other sites in the same browser, and other shops, out of the console."""

from __future__ import annotations

import sqlite3

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.models import Enrolment
from console.guards import FIELD, hostname
from tests.console.conftest import FakeHandset, Visitor
from tests.console.people import Browser, member, sign_in
from tests.support.cast import Cast
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

COOKIE = "winback_console"
DEEDS = ("text", "start", "hand-back", "clock")


@pytest.mark.parametrize("deed", DEEDS)
def test_a_post_without_a_token_changes_nothing(
    client: FlaskClient, app: FakedApp, cast: Cast, handset: FakeHandset, deed: str
) -> None:
    """A page elsewhere can make a browser post here; it can't know the token."""
    client.get("/shops/juniper/simulator")
    form = {"customer": str(cast.ana.customer_id), "body": "hi", "to": "days"}
    for token in ({}, {FIELD: ""}, {FIELD: "0" * 64}):
        assert client.post(f"/shops/juniper/simulator/{deed}", data=form | token).status_code == 403
    assert handset.sent == []
    with app.database.read() as session:
        assert session.execute(select(Enrolment.id)).first() is None


def test_a_token_of_another_browser_is_none(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    """The token is bound to the cookie, and to the session once there is one; a planted cookie makes every token wrong."""
    signed_out = Browser(client, "/shops/juniper/simulator").token()
    form = {FIELD: signed_out, "customer": str(cast.ana.customer_id), "body": "hi"}
    client.set_cookie(COOKIE, "planted-by-a-neighbour-on-another-port")
    assert client.post("/shops/juniper/simulator/text", data=form).status_code == 403
    sign_in(app, client, member(app, "juniper", "owner"))
    assert client.post("/shops/juniper/simulator/text", data=form).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_a_form_posts_from_its_own_origin_or_not_at_all(
    ana: Visitor, headers: dict[str, str], status: int
) -> None:
    """Another port of this machine is another origin."""
    ana.headers = headers
    assert ana.post("text", body="hi").status_code == status


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8081", ""]
)
def test_a_foreign_name_for_this_machine_is_refused(client: FlaskClient, host: str) -> None:
    """DNS rebinding: the name is theirs, the address ours."""
    assert client.get("/", headers={"Host": host}).status_code in (400, 421)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8081", "localhost:8081", "[::1]:8081"])
def test_loopback_has_three_names(client: FlaskClient, host: str) -> None:
    """With or without a port."""
    assert client.get("/health", headers={"Host": host}).status_code == 200
    assert hostname(host) in ("127.0.0.1", "localhost", "::1")


def test_a_number_that_no_row_can_have_is_not_found(client: FlaskClient, ana: Visitor) -> None:
    """A database would refuse to compare it, which is nobody's error page."""
    token = Browser(client, "/account").token()
    for address in (
        "/account/sessions/{}/end",
        "/shops/juniper/people/{}/role",
        "/shops/juniper/people/{}/remove",
    ):
        answer = client.post(address.format(2**63), data={FIELD: token, "role": "viewer"})
        assert answer.status_code == 404, address


@pytest.mark.parametrize("deed", DEEDS)
def test_no_get_changes_anything(client: FlaskClient, deed: str) -> None:
    """A link or an image can make a GET."""
    assert client.get(f"/shops/juniper/simulator/{deed}").status_code == 405


def test_every_page_carries_the_policy(client: FlaskClient, ana: Visitor) -> None:
    """Nothing inline runs, whatever a text says."""
    for address in ("/", "/shops/juniper/", "/shops/juniper/simulator", "/nowhere", "/static/console.css"):
        policy = client.get(address).headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    for inline in ("<style", " style=", "onclick", "hx-on", "javascript:"):
        assert inline not in ana.page()


def test_the_cookie_stays_here(client: FlaskClient) -> None:
    """SameSite strict, and no script reads it."""
    cookie = client.get("/sign-in").headers["Set-Cookie"]
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie


@pytest.mark.parametrize(
    "address",
    [
        "/shops/nobody/",
        "/shops/nobody/simulator",
        "/shops/%00/",
        "/shops/juniper/simulator/live?mark=%00",
        "/shops/paprika/simulator",
        "/shops/paprika/simulator/live",
        "/shops/juniper/simulator?customer=999999",
        "/shops/juniper/simulator?customer=1%20or%201",
        "/shops/juniper/simulator?customer=-1",
        "/shops/juniper/simulator?customer=%00",
        "/shops/juniper/simulator?customer=9999999999999999999999",
    ],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, ana: Visitor, address: str) -> None:
    """Unknown shops, real shops' simulators, and customers that are none: also for whoever owns both shops."""
    assert client.get(address).status_code == 404


def test_one_shop_never_shows_another_s_customer(client: FlaskClient, cast: Cast, ana: Visitor) -> None:
    """I13: by page, by live answer, and by button."""
    cleo = {"customer": str(cast.cleo.customer_id)}
    assert client.get("/shops/juniper/simulator", query_string=cleo).status_code == 404
    assert client.get("/shops/juniper/simulator/live", query_string=cleo).status_code == 404
    for deed in DEEDS:
        assert ana.post(deed, body="hi", to="hour", **cleo).status_code == 404
    assert "Cleo" not in ana.page()


def test_a_busy_database_is_said_and_nothing_is_done(
    client: FlaskClient, ana: Visitor, app: FakedApp
) -> None:
    if app.database.engine.dialect.name != "sqlite":
        pytest.skip("one writer at a time is SQLite's")
    token = Browser(client, "/account").token()
    other = sqlite3.connect(str(app.database.engine.url.database), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        answer = client.post("/account/name", data={FIELD: token, "name": "Anabel"})
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "Nothing of this was done" in answer.get_data(as_text=True)
    finally:
        other.close()
