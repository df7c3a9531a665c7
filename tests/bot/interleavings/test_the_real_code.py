"""The model's schedules, drawn with a fixed seed, taken with the real code: it must go the same way at every step.

So the model cannot drift from the code, and what was shown of all its orders holds for the code. Each transaction is one
step here, as it is on SQLite; what the lock is for on PostgreSQL is tests/bot/sending/test_takeover_race.py.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.audience import starts
from bot.audience.enrol import Candidate, enrol
from bot.compliance.areas import areas
from bot.db import Database
from bot.flows_store import current, publish, publish_library
from bot.keys import Keys
from bot.models import Consent, Conversation, Customer
from bot.settings import Settings
from tests.bot.interleavings.accidents import ACCIDENTS, Accident
from tests.bot.interleavings.actors import Scenario, State, Step
from tests.bot.interleavings.exploring import one_round, shortest, whole_steps
from tests.bot.interleavings.guards import LOCK, Guards
from tests.bot.interleavings.model import World
from tests.bot.interleavings.promises import FENCED, OVERTAKEN, TRIED_LATER, UNDONE, broken, gaps, left_undone
from tests.bot.interleavings.replaying import WORDS, Replay, shape_of
from tests.bot.interleavings.scenarios import SCENARIOS, named
from tests.bot.interleavings.telling import in_words
from tests.support.cast import Cast, Member, bring_cast
from tests.support.clock import StillClock
from tests.support.fakes import FakeBell, FakedApp, FakeProvider, FakeReader, reading

SAMPLES = 11
"""Schedules a scenario."""
SEED = 2026
NOON = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
"""A Saturday, noon in California."""


@pytest.fixture
def app(settings: Settings, sqlite_db: Database, keys: Keys, clock: StillClock) -> FakedApp:
    """On SQLite, as one file that need not survive a power cut."""
    event.listen(sqlite_db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    reader = FakeReader()
    reader.reads |= {WORDS["R1"]: reading("yes"), WORDS["R2"]: reading("yes")}
    reader.reads[WORDS["M1"]] = reading("stop", opt_out="opted_out")
    for name in ("S1", "S2"):
        reader.reads[WORDS[name]] = reading("stop", opt_out="opted_out")
    settled = settings.model_copy(update={"settle_seconds": 0})
    return FakedApp(
        settled, clock, database=sqlite_db, keys=keys, bell=FakeBell(), provider=FakeProvider(), reader=reader
    )


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_it_goes_the_same_way(scenario: Scenario, app: FakedApp, clock: StillClock) -> None:
    """Schedules drawn with a fixed seed: step by step, and when all is quiet."""
    rng = random.Random(f"{SEED} {scenario.name}")
    for replay in _stages(app, clock, scenario, SAMPLES):
        _play(scenario, replay, rng.choice)


@pytest.mark.parametrize(
    "accident",
    [each for each in ACCIDENTS if LOCK not in (each.guard, *each.behind)],
    ids=lambda each: each.guard,
)
def test_the_accident_does_not_happen(accident: Accident, app: FakedApp, clock: StillClock) -> None:
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

    (replay,) = _stages(app, clock, scenario, 1)
    _play(scenario, replay, follow)


@pytest.mark.parametrize(
    ("gap", "scenario"),
    [
        (TRIED_LATER, "two replies to a flow, left alone"),
        (OVERTAKEN, "a reply, then a stop, left alone"),
        (UNDONE, "a stop, then a reply, left alone"),
        (FENCED, "a stop when the opener is due"),
    ],
)
def test_known_gaps(gap: str, scenario: str, app: FakedApp, clock: StillClock) -> None:
    """The real code has each of them, by a shortest schedule. When one is mended, this fails: take it off the list."""
    begins = named(scenario)
    found = shortest(begins, Guards(), gap, whole_steps)
    assert found is not None
    sys.stdout.write(f"{in_words(found)}\n")
    way = iter(found.steps)
    (replay,) = _stages(app, clock, begins, 1)
    end = _play(begins, replay, lambda _: next(way))
    assert gap in gaps(end)


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


def _stages(app: FakedApp, clock: StillClock, scenario: Scenario, count: int) -> list[Replay]:
    """As many customers, each with what the scenario begins with."""
    clock.set(NOON)
    with app.database.write() as session:
        cast = bring_cast(session, app.keys, NOON)
        publish_library(session, cast.shop_id, NOON)
        source = (Path(__file__).parent / "ring.yml").read_text("utf-8")
        made, problems = publish(session, cast.shop_id, source, file="ring.yml", by="test", now=NOON)
        assert made, problems
    stages = [_stage(app, clock, cast, scenario, number) for number in range(count)]
    if scenario.world.timer:
        clock.move(days=7)
    return stages


def _stage(app: FakedApp, clock: StillClock, cast: Cast, scenario: Scenario, number: int) -> Replay:
    """A customer of their own for one schedule, with what the scenario begins with."""
    with app.database.write() as session:
        codes = sorted(code for code, states in areas().codes.items() if set(states) == {"CA"})
        phone = f"+1{codes[number % len(codes)]}55501{20 + number // len(codes)}"
        who = _customer(app, session, cast.shop_id, phone, NOON)
        passage = None
        if scenario.world.flow_lives:
            revision = current(session, cast.shop_id, "ring")
            assert revision is not None
            start = starts.start(session, revision, NOON, daily_limit=10, total=None, by="test")
            start.next_batch_at = None
            session.flush()
            candidate = Candidate(who.customer_id, who.phone_key, phone, NOON - timedelta(days=60), "treated")
            passage = enrol(session, cast.shop_id, start, candidate, NOON)
    replay = Replay(app, clock, who, cast.number, passage)
    if scenario.world.timer:
        replay.rest()
        replay = Replay(app, clock, who, cast.number, passage)
    return replay


def _customer(app: FakedApp, session: Session, shop_id: int, phone: str, now: datetime) -> Member:
    key = app.keys.phone_key(shop_id, phone)
    placed = now - timedelta(days=60)
    customer = Customer(
        shop_id=shop_id,
        external_id=phone,
        phone=phone,
        phone_key=key,
        country="US",
        orders_count=1,
        last_order_at=placed,
        created_at=placed,
    )
    session.add(customer)
    session.flush()
    talk = Conversation(shop_id=shop_id, customer_id=customer.id, created_at=placed)
    session.add_all(
        [
            talk,
            Consent(
                shop_id=shop_id, phone_key=key, kind="written", source="checkout", at=placed, ledger_seq=1
            ),
        ]
    )
    session.flush()
    return Member(shop_id, customer.id, talk.id, phone, key)
