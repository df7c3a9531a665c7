"""The demo's till: what an address may put into a cart, and what an order there does."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from bot.models import Coupon, Order, Product, Recovery
from tests.bot.conversations.loop import enrol_in, run_until_quiet
from tests.console.conftest import Visitor
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

CART = "/shops/juniper/cart"


@pytest.fixture(autouse=True)
def _named(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        session.execute(update(Product).values(external_id="blend", price_cents=1550))


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ("blend:2", "2 × Morning Blend 12 oz"),
        ("blend:2,nothing:1", "31.00 USD"),
        ("", "The cart is empty."),
        ("blend:0", "The cart is empty."),
        ("blend:-3", "The cart is empty."),
        ("blend:100", "The cart is empty."),
        ("blend", "The cart is empty."),
        (":::,,,", "The cart is empty."),
    ],
)
def test_a_cart_holds_what_the_shop_sells(ana: Visitor, items: str, told: str) -> None:
    """Anything else in the address is nothing."""
    assert told in ana.client.get(CART, query_string={"items": items, "code": "none"}).get_data(as_text=True)


def test_a_code_in_the_pool_is_worth_nothing_yet(app: FakedApp, cast: Cast, ana: Visitor) -> None:
    """Only one that was given to somebody counts."""
    asked = {"items": "blend:2", "code": "BACK15-000"}
    assert "off with" not in ana.client.get(CART, query_string=asked).get_data(as_text=True)
    with app.database.write() as session:
        session.execute(update(Coupon).where(Coupon.code == "BACK15-000").values(status="live"))
    page = ana.client.get(CART, query_string=asked).get_data(as_text=True)
    assert "15% off with BACK15-000" in page
    assert "26.35 USD" in page


def test_an_order_ends_the_flow_and_counts_as_recovered(
    app: FakedApp, cast: Cast, ana: Visitor, clock: StillClock
) -> None:
    """The same as an order that a shop reports."""
    clock.set(NOW.replace(month=11, day=21, hour=20))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(hours=1)
    page = ana.client.get(CART, query_string={"items": "blend:2"}).get_data(as_text=True)
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert token
    form = {"form_token": token.group(1), "items": "blend:2", "customer": str(ana.customer)}
    assert ana.client.post(f"{CART}/order", data=form).status_code == 303
    run_until_quiet(app)
    with app.database.read() as session:
        order = session.execute(select(Order).order_by(Order.id.desc())).scalars().first()
        assert order is not None
        assert (order.customer_id, order.total_cents) == (ana.customer, 3100)
        assert session.execute(select(Recovery.revenue_cents)).scalar_one() == 3100
    assert "Ends: ordered" in ana.page()
    wrongs = ({"customer": str(cast.cleo.customer_id)}, {"customer": "x"}, {"items": ""}, {"items": "\x00:1"})
    for wrong in wrongs:
        assert ana.client.post(f"{CART}/order", data=form | wrong).status_code == 404
    assert ana.client.post(f"{CART}/order", data=form | {"form_token": ""}).status_code == 403


def test_a_real_shop_has_no_till_here(ana: Visitor) -> None:
    """Its platform has one."""
    assert ana.client.get("/shops/paprika/cart").status_code == 404
