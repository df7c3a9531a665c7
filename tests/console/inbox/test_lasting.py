"""Until when a page is true: no wait reads otherwise before that moment, and a page is not drawn for nothing all the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.inbox.lines import Age, age_of
from bot.shops import ShopSettings
from console.inbox.lasting import AT_LEAST, AT_MOST, until
from console.inbox.lines import aged
from console.inbox.times import Times, next_span, short_span
from tests.support.clock import NOW
from tests.support.examples import examples

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZONE = "America/New_York"
SHOP = ShopSettings()
BEFORE_WORK = NOW.replace(hour=12, minute=56, second=7)
AT_WORK, AT_NIGHT = NOW.replace(hour=16, minute=0, second=7), NOW.replace(hour=5, minute=0, second=7)


def reads(since: datetime, target: int, now: datetime) -> tuple[Age, tuple[str, ...]]:
    age = age_of(SHOP.model_copy(update={"reply_target_minutes": target}), ZONE, since, now)
    assert age is not None
    return age, aged(age, now)


@settings(max_examples=examples(500))
@given(
    hour=st.integers(0, 7 * 24).map(lambda hours: NOW + hours * HOUR + 7 * SECOND),
    ago=st.one_of(st.timedeltas(timedelta(), 9 * DAY), st.timedeltas(timedelta(), 2 * HOUR)),
    target=st.one_of(st.integers(1, 90), st.integers(1, 3000)),
    part=st.floats(0, 1, exclude_max=True),
)
@example(hour=AT_WORK, ago=2 * HOUR - 100 * SECOND, target=60, part=0.9)
@example(hour=AT_WORK, ago=HOUR, target=82, part=0.9)
@example(hour=AT_WORK, ago=2 * HOUR, target=122, part=0.9)
@example(hour=AT_NIGHT, ago=3 * HOUR - 100 * SECOND, target=60, part=0.9)
@example(hour=BEFORE_WORK, ago=6 * HOUR, target=60, part=0.9)
@example(hour=AT_WORK, ago=2 * DAY + HOUR - 100 * SECOND, target=60, part=0.9)
def test_until_then_a_wait_reads_as_it_did(hour: datetime, ago: timedelta, target: int, part: float) -> None:
    age, said = reads(hour - ago, target, hour)
    end = until(hour, [age], ())
    assert hour + AT_LEAST - SECOND < end <= hour + AT_MOST + SECOND
    if end > hour + AT_LEAST + SECOND:  # it may be a minute late
        later = (end - SECOND - hour) * part  # told in whole seconds
        assert reads(hour - ago, target, hour + later)[1] == said


@given(length=st.timedeltas(timedelta(), 400 * DAY))
@example(length=HOUR - SECOND)
@example(length=DAY)
def test_the_next_words_of_a_length_are_where_they_are_said_to_be(length: timedelta) -> None:
    more = next_span(length)
    assume(more > timedelta(microseconds=1))
    assert (
        short_span(length + more - timedelta(microseconds=1))
        == short_span(length)
        != short_span(length + more)
    )


@pytest.mark.parametrize(
    ("worked", "lasts"),
    [
        (30 * SECOND, 60),
        (10 * MINUTE + 20 * SECOND, 60),
        (3 * HOUR, 600),
        (3 * HOUR + 57 * MINUTE, 180),
        (9 * DAY, 600),
    ],
)
def test_the_longer_the_wait_the_rarer_a_page_is_drawn_for_it(worked: timedelta, lasts: int) -> None:
    age = Age(NOW - worked, worked, 100 * DAY, "calm")
    assert (until(NOW, [age], ()) - NOW).total_seconds() == lasts + 1


def test_out_of_hours_a_wait_is_told_in_hours_and_looked_at_when_work_may_begin() -> None:
    age = Age(NOW - 9 * HOUR - MINUTE, timedelta(), HOUR, "calm")
    assert until(NOW, [age], ()) == NOW + AT_MOST + SECOND
    age = Age(NOW - 9 * HOUR - 8 * MINUTE, timedelta(), HOUR, "calm")
    assert until(NOW + 8 * MINUTE, [age], ()) == NOW + 15 * MINUTE + SECOND


def test_many_waits_draw_a_page_no_more_often_than_one() -> None:
    ages = [Age(NOW - n * SECOND, n * SECOND, HOUR, "calm") for n in range(600)]
    assert until(NOW, ages, ()) == NOW + MINUTE + SECOND


def test_the_day_ends_where_one_looks() -> None:
    assert Times(ZONE, NOW).midnight() == datetime(2026, 3, 12, 4, 0, tzinfo=UTC)
    assert Times(ZONE, datetime(2026, 3, 8, 5, 30, tzinfo=UTC)).midnight() == datetime(
        2026, 3, 9, 4, 0, tzinfo=UTC
    )


def test_what_is_put_aside_comes_back_at_its_moment() -> None:
    moments = [None, NOW, NOW - SECOND, NOW + 70 * SECOND, NOW + 80 * SECOND]
    assert until(NOW, [None], moments) == NOW + 71 * SECOND
