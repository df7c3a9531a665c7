"""The page of a `choose` link in a real browser, as wide as a phone, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.db import Database
from bot.models import Click, Coupon, Link, Product, Shop
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp
from tests.support.servers import serving
from webhooks import create_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """One database is enough to look at a page."""
    return sqlite_db


@pytest.fixture
def address(app: FakedApp, cast: Cast) -> Iterator[str]:
    """The page on loopback; its carts lead back to the server, where there are none."""
    with serving(create_app(app)) as base:
        with app.database.write() as session:
            session.add(
                Product(
                    shop_id=cast.shop_id,
                    external_id="long",
                    name="A name without end that somebody typed into the catalogue of the shop " * 2,
                    price_cents=123_456,
                )
            )
            session.add(
                Link(
                    shop_id=cast.shop_id,
                    token="choose234x",
                    customer_id=cast.ana.customer_id,
                    purpose="choose",
                    target=base,
                    products=["long", "sku-1"],
                    created_at=NOW,
                )
            )
            session.execute(update(Shop).where(Shop.id == cast.shop_id).values(site_url=base))
            session.execute(
                update(Coupon)
                .where(Coupon.code == "BACK15-000")
                .values(
                    status="live",
                    customer_id=cast.ana.customer_id,
                    starts_at=NOW,
                    ends_at=NOW + timedelta(days=2),
                )
            )
        yield f"{base}/l/choose234x"


def test_somebody_chooses_with_a_thumb(browser: Browser, address: str, app: FakedApp) -> None:
    phone = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, java_script_enabled=False, user_agent=phone
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(address)
    assert said == [], "the page's own policy refuses none of its parts"
    main = page.locator("main").bounding_box()
    assert main
    for each in page.locator(".pick").all():
        box = each.bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["x"] + box["width"] <= 320
    with page.expect_request(lambda request: "/cart/" in request.url) as cart:
        page.click("text=Morning Blend")
    assert cart.value.url.endswith("/cart/?products=sku-1%3A1&coupon=BACK15-000")
    context.close()
    with app.database.read() as session:
        assert session.scalars(select(Click.choice).order_by(Click.id)).all() == [None, "sku-1"]
