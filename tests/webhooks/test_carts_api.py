"""A shop reports carts that were left: the shape, whose they are, twice is once, and where their links may lead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from bot.keys import api_key_hash
from bot.models import ApiKey, Cart, Consent, Customer, Shop
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp
from webhooks import create_app

KEY, OTHER_KEY = "k-juniper", "k-paprika"


@pytest.fixture
def client(app: FakedApp, cast: Cast) -> FlaskClient:
    with app.database.write() as session:
        for key, shop_id in ((KEY, cast.shop_id), (OTHER_KEY, cast.other_shop_id)):
            session.add(ApiKey(shop_id=shop_id, key_hash=api_key_hash(key), label="test", created_at=NOW))
    return create_app(app).test_client()


def a_cart(**changes: Any) -> dict[str, Any]:
    cart: dict[str, Any] = {
        "external_id": "c-1",
        "updated_at": "2026-03-11T12:00:00-04:00",
        "total": "31.00",
        "currency": "usd",
        "customer": {"phone": "(415) 555-0101", "first_name": "Ana"},
        "lines": [
            {"product_id": "v1", "name": "Morning Blend", "quantity": 2, "price": 15.5},
            {"name": "Shipping", "quantity": 1, "price": 5},
        ],
        "link": "https://juniper.example/checkouts/r/abc?key=1",
        "theme": "unknown fields are ignored",
    }
    return cart | changes


def post(client: FlaskClient, document: Any, key: str | None = KEY) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.post("/api/v1/carts", json=document, headers=headers)


def test_a_cart_is_created_once_and_moves_with_what_is_reported(
    client: FlaskClient, app: FakedApp, cast: Cast
) -> None:
    first, again = post(client, a_cart()), post(client, a_cart())
    assert (first.status_code, first.json) == (201, {"carts": [{"external_id": "c-1", "result": "created"}]})
    assert (again.status_code, again.json["carts"][0]["result"]) == (200, "unchanged")
    more = a_cart(updated_at="2026-03-11T12:30:00-04:00", total=46.5)
    assert post(client, more).json["carts"][0]["result"] == "updated"
    assert post(client, a_cart()).json["carts"][0]["result"] == "unchanged"  # older than what is known
    with app.database.read() as session:
        row = session.execute(select(Cart)).scalar_one()
        assert (row.customer_id, row.total_cents, row.currency) == (cast.ana.customer_id, 4650, "USD")
        assert row.items == [{"id": "v1", "name": "Morning Blend", "quantity": 2, "price_cents": 1550}]
        assert row.updated_at == NOW - timedelta(minutes=30)


def test_what_was_ordered_stays_ordered(client: FlaskClient, app: FakedApp) -> None:
    post(client, a_cart(ordered_at="2026-03-11T12:10:00-04:00", updated_at="2026-03-11T12:10:00-04:00"))
    post(client, a_cart(updated_at="2026-03-11T12:20:00-04:00"))
    with app.database.read() as session:
        assert session.execute(select(Cart.ordered_at)).scalar_one() == NOW - timedelta(minutes=50)


def test_an_order_takes_the_carts_that_were_left_before_it(client: FlaskClient, app: FakedApp) -> None:
    post(client, a_cart())
    order = {
        "external_id": "1001",
        "placed_at": "2026-03-11T12:40:00-04:00",
        "total": 31,
        "currency": "USD",
        "customer": {"phone": "4155550101"},
    }
    client.post("/api/v1/orders", json=order, headers={"Authorization": f"Bearer {KEY}"})
    with app.database.read() as session:
        assert session.execute(select(Cart.ordered_at)).scalar_one() == NOW - timedelta(minutes=20)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"link": "https://evil.example/x"}, "link"),
        ({"link": "https://juniper.example.evil.example/x"}, "link"),
        ({"link": "https://evil.example@juniper.example/x"}, "link"),
        ({"link": "https://juniper.example:8443/x"}, "link"),
        ({"link": "https://evil.example\\@juniper.example"}, "link"),
        ({"link": "http://juniper.example/x"}, "link"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://[juniper.example/x"}, "link"),
        ({"updated_at": "2026-03-14T12:00:00Z"}, "updated_at"),
        ({"updated_at": "yesterday"}, "updated_at"),
        ({"updated_at": "2026-03-11T12:00:00"}, "updated_at"),
        ({"total": -1}, "total"),
        ({"currency": "dollars"}, "currency"),
        ({"external_id": " "}, "external_id"),
        ({"customer": {"phone": "12"}}, "customer.phone"),
        ({"lines": [{"quantity": 1}]}, "lines.0.name"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_nothing_is_written(
    client: FlaskClient, app: FakedApp, changes: dict[str, Any], field: str
) -> None:
    answer = post(client, a_cart(**changes))
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json["problems"]] == [field]
    with app.database.read() as session:
        assert session.execute(select(func.count()).select_from(Cart)).scalar_one() == 0


def test_a_link_may_lead_to_the_shop_s_other_hosts(client: FlaskClient, app: FakedApp) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).values(settings={"link_hosts": ["checkout.example"]}))
    assert post(client, a_cart(link="https://pay.checkout.example/r/1")).status_code == 201
    assert post(client, a_cart(external_id="2", link="https://www.juniper.example/r/1")).status_code == 201


def test_a_key_opens_its_own_shop_and_no_other(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    assert post(client, a_cart(), key=None).status_code == 401
    assert post(client, a_cart(), key="k-nobody").status_code == 401
    assert post(client, a_cart(link=None), key=OTHER_KEY).status_code == 201
    assert post(client, a_cart()).status_code == 201  # the same id, another shop
    with app.database.read() as session:
        shops = session.scalars(select(Cart.shop_id).order_by(Cart.shop_id)).all()
        assert list(shops) == [cast.shop_id, cast.other_shop_id]


def test_an_unknown_number_is_a_customer_without_consent_and_nobody_is_a_rejection(
    client: FlaskClient, app: FakedApp
) -> None:
    answer = post(
        client,
        [
            a_cart(customer={"phone": "4155550177"}),
            a_cart(external_id="c-2", customer={"email": "who@nowhere.example"}),
        ],
    )
    assert [each["result"] for each in answer.json["carts"]] == ["created", "rejected"]
    with app.database.read() as session:
        made = session.execute(select(Customer).where(Customer.phone == "+14155550177")).scalar_one()
        assert session.get(Consent, (made.shop_id, made.phone_key)) is None


def test_whoever_was_erased_has_no_cart(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        session.execute(
            update(Customer).where(Customer.id == cast.ana.customer_id).values(phone=None, erased_at=NOW)
        )
    assert post(client, a_cart()).json["carts"][0]["result"] == "rejected"


def test_no_json_and_too_many_are_refused(client: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    assert client.post("/api/v1/carts", data=b"{", headers=headers).status_code == 422
    assert post(client, []).status_code == 422
    assert post(client, [a_cart(external_id=str(n)) for n in range(501)]).status_code == 422
    assert post(client, [a_cart(), a_cart()]).json["problems"][0]["field"] == "1.external_id"
