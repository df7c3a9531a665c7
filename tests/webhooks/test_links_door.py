"""Short links: the visitor goes on, the visit is kept, and a machine's look is not a click."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.models import Click, Customer, Link
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp
from webhooks import create_app
from webhooks.visitors import machine_reason

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
CUBOT = "Mozilla/5.0 (Linux; Android 13; CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
IMESSAGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 "
    "Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)
CART = "https://juniper.example/cart/1:2?discount=BACK15"


@pytest.fixture
def client(app: FakedApp, cast: Cast) -> FlaskClient:
    with app.database.write() as session:
        for token, target in (("abc23456x", CART), ("badtarget", "javascript:alert(1)")):
            session.add(
                Link(
                    shop_id=cast.shop_id,
                    token=token,
                    customer_id=cast.ana.customer_id,
                    purpose="reorder",
                    target=target,
                    created_at=NOW,
                )
            )
    return create_app(app).test_client()


def clicks(app: FakedApp) -> list[tuple[bool, str | None]]:
    with app.database.read() as session:
        return [
            (click.by_machine, click.reason) for click in session.scalars(select(Click).order_by(Click.id))
        ]


def test_a_person_is_sent_to_the_cart_and_counted(client: FlaskClient, app: FakedApp) -> None:
    answer = client.get("/l/abc23456x", headers={"User-Agent": IPHONE})
    assert (answer.status_code, answer.headers["Location"]) == (302, CART)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert clicks(app) == [(False, None)]


def test_a_look_without_opening_is_a_machine_s(client: FlaskClient, app: FakedApp) -> None:
    assert client.head("/l/abc23456x", headers={"User-Agent": IPHONE}).status_code == 302
    assert clicks(app) == [(True, "method")]


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        (IPHONE, None),
        (CUBOT, None),
        (IMESSAGE, "preview"),
        ("WhatsApp/2.23.20.0", "preview"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "crawler"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/130.0", "crawler"),
        ("Barracuda Sentinel (EE)", "scanner"),
        ("curl/8.5.0", "program"),
        ("python-requests/2.32", "program"),
        ("", "no_agent"),
    ],
)
def test_who_is_a_machine_is_told_by_the_agent(agent: str, reason: str | None) -> None:
    assert machine_reason("GET", {"User-Agent": agent}) == reason


@pytest.mark.parametrize("header", ["Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"])
def test_a_prefetch_is_a_machine_s_though_the_browser_is_a_person_s(header: str) -> None:
    assert machine_reason("GET", {"User-Agent": IPHONE, header: "prefetch;prerender"}) == "prefetch"


@pytest.mark.parametrize(
    "token", ["nothing99", "abc23456", "ABC23456X", "x" * 500, "%00", "https:%2F%2Fevil.example"]
)
def test_an_unknown_token_gets_a_friendly_page_and_leaves_no_trace(
    client: FlaskClient, app: FakedApp, token: str
) -> None:
    answer = client.get(f"/l/{token}", headers={"User-Agent": IPHONE})
    assert answer.status_code == 404
    assert clicks(app) == []


def test_the_page_for_a_lost_link_says_what_to_do(client: FlaskClient) -> None:
    answer = client.get("/l/nothing99")
    assert "answer the text" in answer.text
    assert answer.content_type.startswith("text/html")


def test_only_the_row_says_where_a_link_leads(client: FlaskClient) -> None:
    answer = client.get("/l/abc23456x?target=https://evil.example&next=//evil.example")
    assert answer.headers["Location"] == CART
    assert client.get("/l/badtarget").status_code == 404


def test_an_agent_of_any_length_with_a_nul_is_kept_short(client: FlaskClient, app: FakedApp) -> None:
    client.get("/l/abc23456x", headers={"User-Agent": "Mozilla/5.0 é" + "x" * 1000})
    with app.database.read() as session:
        assert len(session.scalars(select(Click.agent)).one()) == 300


@pytest.mark.parametrize(("agent", "alive"), [(IPHONE, True), (IMESSAGE, False)])
def test_a_persons_click_is_a_sign_of_life_a_machines_is_none(
    client: FlaskClient, app: FakedApp, cast: Cast, agent: str, alive: bool
) -> None:
    """It ends the row of texts that met silence (rule let_go)."""
    client.get("/l/abc23456x", headers={"User-Agent": agent})
    with app.database.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).clicked_at == (NOW if alive else None)
        assert session.get_one(Customer, cast.ben.customer_id).clicked_at is None
