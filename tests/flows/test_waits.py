"""When a wait ends: paydays, weekdays, named days; over weekends, month ends, a leap day and the nights of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.definition import Wait
from flows.waits import named_day, next_weekday, payday, wait_ends
from flows.zones import zone_named
from tests.support.examples import examples

NEW_YORK = "America/New_York"
ZONES = (
    NEW_YORK,
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
    "UTC",
)


def at(text: str, zone: str = NEW_YORK) -> datetime:
    """A moment on the wall of that zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone_named(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-20 18:00", "2026-12-01 10:00"),  # a Tuesday
        ("2026-12-01 09:59", "2026-12-01 10:00"),
        ("2026-12-01 10:00", "2026-12-15 10:00"),
        ("2026-11-02 12:00", "2026-11-13 10:00"),  # the 15th is a Sunday
        ("2026-11-13 10:00", "2026-12-01 10:00"),  # that Friday has been
        ("2026-11-14 08:00", "2026-12-01 10:00"),  # the 15th itself counts no more
        ("2026-07-20 12:00", "2026-07-31 10:00"),  # the 1st of August is a Saturday: still in July
        ("2026-12-16 12:00", "2027-01-01 10:00"),  # over the year
        ("2028-02-16 12:00", "2028-03-01 10:00"),  # past a leap day
        ("2026-02-16 12:00", "2026-02-27 10:00"),  # the 1st of March is a Sunday
        ("2026-10-16 12:00", "2026-10-30 10:00"),  # the clocks go back between now and the Sunday that it was
    ],
)
def test_payday_is_the_next_first_or_fifteenth_or_the_friday_before(now: str, then: str) -> None:
    assert payday(NEW_YORK, at(now)) == at(then)


@pytest.mark.parametrize(
    ("zone", "weekday", "minute", "now", "then"),
    [
        (NEW_YORK, 4, 1050, "2026-11-20 17:29", "2026-11-20 17:30"),
        (NEW_YORK, 4, 1050, "2026-11-20 17:30", "2026-11-27 17:30"),
        (NEW_YORK, 0, 600, "2026-11-20 12:00", "2026-11-23 10:00"),
        (NEW_YORK, 6, 600, "2026-10-31 12:00", "2026-11-01 10:00"),  # the clocks go back that night
        (NEW_YORK, 6, 90, "2026-10-31 12:00", "2026-11-01 01:30"),  # struck twice: the first of the two
        (NEW_YORK, 6, 150, "2026-03-07 12:00", "2026-03-08 03:30"),  # skipped: after the gap
        ("Australia/Lord_Howe", 6, 600, "2026-10-03 12:00", "2026-10-04 10:00"),  # half an hour forward
        (NEW_YORK, 1, 0, "2028-02-28 12:00", "2028-02-29 00:00"),  # midnight of a leap day
    ],
)
def test_a_weekday_is_the_next_such_moment_where_the_customer_is(
    zone: str, weekday: int, minute: int, now: str, then: str
) -> None:
    assert next_weekday(weekday, minute, zone, at(now, zone)) == at(then, zone)


def test_the_second_of_two_equal_hours_is_not_waited_for_again() -> None:
    """1:30 was struck at 05:30 UTC and is struck again at 06:30: who asks in between has had it."""
    between = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    assert next_weekday(6, 90, NEW_YORK, between) == at("2026-11-08 01:30")


@pytest.mark.parametrize(
    ("named", "ends"),
    [
        ("2026-12-01", "2026-12-01 10:00"),
        ("2026-11-20", None),  # it is past ten on that day
        ("2020-01-01", None),
        ("2036-01-01", None),
        ("9999-12-31", None),
        ("0001-01-01", None),
        ("next week", None),
        (None, None),
        (20261201, None),
    ],
)
def test_a_named_day_begins_at_ten_if_it_is_one(named: str | int | None, ends: str | None) -> None:
    found = named_day(named, NEW_YORK, at("2026-11-20 18:00"))
    assert found == (at(ends) if ends else None)


def test_payday_gives_way_to_a_day_that_the_customer_named() -> None:
    now = at("2026-11-20 18:00")
    assert wait_ends(Wait(60, "payday"), "2026-12-04", NEW_YORK, now) == at("2026-12-04 10:00")
    assert wait_ends(Wait(60, "payday"), "2020-12-04", NEW_YORK, now) == at("2026-12-01 10:00")
    assert wait_ends(Wait(60, "weekday", 4, 600), "2026-12-04", NEW_YORK, now) == at("2026-11-27 10:00")
    assert wait_ends(Wait(60, "named"), None, NEW_YORK, now) is None
    assert wait_ends(Wait(60), "2026-12-04", NEW_YORK, now) is None


_moments = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))


@settings(max_examples=examples(400))
@given(_moments, st.sampled_from(ZONES), st.integers(0, 6), st.integers(0, 1439))
def test_whatever_is_waited_for_is_still_to_come_and_soon(
    now: datetime, zone: str, weekday: int, minute: int
) -> None:
    """In every zone, on every day of forty years; and paydays are no weekends."""
    paid = payday(zone, now)
    assert now < paid <= now + timedelta(days=20)
    local = paid.astimezone(zone_named(zone))
    assert local.weekday() < 5
    assert (local.hour, local.minute) == (10, 0)
    assert local.day in (1, 15) or (
        local.weekday() == 4 and (local + timedelta(days=2)).day in (1, 2, 15, 16)
    )
    moment = next_weekday(weekday, minute, zone, now)
    # a day of 25 hours may lie between
    assert now < moment <= now + timedelta(days=7, hours=1)
