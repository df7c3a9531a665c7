"""The list: who waits and why, views, filters, search, and the live answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.console.inbox.conftest import Desk, hand_off, says
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _saturday(clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_who_waits_is_listed_with_the_reason_and_the_last_text(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    assert "Nobody is waiting." in tom.page()
    says(app, cast, cast.ana, "where is my order?", clock)
    hand_off(app, cast.ana)
    page = tom.page()
    for told in ("Ana", "Bot: ", "asked for a person", "not read", 'id="tab-waiting"'):
        assert told in page, told
    assert "Ben" not in page
