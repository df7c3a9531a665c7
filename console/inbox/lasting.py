"""Until when a page is true: from that moment on the clock alone would make it read differently.

Owns that moment. What is stored changes a page by its marks (bot.inbox.listing, bot.inbox.talk); this is what no row tells.
A page with many waits on it would be drawn each second for one of them or another: so a wait may be told a minute late.
Whether the shop still works by then is not asked: a page may be drawn for nothing. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from bot.inbox.lines import Age, Line
from bot.inbox.talk import Said, Talk
from console.inbox.pending import AT_ONCE
from console.inbox.times import Times, next_span

AT_LEAST, AT_MOST = timedelta(minutes=1), timedelta(minutes=10)
"""Between two drawings for the sake of a wait; and between any two."""
QUARTER = 900.0
"""Seconds: a shop's working hours begin on the hour (bot.shops), and so every zone's hours are such quarters of ours."""


def of_page(times: Times, lines: Iterable[Line], talk: Talk | None) -> datetime:
    """The moment for a list and the conversation beside it: domain time, a whole second, later than now."""
    shown = list(lines)
    ages = [each.age for each in shown] + ([talk.age] if talk else [])
    moments = [each.snoozed_until for each in shown] + (list(_moments(talk)) if talk else [])
    return until(times.now, ages, [*moments, times.midnight()])


def until(now: datetime, ages: Iterable[Age | None], moments: Iterable[datetime | None]) -> datetime:
    """The same for these waits, and for what happens at these moments."""
    found = [now + AT_MOST]
    found += [max(step, now + AT_LEAST) for age in ages if age for step in _steps(age, now)]
    found += [each for each in moments if each is not None and each > now]
    return datetime.fromtimestamp(math.floor(min(found).timestamp()) + 1, UTC)


def _steps(age: Age, now: datetime) -> Iterator[datetime]:
    """When a wait would read otherwise, in words (console.inbox.lines.aged) or in tone (bot.inbox.lines.age_of)."""
    yield now + next_span(now - age.since)
    if not age.worked:  # nobody works before this
        yield datetime.fromtimestamp((now.timestamp() // QUARTER + 1) * QUARTER, UTC)
        return
    yield now + next_span(age.worked)
    for limit in (age.target * 3 / 4, age.target):
        if limit >= age.worked:
            yield now + (limit - age.worked)


def _moments(talk: Talk) -> Iterator[datetime | None]:
    yield from (talk.snoozed_until, talk.return_at, talk.marketing_paused_until)
    yield from (each.due_at for each in talk.promises if each.kept_at is None)
    yield from (each.ends_at for each in talk.person.codes)
    yield from talk.standing.leaves
    for each in talk.entries:
        if isinstance(each, Said) and each.verdict.status == "ready" and each.verdict.until is not None:
            yield each.verdict.until
            yield each.verdict.until - AT_ONCE
