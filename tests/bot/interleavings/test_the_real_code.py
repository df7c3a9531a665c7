"""The model's schedules, drawn with a fixed seed, taken with the real code: it must go the same way at every step.

So the model cannot drift from the code, and what was shown of all its orders holds for the code. Each transaction is one
step here, as it is on SQLite; what the lock is for on PostgreSQL is tests/bot/sending/test_takeover_race.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.db import Database
from bot.keys import Keys
from bot.settings import Settings
from tests.bot.interleavings.accidents import ACCIDENTS, Accident
from tests.bot.interleavings.actors import Scenario, State, Step
from tests.bot.interleavings.exploring import one_round, shortest, whole_steps
from tests.bot.interleavings.guards import LOCK, Guards
from tests.bot.interleavings.model import World
from tests.bot.interleavings.promises import broken, left_undone
from tests.bot.interleavings.replaying import WORDS, Replay, shape_of
from tests.bot.interleavings.scenarios import SCENARIOS, named
from tests.bot.interleavings.staging import Stage, build_stage, set_out
from tests.support.clock import StillClock
from tests.support.databases import sqlite_copy
from tests.support.fakes import FakeBell, FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

SAMPLES = 10
"""Schedules a scenario."""
SEED = 2026


@pytest.fixture(scope="module")
def stage(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Made once."""
    return build_stage(_sqlite_template, tmp_path_factory.mktemp("interleavings") / "template.db")


@pytest.fixture
def app(
    settings: Settings, stage: Stage, keys: Keys, clock: StillClock, tmp_path: Path
) -> Iterator[FakedApp]:
    """On SQLite."""
    with sqlite_copy(stage.template, tmp_path / "winback.db") as database:
        yield _app(settings, database, keys, clock)


def _app(settings: Settings, database: Database, keys: Keys, clock: StillClock) -> FakedApp:
    reader = FakeReader()
    reader.reads |= {WORDS["R1"]: reading("yes"), WORDS["R2"]: reading("yes")}
    reader.reads[WORDS["Q1"]] = reading("other")
    reader.reads[WORDS["M1"]] = reading("stop", opt_out="opted_out")
    for name in ("S1", "S2"):
        reader.reads[WORDS[name]] = reading("stop", opt_out="opted_out")
    settled = settings.model_copy(update={"settle_seconds": 0})
    return FakedApp(
        settled, clock, database=database, keys=keys, bell=FakeBell(), provider=FakeProvider(), reader=reader
    )


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_it_goes_the_same_way(scenario: Scenario, app: FakedApp, stage: Stage, clock: StillClock) -> None:
    """Schedules drawn with a fixed seed: step by step, and when all is quiet."""
    rng = random.Random(f"{SEED} {scenario.name}")
    for replay in set_out(app, clock, stage.cast, scenario, SAMPLES):
        _play(scenario, replay, rng.choice)


@pytest.mark.parametrize(
    "accident",
    [each for each in ACCIDENTS if LOCK not in (each.guard, *each.behind)],
    ids=lambda each: each.guard,
)
def test_the_accident_does_not_happen(
    accident: Accident, app: FakedApp, stage: Stage, clock: StillClock
) -> None:
    """The order in which a guard would be missed, as far as the real code, which has it, can be led that way."""
    scenario = named(accident.scenario)
    found = shortest(scenario, accident.out, accident.promise, whole_steps)
    assert found is not None
    way = list(found.steps)

    def follow(steps: list[Step]) -> Step:
        while way:
            if (step := way.pop(0)) in steps:
                return step
        return steps[0]

    (replay,) = set_out(app, clock, stage.cast, scenario, 1)
    _play(scenario, replay, follow)


def _play(scenario: Scenario, replay: Replay, choose: Callable[[list[Step]], Step]) -> World:
    """One schedule with model and code side by side. Gives the world at rest."""
    state, told = scenario.start(), list[Step]()
    assert replay.shape() == shape_of(state.world)
    while steps := dict(whole_steps(scenario, state, Guards())):
        step = choose(list(steps))
        after = steps[step]
        told.append(step)
        assert broken(state.world, after.world) is None, told
        assert replay.take(step) == _expected(step, state, after), told
        if after.world is not state.world:
            assert replay.shape() == shape_of(after.world), told
        state = after
    assert scenario.over(state)
    world: World = state.world
    before: World | None = None
    while world != before:
        before, world = world, one_round(world, Guards())[-1]
        replay.rest()
        assert replay.shape() == shape_of(world), [*told, "rest"]
    assert left_undone(world) is None
    assert len(replay.accepted) == len(set(replay.accepted)), "handed over twice"
    return world


def _expected(step: Step, state: State, after: State) -> str:
    """What a look must find, and whether a claim must succeed."""
    if step.what not in ("look", "claim"):
        return ""
    number = int(step.who[-1]) - 1
    was, now = state.workers[number], after.workers[number]
    return str(now.due) if step.what == "look" else str(len(now.claims) > len(was.claims))
