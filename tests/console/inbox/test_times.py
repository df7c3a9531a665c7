"""Times as the inbox says them, over midnight, years, and the two nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.inbox.later import days_later, moment_of, presets
from console.inbox.times import Times, short_span

NEW_YORK, BERLIN, LOS_ANGELES = "America/New_York", "Europe/Berlin", "America/Los_Angeles"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 21, 20, 5, tzinfo=UTC), "3:05 pm"),
        (datetime(2026, 11, 22, 14, 0, tzinfo=UTC), "tomorrow, 9:00 am"),
        (datetime(2026, 11, 21, 4, 59, tzinfo=UTC), "yesterday, 11:59 pm"),
        (datetime(2026, 12, 1, 14, 0, tzinfo=UTC), "Tue, Dec 1, 9:00 am"),
        (datetime(2027, 1, 1, 14, 0, tzinfo=UTC), "Fri, Jan 1, 2027, 9:00 am"),
    ],
)
def test_a_moment_is_said_with_as_much_of_its_day_as_is_needed(moment: datetime, said: str) -> None:
    assert Times(NEW_YORK, datetime(2026, 11, 21, 20, 0, tzinfo=UTC)).when(moment) == said


@pytest.mark.parametrize(
    ("moment", "zone", "beside"),
    [
        (datetime(2026, 11, 21, 20, 0, tzinfo=UTC), LOS_ANGELES, "12:00 pm there"),
        (datetime(2026, 11, 21, 7, 0, tzinfo=UTC), LOS_ANGELES, "Fri 11:00 pm there"),
        (datetime(2026, 11, 21, 20, 0, tzinfo=UTC), NEW_YORK, ""),
        (datetime(2026, 11, 21, 20, 0, tzinfo=UTC), "America/Toronto", ""),
        # for three weeks of March the two are an hour nearer to each other
        (datetime(2026, 3, 20, 20, 0, tzinfo=UTC), BERLIN, "9:00 pm there"),
    ],
)
def test_the_customer_s_clock_stands_beside_ours_where_it_shows_something_else(
    moment: datetime, zone: str, beside: str
) -> None:
    assert Times(NEW_YORK, moment).beside(moment, zone) == beside


@pytest.mark.parametrize(
    ("length", "said"),
    [(0, "now"), (59, "now"), (60, "1 min"), (3599, "59 min"), (7200, "2 h"), (86_400 * 3 + 5, "3 d")],
)
def test_a_wait_is_cut_and_never_rounded_up(length: int, said: str) -> None:
    assert short_span(timedelta(seconds=length)) == said


def test_tomorrow_morning_is_nine_o_clock_on_the_night_the_clock_changes_too() -> None:
    """The first of November 2026 has 25 hours in New York, the eighth of March 23."""
    for eve, nine in (
        (datetime(2026, 10, 31, 20, 0, tzinfo=UTC), datetime(2026, 11, 1, 14, 0, tzinfo=UTC)),
        (datetime(2026, 3, 7, 20, 0, tzinfo=UTC), datetime(2026, 3, 8, 13, 0, tzinfo=UTC)),
    ):
        assert moment_of("tomorrow", Times(NEW_YORK, eve)) == nine


def test_monday_is_offered_once() -> None:
    sunday = Times(NEW_YORK, datetime(2026, 11, 22, 20, 0, tzinfo=UTC))
    assert [value for value, _ in presets(sunday)] == ["hour", "hours", "tomorrow"]
    monday = Times(NEW_YORK, datetime(2026, 11, 23, 20, 0, tzinfo=UTC))
    assert dict(presets(monday))["monday"] == "Mon, Nov 30, 9:00 am"


def test_a_day_is_paused_to_its_end() -> None:
    times = Times(NEW_YORK, datetime(2026, 10, 31, 20, 0, tzinfo=UTC))
    assert days_later("2026-11-01", times) == datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
    assert days_later("no day", times) is None
    assert days_later("9999-12-31", times) is None
