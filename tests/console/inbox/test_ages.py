"""How long somebody has waited, as a line and the head of a conversation say it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.inbox.listing import Age
from console.inbox.lines import aged
from tests.support.clock import NOW

MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("ago", "worked", "snoozed_for", "said"),
    [
        (20 * MINUTES, 20 * MINUTES, None, "20 min"),
        (15 * HOURS, 2 * HOURS, None, "2 h"),
        (timedelta(seconds=20), timedelta(seconds=20), None, "just now"),
        (timedelta(seconds=20), timedelta(), None, "just now"),
        (7 * HOURS, timedelta(), None, "7 h, out of hours"),
        (7 * HOURS, timedelta(seconds=5), -5 * MINUTES, "just now"),
        (7 * HOURS, timedelta(), 2 * HOURS, "just now"),
    ],
    ids=["at work", "partly at work", "now", "now, at night", "at night", "put aside until now", "put aside"],
)
def test_who_wrote_while_nobody_works_has_not_written_just_now(
    ago: timedelta, worked: timedelta, snoozed_for: timedelta | None, said: str
) -> None:
    age = Age(NOW - ago, worked, 60 * MINUTES, "calm")
    assert aged(age, NOW, NOW + snoozed_for if snoozed_for else None)[0] == said
