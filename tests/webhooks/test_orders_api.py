"""A shop reports its orders: whose key, which shop; everything wrong at once; twice the same is once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.keys import api_key_hash
from bot.models import ApiKey, Order, OrderLine
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakeBell, FakedApp
from webhooks import create_app

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

KEY, OTHER_KEY, REVOKED = "k-juniper", "k-paprika", "k-gone"


@pytest.fixture
def client(app: FakedApp, cast: Cast) -> FlaskClient:
    with app.database.write() as session:
        for key, shop_id, gone in (
            (KEY, cast.shop_id, None),
            (OTHER_KEY, cast.other_shop_id, None),
            (REVOKED, cast.shop_id, NOW),
        ):
            session.add(
                ApiKey(
                    shop_id=shop_id, key_hash=api_key_hash(key), label="test", created_at=NOW, revoked_at=gone
                )
            )
    return create_app(app).test_client()


def an_order(**changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = {
        "external_id": "1001",
        "placed_at": "2026-03-10T12:00:00-05:00",
        "total": "31.50",
        "currency": "usd",
        "customer": {"phone": "(415) 555-0101", "first_name": "Ana"},
        "lines": [{"product_id": "v1", "name": "Morning Blend", "quantity": 2, "price": 14.5}],
        "code": "BACK15-000",
        "loyalty_tier": "unknown fields are ignored",
    }
    return order | changes


def post(client: FlaskClient, document: Any, key: str | None = KEY) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.post("/api/v1/orders", json=document, headers=headers)


def test_an_order_of_the_day_after_tomorrow_is_a_mistake(client: FlaskClient, app: FakedApp) -> None:
    """A year typed wrong would keep its customer from ever lapsing."""
    soon, later = NOW + timedelta(hours=20), NOW + timedelta(days=2)
    orders = [
        an_order(placed_at=soon.isoformat()),
        an_order(external_id="2", placed_at=later.isoformat()),
    ]
    answer = post(client, orders)
    assert answer.status_code == 422
    assert answer.json["problems"] == [{"field": "1.placed_at", "message": "lies in the future"}]
    assert post(client, orders[0]).status_code == 201


def test_an_order_is_created_once_and_found_again(
    client: FlaskClient, app: FakedApp, cast: Cast, bell: FakeBell
) -> None:
    first, again = post(client, an_order()), post(client, an_order())
    changed = post(client, an_order(total=29, status="refunded"))
    assert (first.status_code, first.json) == (
        201,
        {"orders": [{"external_id": "1001", "result": "created"}]},
    )
    assert (again.status_code, again.json["orders"][0]["result"]) == (200, "unchanged")
    assert changed.json["orders"][0]["result"] == "updated"
    with app.database.read() as session:
        order = session.scalars(select(Order).where(Order.external_id == "1001")).one()
        lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
    assert (order.customer_id, order.total_cents, order.currency, order.counts) == (
        cast.ana.customer_id,
        2900,
        "USD",
        False,
    )
    assert [(line.quantity, line.price_cents) for line in lines] == [(2, 1450)]
    assert bell.rung


@pytest.mark.parametrize("key", [None, "", "wrong", REVOKED, "x" * 10_000])
def test_without_a_valid_key_nobody_is_told_anything(client: FlaskClient, key: str | None) -> None:
    answer = post(client, an_order(), key)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_key_decides_the_shop(client: FlaskClient, app: FakedApp, cast: Cast) -> None:
    assert post(client, an_order(shop_id=cast.shop_id), OTHER_KEY).status_code == 201
    with app.database.read() as session:
        assert session.scalar(select(Order.shop_id).where(Order.external_id == "1001")) == cast.other_shop_id


def test_a_list_is_recorded_in_order(client: FlaskClient, app: FakedApp) -> None:
    orders = [an_order(external_id=f"A-{n}") for n in range(60)]
    answer = post(client, orders)
    assert [result["external_id"] for result in answer.json["orders"]] == [f"A-{n}" for n in range(60)]
    assert {result["result"] for result in answer.json["orders"]} == {"created"}


def test_an_order_of_nobody_is_rejected_with_a_reason(client: FlaskClient) -> None:
    answer = post(client, an_order(customer={"email": "nobody@example.com"}))
    assert answer.status_code == 200
    assert answer.json["orders"][0]["result"] == "rejected"
    assert answer.json["orders"][0]["why"]


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_kept(
    client: FlaskClient, app: FakedApp
) -> None:
    bad = an_order(
        external_id="",
        placed_at="yesterday",
        total=-1,
        currency="dollars",
        customer={"phone": "4155550101x9secret"},
    )
    answer = post(client, [an_order(), bad])
    assert answer.status_code == 422
    fields = {problem["field"] for problem in answer.json["problems"]}
    assert fields >= {"1.external_id", "1.placed_at", "1.total", "1.currency"}
    assert "secret" not in answer.text
    with app.database.read() as session:
        assert session.scalar(select(func.count()).where(Order.external_id == "1001")) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"placed_at": "2026-03-10T12:00:00"}, "placed_at"),
        ({"placed_at": "0001-01-01T00:00:00Z"}, "placed_at"),
        ({"customer": {"phone": "12"}}, "customer.phone"),
        ({"total": "NaN"}, "total"),
        ({"total": "1e40"}, "total"),
        ({"external_id": "a\x00b"}, "external_id"),
        ({"lines": [{"name": "x", "quantity": -1}]}, "lines.0.quantity"),
        ({"lines": "none"}, "lines"),
        ({"customer": None}, "customer"),
    ],
)
def test_a_bad_field_is_named_and_never_repeated(
    client: FlaskClient, changes: dict[str, Any], field: str
) -> None:
    answer = post(client, an_order(**changes))
    assert (answer.status_code, [problem["field"] for problem in answer.json["problems"]]) == (422, [field])


@pytest.mark.parametrize("document", [[], None, 3, "order", [[]], [None], [an_order()] * 2])
def test_a_document_of_another_shape_is_a_problem(client: FlaskClient, document: Any) -> None:
    assert post(client, document).status_code == 422


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_a_problem(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/v1/orders", data=body, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 422


def test_more_than_five_hundred_orders_and_more_than_four_megabytes_are_refused(client: FlaskClient) -> None:
    assert post(client, [an_order(external_id=str(n)) for n in range(501)]).status_code == 422
    assert post(client, [an_order(code="x" * 5_000_000)]).status_code == 413
