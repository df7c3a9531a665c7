"""The worker: works off what there is, answers first, and lives through Redis' absence."""

from __future__ import annotations

from collections.abc import Callable

from bot.jobs.worker import SENDS_A_PASS, TURNS_A_PASS, Step, work_off
from tests.support.fakes import FakedApp


def _steps(turns: list[int], sends: list[int]) -> tuple[Step, Step, list[str]]:
    """Two steps that do what the lists say, one number a call, and then nothing."""
    log: list[str] = []

    def step(name: str, script: list[int]) -> Callable[[object, int], int]:
        def run(_app: object, limit: int) -> int:
            log.append(name)
            return min(script.pop(0), limit) if script else 0

        return run

    return step("turns", turns), step("sends", sends), log


def test_it_goes_on_until_neither_finds_anything(app: FakedApp) -> None:
    turns, sends, log = _steps([3, 0, 1], [1, 2, 0])
    assert not work_off(app, turns, sends)
    assert log == ["turns", "sends"] * 4


def test_an_answer_waits_behind_one_handful_of_texts_only(app: FakedApp) -> None:
    asked: list[int] = []

    def sends(_app: object, limit: int) -> int:
        asked.append(limit)
        return limit if len(asked) < 5 else 0

    turns, _, log = _steps([], [])
    assert not work_off(app, turns, sends)
    assert set(asked) == {SENDS_A_PASS}
    assert len(log) == len(asked)
    assert TURNS_A_PASS + SENDS_A_PASS <= 100


def test_it_says_when_time_is_up_and_there_is_more(app: FakedApp) -> None:
    turns, sends, _ = _steps([1] * 1000, [])
    assert work_off(app, turns, sends, seconds=0)


def test_a_fault_is_left_to_the_next_look(app: FakedApp) -> None:
    def broken(_app: object, _limit: int) -> int:
        raise RuntimeError("the database is away")

    _, sends, log = _steps([], [])
    assert not work_off(app, broken, sends)
    assert log == []
