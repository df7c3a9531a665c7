"""The page on which a customer chooses: what is on it, what each choice does, and what it says of a code."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from bot.models import Click, Coupon, Customer, Link, Order, Product, Shop
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp
from tests.webhooks.test_links_door import IMESSAGE, IPHONE
from webhooks import create_app

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

TOKEN = "choose234x"
PERSON = {"User-Agent": IPHONE}


@pytest.fixture
def client(app: FakedApp, cast: Cast) -> FlaskClient:
    """Ana's link to five products: two that she can choose, one without a price, and two that are not shown."""
    more: list[dict[str, Any]] = [
        {"external_id": "mug", "name": "Blue Mug <small>", "price_cents": 900},
        {"external_id": "plain", "name": "Something plain"},
        {"external_id": "secret", "name": "Secret thing", "price_cents": 100, "private": True},
        {"external_id": "old", "name": "Old thing", "price_cents": 100, "retired": True},
    ]
    with app.database.write() as session:
        session.add_all(Product(shop_id=cast.shop_id, **each) for each in more)
        session.add(Product(shop_id=cast.other_shop_id, external_id="theirs", name="Of another shop"))
        session.add(
            Link(
                shop_id=cast.shop_id,
                token=TOKEN,
                customer_id=cast.ana.customer_id,
                purpose="choose",
                target="https://juniper.example",
                products=["mug", "secret", "sku-1", "old", "nobody-knows", "theirs", "plain"],
                created_at=NOW,
            )
        )
    return create_app(app).test_client()


def hold(app: FakedApp, cast: Cast, **changes: Any) -> None:
    """Ana holds BACK15-000, 15% till Friday, but for `changes`."""
    values = {
        "status": "live",
        "customer_id": cast.ana.customer_id,
        "offer": "deal",
        "reserved_at": NOW - timedelta(days=1),
        "starts_at": NOW - timedelta(days=1),
        "ends_at": NOW + timedelta(days=2),
    }
    with app.database.write() as session:
        session.execute(update(Coupon).where(Coupon.code == "BACK15-000").values(values | changes))


def words(page: str) -> str:
    """What stands on the page, without its marks."""
    body = page.split("</style>")[1]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))


def clicks(app: FakedApp) -> list[tuple[str | None, str | None]]:
    """(choice, why it is a machine's) of each visit."""
    with app.database.read() as session:
        return [(row.choice, row.reason) for row in session.scalars(select(Click).order_by(Click.id))]


def test_it_shows_what_is_known_sold_and_not_private_in_the_flows_order(
    client: FlaskClient, app: FakedApp
) -> None:
    answer = client.get(f"/l/{TOKEN}", headers=PERSON)
    assert answer.status_code == 200
    assert words(answer.text) == (
        "Juniper Coffee Pick one Tap what you would like. Your cart at Juniper Coffee opens with it in. "
        "Blue Mug <small> $9 Morning Blend 12 oz $15.50 Something plain Look around the shop"
    )
    assert re.findall(r'href="([^"]+)"', answer.text) == [
        f"{TOKEN}/1",
        f"{TOKEN}/3",
        f"{TOKEN}/7",
        "https://juniper.example",
    ]
    assert clicks(app) == [(None, None)]


def test_it_needs_no_script_and_loads_nothing(client: FlaskClient) -> None:
    answer = client.get(f"/l/{TOKEN}", headers=PERSON)
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r'<style nonce="([^"]+)"', answer.text)
    assert nonce
    assert f"style-src 'nonce-{nonce.group(1)}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"<script|src=|onclick|@import|url\(", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_it_says_nothing_of_who_it_is_for(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    hold(app, cast)
    page = client.get(f"/l/{TOKEN}", headers=PERSON).text
    assert "Ana" not in page
    assert cast.ana.phone not in page
    assert "BACK15" not in page


@pytest.mark.parametrize(
    ("worth", "mug", "notice"),
    [
        ({}, "$7.65 instead of $9", "15% off, till Friday night. The prices below have it taken off"),
        (
            {"percent": None, "amount_cents": 500},
            "$4 instead of $9",
            "$5 off, till Friday night. The prices below",
        ),
        ({"percent": None, "amount_cents": 5000}, "$0 instead of $9", "$50 off"),
        (
            {"percent": None, "free_shipping": True},
            "Blue Mug <small> $9 Morning",
            "Free shipping, till Friday night. It is already in your cart.",
        ),
        ({"percent": None, "gift": "mug"}, "Blue Mug <small> $9 Morning", "A free Blue Mug"),
        ({"percent": None, "points": 200}, "Blue Mug <small> $9 Morning", "200 points, till"),
    ],
)
def test_the_special_price_is_what_the_live_code_takes_off(
    client: FlaskClient, app: FakedApp, cast: Cast, worth: dict[str, Any], mug: str, notice: str
) -> None:
    hold(app, cast, **worth)
    said = words(client.get(f"/l/{TOKEN}", headers=PERSON).text)
    assert mug in said
    assert notice in said


@pytest.mark.parametrize(
    ("changes", "notice"),
    [
        ({"ends_at": NOW - timedelta(days=2)}, "Your code ended on Mar 9. These are today's prices."),
        ({"status": "void"}, "Your code does not work any more."),
        ({"status": "redeemed"}, "Your code was used on"),
    ],
)
def test_a_code_that_works_no_more_changes_no_price_and_the_page_says_so(
    client: FlaskClient, app: FakedApp, cast: Cast, changes: dict[str, Any], notice: str
) -> None:
    if changes.get("status") == "redeemed":
        with app.database.read() as session:
            changes |= {"redeemed_order_id": session.scalars(select(Order.id)).first()}
    hold(app, cast, **changes)
    said = words(client.get(f"/l/{TOKEN}", headers=PERSON).text)
    assert notice in said
    assert "instead of" not in said
    target = client.get(f"/l/{TOKEN}/3", headers=PERSON).headers["Location"]
    assert target == "https://juniper.example/cart/?products=sku-1%3A1"


def test_a_choice_is_noted_and_leads_to_its_cart_with_the_code(
    client: FlaskClient, app: FakedApp, cast: Cast
) -> None:
    hold(app, cast)
    answer = client.get(f"/l/{TOKEN}/3", headers=PERSON)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "https://juniper.example/cart/?products=sku-1%3A1&coupon=BACK15-000",
    )
    assert clicks(app) == [("sku-1", None)]
    with app.database.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).clicked_at == NOW


def test_a_gift_lies_in_the_cart_beside_the_choice(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    hold(app, cast, percent=None, gift="mug")
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(platform="shopify"))
    target = client.get(f"/l/{TOKEN}/3", headers=PERSON).headers["Location"]
    assert target == "https://juniper.example/cart/sku-1:1,mug:1?discount=BACK15-000"


def test_a_machines_look_is_no_choice_of_the_customers(
    client: FlaskClient, app: FakedApp, cast: Cast
) -> None:
    client.head(f"/l/{TOKEN}", headers=PERSON)
    client.get(f"/l/{TOKEN}/1", headers={"User-Agent": IMESSAGE})
    assert clicks(app) == [(None, "method"), ("mug", "preview")]
    with app.database.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).clicked_at is None


@pytest.mark.parametrize("place", ["0", "8", "99999999999999999999", "-1", "x", "1/2", "%00"])
def test_a_choice_that_the_flow_never_named_leads_nowhere(
    client: FlaskClient, app: FakedApp, place: str
) -> None:
    assert client.get(f"/l/{TOKEN}/{place}", headers=PERSON).status_code == 404
    assert clicks(app) == []


@pytest.mark.parametrize("place", [2, 4, 5, 6])
def test_what_is_not_shown_cannot_be_chosen_and_the_page_comes_again(
    client: FlaskClient, app: FakedApp, place: int
) -> None:
    """Typed by hand, or retired since the page was loaded."""
    here = f"https://texts.juniper.example/winback/l/{TOKEN}/{place}"
    answer = client.get(f"/l/{TOKEN}/{place}", headers=PERSON)
    assert answer.status_code == 302
    back = urlsplit(urljoin(here, answer.headers["Location"]))
    assert back.path == f"/winback/l/{TOKEN}", "under whatever path a proxy has put us"
    assert "Pick one" in client.get(f"/l/{TOKEN}", headers=PERSON).text
    assert clicks(app) == [(None, None)]


def test_an_ordinary_link_has_no_choices(client: FlaskClient, app: FakedApp) -> None:
    with app.database.write() as session:
        session.execute(update(Link).values(purpose="reorder", products=None))
    assert client.get(f"/l/{TOKEN}/1", headers=PERSON).status_code == 404


def test_when_nothing_is_left_the_page_says_so(client: FlaskClient, app: FakedApp) -> None:
    with app.database.write() as session:
        session.execute(update(Product).values(retired=True))
    assert "None of these is to be had right now." in client.get(f"/l/{TOKEN}", headers=PERSON).text


def test_a_customer_who_writes_spanish_reads_spanish(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    hold(app, cast)
    with app.database.write() as session:
        session.execute(update(Customer).where(Customer.id == cast.ana.customer_id).values(language="es"))
    answer = client.get(f"/l/{TOKEN}", headers=PERSON)
    assert answer.headers["Content-Language"] == "es"
    said = words(answer.text)
    assert "Elige uno" in said
    assert "15% de descuento, hasta el viernes." in said
