"""The circuit breaker, state by state, by a clock that stands still."""

from __future__ import annotations

from nlu.breaker import FAILURES, PAUSE_SECONDS, Breaker


class Clock:
    """Seconds, moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.asks()
        breaker.failed()
    return breaker


def test_it_opens_after_failures_in_a_row_and_says_so_once() -> None:
    breaker = Breaker(Clock())
    news = []
    for _ in range(FAILURES + 2):
        breaker.asks()
        news.append(breaker.failed())
    assert news == [False] * (FAILURES - 1) + [True, False, False]
    assert not breaker.asks()


def test_an_answer_between_them_starts_the_count_anew() -> None:
    breaker = Breaker(Clock())
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert not breaker.answered()
    for _ in range(FAILURES - 1):
        assert not breaker.failed()
    assert breaker.asks()


def test_nobody_asks_until_the_pause_is_over_and_then_one_at_a_time() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += PAUSE_SECONDS - 0.001
    assert not breaker.asks()
    clock.now += 0.001
    assert [breaker.asks(), breaker.asks(), breaker.asks()] == [True, False, False]


def test_a_failed_try_is_another_pause_and_no_news() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += PAUSE_SECONDS
    assert breaker.asks()
    assert not breaker.failed()
    assert not breaker.asks()
    clock.now += PAUSE_SECONDS
    assert breaker.asks()


def test_an_answered_try_closes_it_and_says_so_once() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += PAUSE_SECONDS
    assert breaker.asks()
    assert breaker.answered()
    assert not breaker.answered()
    assert [breaker.asks(), breaker.asks()] == [True, True]


def test_who_asked_before_it_opened_and_fails_afterwards_takes_nobody_s_try() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    assert all(breaker.asks() for _ in range(FAILURES + 1))
    for _ in range(FAILURES):
        breaker.failed()
    clock.now += PAUSE_SECONDS
    assert breaker.asks()
    assert not breaker.failed()  # the late one
    assert not breaker.asks()
