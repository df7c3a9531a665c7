"""The sign-up page in a real browser, as wide as a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.db import Database
from bot.models import Signup
from tests.support.cast import Cast
from tests.support.clock import StillClock
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
    """The page on loopback."""
    with serving(create_app(app)) as base:
        yield f"{base}/join/juniper"


def test_somebody_signs_up_with_a_thumb(
    browser: Browser, address: str, app: FakedApp, clock: StillClock
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="en-US")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing hangs over the edge"
    assert page.evaluate("document.querySelector('button').getBoundingClientRect().height") >= 44
    assert not page.is_checked("input[name=agree]")
    assert said == [], "the page's own policy refuses none of its parts"
    clock.move(seconds=5)
    page.fill("#phone", "(646) 555-0177")
    page.click("button")
    assert "Tick the box" in page.inner_text("[role=alert]")
    assert page.input_value("#phone") == "(646) 555-0177"
    clock.move(seconds=5)
    page.check("input[name=agree]")
    page.click("button")
    assert page.inner_text("h1") == "Nearly done"
    assert page.get_attribute("a >> nth=0", "href") == "sms:+12125550100?&body=JOIN"
    context.close()
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Signup)) == 1
