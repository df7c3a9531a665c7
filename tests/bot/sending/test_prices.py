"""Prices: a day's bill is read once it is over, a page at a time, and again while something is missing in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.audience.report import report
from bot.sending.archive import BilledText, ListingError
from bot.sending.prices import AFTER, LOOKS, price_texts
from tests.bot.sending.test_status import put, row_of
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakeArchive, FakedApp

DAY = NOW.date()
THE_DAY_AFTER = datetime.combine(DAY + timedelta(days=1), datetime.min.time(), UTC) + AFTER


@pytest.fixture
def archive(app: FakedApp) -> FakeArchive:
    """What the provider remembers."""
    assert isinstance(app.archive, FakeArchive)
    return app.archive


def days(archive: FakeArchive) -> list[date]:
    return [about for what, about in archive.asked if what == "billed"]


def run(app: FakedApp, state: dict[str, Any]) -> dict[str, Any]:
    return price_texts(app, state)


def begun(app: FakedApp) -> dict[str, Any]:
    """The state after the first run, which has yesterday's day behind it."""
    state = run(app, {})
    assert isinstance(app.archive, FakeArchive)
    app.archive.asked.clear()
    return state


def test_a_day_is_listed_once_it_is_over_and_settled(
    app: FakedApp, cast: Cast, archive: FakeArchive, clock: StillClock
) -> None:
    state = begun(app)
    clock.set(THE_DAY_AFTER - timedelta(seconds=1))
    state = run(app, state)
    assert days(archive) == []
    clock.set(THE_DAY_AFTER)
    state = run(app, state)
    state = run(app, state)
    assert days(archive) == [DAY]


def test_price_currency_and_parts_are_written_down_from_every_page(
    app: FakedApp, cast: Cast, archive: FakeArchive, clock: StillClock
) -> None:
    state = begun(app)
    put(app.database, cast.ana, "p-1", provider_id="SM1")
    put(app.database, cast.ana, "p-2", provider_id="SM2")
    archive.billed[DAY] = [
        [BilledText("SM1", 790_000, "USD", 1), BilledText("SM-elsewhere", 1, "USD", 1)],
        [BilledText("SM2", 1_580_000, "USD", 2)],
    ]
    clock.set(THE_DAY_AFTER)
    run(app, state)
    one, two = row_of(app.database, "p-1"), row_of(app.database, "p-2")
    assert (one.price_microcents, one.price_unit, one.billed_parts) == (790_000, "USD", 1)
    assert (two.price_microcents, two.price_unit, two.billed_parts) == (1_580_000, "USD", 2)


def test_what_has_no_price_yet_is_asked_for_on_the_next_days_and_not_for_ever(
    app: FakedApp, cast: Cast, archive: FakeArchive, clock: StillClock
) -> None:
    state = begun(app)
    put(app.database, cast.ana, provider_id="SM1")
    archive.billed[DAY] = [[BilledText("SM1", None, "USD", 2)]]
    clock.set(THE_DAY_AFTER)
    for _ in range(LOOKS + 2):
        state = run(app, state)
        state = run(app, state)
        clock.move(days=1)
    assert days(archive).count(DAY) == LOOKS
    row = row_of(app.database)
    assert (row.price_microcents, row.price_unit, row.billed_parts) == (None, None, 2)


def test_a_price_that_is_known_is_never_changed(
    app: FakedApp, cast: Cast, archive: FakeArchive, clock: StillClock
) -> None:
    state = begun(app)
    put(app.database, cast.ana, provider_id="SM1", price_microcents=5, price_unit="USD")
    archive.billed[DAY] = [[BilledText("SM1", 790_000, "EUR", 1)]]
    clock.set(THE_DAY_AFTER)
    run(app, state)
    assert (row_of(app.database).price_microcents, row_of(app.database).price_unit) == (5, "USD")


def test_days_on_which_nobody_could_be_asked_are_made_up_for(
    app: FakedApp, cast: Cast, archive: FakeArchive, clock: StillClock
) -> None:
    state = begun(app)
    clock.set(THE_DAY_AFTER)
    archive.away = ListingError("ReadTimeout")
    state = run(app, state)
    clock.move(days=2)
    archive.away = None
    archive.asked.clear()
    state = run(app, state)
    assert days(archive) == [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    assert state[ACCOUNT]["next"] == (DAY + timedelta(days=3)).isoformat()


def test_the_report_takes_the_real_price_where_it_is_known(app: FakedApp, cast: Cast) -> None:
    put(app.database, cast.ana, "p-1", price_microcents=790_000, price_unit="USD", parts=1)
    put(app.database, cast.ana, "p-2", provider_id="SM2", parts=10)  # 12 cents by the setting
    put(app.database, cast.ana, "p-3", provider_id="SM3", price_microcents=9, price_unit="EUR", parts=5)
    with app.database.read() as session:
        found = report(session, cast.shop_id)
    assert (found.texts, found.texts_billed, found.text_cost_cents) == (3, 1, 19)  # 0.79 + 15 parts at 1.2
    assert "(33% of them as billed)" in found.lines()[2]
