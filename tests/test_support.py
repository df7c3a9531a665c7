"""The fixtures themselves: if these lie, every other test may."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select

from bot.db import Database, connect
from bot.models import Consent, Customer, Suppression
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_each_test_gets_an_empty_migrated_database(db: Database) -> None:
    with db.write() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_a_statement_is_compiled_once_for_all_databases(db: Database) -> None:
    statement = select(func.count()).select_from(Customer).where(Customer.id > 3)
    with db.read() as session:
        session.scalar(statement)
    found: list[str] = []
    other = connect(db.engine.url.render_as_string(hide_password=False))
    event.listen(other.engine, "before_cursor_execute", lambda *asked: found.append(asked[4].cache_hit.name))
    with other.read() as session:
        session.scalar(statement)
    other.close()
    assert found[-1] == "CACHE_HIT"


def test_the_cast_is_ana_who_may_be_texted_ben_who_may_not_and_cleo_of_another_shop(
    db: Database, cast: Cast
) -> None:
    with db.read() as session:
        consented = set(session.scalars(select(Consent.phone_key)))
        stopped = set(session.scalars(select(Suppression.phone_key)))
    assert cast.ana.phone_key in consented - stopped
    assert cast.ben.phone_key in stopped
    assert cast.cleo.shop_id == cast.other_shop_id != cast.shop_id


def test_the_clock_stands_still_until_it_is_moved(clock: StillClock) -> None:
    assert clock() == clock() == NOW
    assert (clock.move(days=4) - NOW).days == 4
    assert clock().tzinfo is UTC


@pytest.mark.browser
def test_a_real_browser_shows_a_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>hello</h1>")
    assert page.inner_text("h1") == "hello"
    page.close()
