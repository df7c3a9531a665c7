"""The arithmetic of speed: no window leaves with too much, nobody starves, everybody has a share."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sending.pacing import (
    AWAY_AFTER,
    BURST,
    LONGEST_REST,
    PROBE,
    Level,
    Names,
    Rates,
    Want,
    carriers_day,
    grant,
    rest,
)

START = datetime(2026, 11, 17, 17, tzinfo=UTC)
ONE = Names("sender one", "account AC", "shop 1")
TWO = Names("sender two", "account AC", "shop 2")
KINDS = ("compliance", "answer", "staff", "marketing")
RANK = {kind: n for n, kind in enumerate(KINDS)}


def texts(*parts: int, kind: str = "answer", names: Names = ONE, rates: Rates = Rates(2.0)) -> list[Want]:
    """Texts of these lengths."""
    return [Want(n, kind, length, names, rates) for n, length in enumerate(parts)]


ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 60_000),
        st.sampled_from(KINDS),
        st.integers(1, 10),
        st.sampled_from((ONE, TWO)),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=120,
)


@given(
    ARRIVALS,
    st.floats(0.3, 30),
    st.one_of(st.none(), st.floats(0.3, 30)),
    st.lists(st.integers(1, 16), min_size=1, max_size=4),
)
def test_no_window_leaves_with_more_than_its_rate_and_burst(
    arrivals: list[tuple[int, str, int, Names, int]], rate: float, account: float | None, batches: list[int]
) -> None:
    """Any arrivals, any number of workers with batches of any size, some of which forget the texts that they were
    granted: what leaves a sender, and an account, keeps to the rate in every window. And everything leaves in the end."""
    rates = Rates(rate, account)
    waiting = sorted(
        (START + timedelta(milliseconds=at), n, Want(n, kind, parts, names, rates))
        for n, (at, kind, parts, names, _) in enumerate(arrivals)
    )
    levels: dict[str, Level] = {}
    left: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    now, turn = START, 0
    while waiting:
        now += timedelta(milliseconds=250)
        turn += 1
        assert now < START + timedelta(hours=5), "somebody starves"
        here = [want for at, _, want in waiting if at <= now]
        here.sort(key=lambda want: RANK[want.kind])
        granted = grant(levels, here[: batches[turn % len(batches)]], now)
        levels = dict(granted.levels)
        for want in here:
            if want.id in granted.ids:
                left[want.names.sender].append((now, want.parts))
                left[want.names.account].append((now, want.parts))
        waiting = [each for each in waiting if each[2].id not in granted.ids]
    for name, gone in left.items():
        limit = account if name == ONE.account else rate
        if limit is None:
            continue
        longest = max(parts for _, parts in gone)
        burst = max(limit * BURST.total_seconds(), longest)
        for first, (begin, _) in enumerate(gone):
            parts = 0
            for end, length in gone[first:]:
                parts += length
                assert parts <= limit * (end - begin).total_seconds() + burst + longest * 1e-3, name


def test_openers_leave_a_quarter_to_answers() -> None:
    """Twenty parts of room at two a second: fifteen openers, then five answers."""
    openers = grant({}, texts(*[1] * 40, kind="marketing"), START)
    assert len(openers.ids) == 15
    assert len(grant(openers.levels, texts(*[1] * 40), START).ids) == 5


def test_a_long_text_is_not_overtaken_for_ever() -> None:
    """It finds no room, and the short ones behind it wait until it has left."""
    full = grant({}, texts(*[1] * 40), START).levels
    at = START + timedelta(seconds=1)
    assert grant(full, texts(8, 1, 1), at).ids == frozenset()
    assert grant(full, texts(8, 1, 1), START + timedelta(seconds=4)).ids == {0}


def test_an_empty_line_takes_a_text_of_any_length() -> None:
    """A slow sender would else never send a long one."""
    assert grant({}, texts(24, kind="marketing", rates=Rates(0.5)), START).ids == {0}


@pytest.mark.parametrize(
    ("level", "kind", "leaves"),
    [
        (Level(paused_until=START + timedelta(seconds=1)), "compliance", False),
        (Level(paused_until=START), "marketing", True),
        (Level(openers_until=START + timedelta(seconds=1)), "marketing", False),
        (Level(openers_until=START + timedelta(seconds=1)), "answer", True),
    ],
)
@pytest.mark.parametrize("where", [ONE.sender, ONE.account])
def test_a_pause_holds_its_own(level: Level, kind: str, leaves: bool, where: str) -> None:
    """Sender or account, everything or only openers; another account goes on."""
    other = Names("sender three", "account AD", "shop 3")
    wants = [
        Want(1, kind, 1, ONE, Rates()),
        Want(2, kind, 1, other, Rates()),
        Want(3, kind, 1, ONE, Rates(), over=True),
    ]
    assert grant({where: level}, wants, START).ids == ({1, 2, 3} if leaves else {2, 3})


def test_too_fast_means_a_quarter_for_a_while() -> None:
    """Then the old rate again; a sender without a limit is slowed all the same."""
    slow = {ONE.sender: Level(slow_until=START + timedelta(seconds=60))}
    assert len(grant(slow, texts(*[1] * 40), START).ids) == 5
    assert len(grant(slow, texts(*[1] * 40, rates=Rates(when_slow=2)), START).ids) == 5
    assert len(grant(slow, texts(*[1] * 40), START + timedelta(seconds=60)).ids) == 20


def test_an_account_that_is_away_gets_one_probe() -> None:
    """One text of the batch, and nobody else's before it came back or is overdue."""
    away = {ONE.account: Level(failures=AWAY_AFTER, paused_until=START)}
    first = grant(away, texts(1, 1, 1, rates=Rates()), START)
    assert first.ids == {0}
    assert first.probing == {ONE.account}
    assert not grant(first.levels, texts(1, rates=Rates()), START + timedelta(seconds=1)).ids
    assert grant(first.levels, texts(1, rates=Rates()), START + PROBE).ids == {0}


def test_rests_grow_and_end() -> None:
    """Five seconds, doubling, five minutes at most."""
    assert [rest(AWAY_AFTER + n).total_seconds() for n in (0, 1, 2, 50)] == [5, 10, 20, 300]
    assert rest(10_000) == LONGEST_REST


def test_the_carriers_day_ends_at_midnight_pacific() -> None:
    """R102."""
    assert carriers_day(datetime(2026, 11, 18, 7, 59, tzinfo=UTC)) == "2026-11-17"
    assert carriers_day(datetime(2026, 11, 18, 8, tzinfo=UTC)) == "2026-11-18"
