"""Somebody who was erased and texts again: the page shows what is new, and stumbles over nothing that is gone."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.privacy.erase import erase
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.console.conftest import Visitor
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp


def test_the_page_of_somebody_who_came_back_after_an_erasure(
    app: FakedApp, cast: Cast, ana: Visitor, clock: StillClock
) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "kale soup")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert "kale soup" in ana.page()
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(hours=1)
    text_in(app, cast, cast.ana, "hello again")
    clock.move(seconds=4)
    run_until_quiet(app)
    page = ana.page()
    assert "hello again" in page
    assert "kale soup" not in page
