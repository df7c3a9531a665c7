"""Who acts on the conversation, and in which steps: two workers, the webhook, the lease sweep, staff, the carrier.

Owns what may happen next in a state: `moves`. Turn and claim are two steps each (the lock is taken and everything is
read; everything is written and the lock is let go), so that the lock has something to do. What the others do is short,
waits for the lock, and is one step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.bot.interleavings import model
from tests.bot.interleavings.guards import LOCK, Guards
from tests.bot.interleavings.merging import merged
from tests.bot.interleavings.model import World

NOBODY = -1


class Worker(NamedTuple):
    """Where a worker stands, and what it remembers."""

    at: str = "read"
    known: tuple[int, ...] = ()
    seen: World | None = None
    """What its open transaction has read."""
    due: tuple[int, ...] = ()
    claims: tuple[tuple[int, str], ...] = ()
    """Rows that are its own, with what came of the call."""


class State(NamedTuple):
    """Everything at one moment."""

    world: World
    workers: tuple[Worker, ...] = (Worker(), Worker())
    webhook: int = 0
    staff: int = 0
    swept: bool = False
    reported: bool = False
    lock: int = NOBODY
    deaths: int = 0
    laters: int = 0


class Step(NamedTuple):
    """Who does what: `what` and `arg` say it exactly, for those who do the same with the real code."""

    who: str
    what: str
    arg: str = ""
    row: int = -1


@dataclass(frozen=True)
class Scenario:
    """What is there at first, and who comes."""

    name: str
    world: World
    webhook: tuple[str, ...] = ()
    """Texts that it delivers, in order; the same name twice is the same webhook twice."""
    staff: tuple[str, ...] = ("take over",)
    carrier: bool = False
    deaths: int = 1
    laters: int = 1

    def start(self) -> State:
        """Before anybody moved."""
        return State(
            self.world,
            reported=not self.carrier,
            deaths=self.deaths,
            laters=self.laters,
        )

    def over(self, state: State) -> bool:
        """Has everybody done what they came for?"""
        return (
            all(worker.at == "done" for worker in state.workers)
            and state.webhook == len(self.webhook)
            and state.staff == len(self.staff)
            and state.swept
            and state.reported
        )


def moves(scenario: Scenario, state: State, guards: Guards) -> Iterator[tuple[Step, State]]:
    """Every step that somebody can take now, and the state after it."""
    world = state.world
    for number, worker in enumerate(state.workers):
        if worker.at == "done":
            continue
        for step, changed, its, lock in _work(state, number, worker, guards):
            yield (
                step,
                State(  # by position: this is the inmost loop
                    changed,
                    (its, state.workers[1]) if number == 0 else (state.workers[0], its),
                    state.webhook,
                    state.staff,
                    state.swept,
                    state.reported,
                    lock,
                    state.deaths - (step.what == "die"),
                    state.laters - (step.what == "call" and step.arg == "later"),
                ),
            )
    if not _free(state, guards):
        return
    if state.webhook < len(scenario.webhook):
        name = scenario.webhook[state.webhook]
        after = state._replace(world=model.receive(world, name, guards), webhook=state.webhook + 1)
        yield Step("the webhook", "receive", name), after
    if state.staff < len(scenario.staff):
        act = scenario.staff[state.staff]
        changed = model.take_over(world) if act == "take over" else model.hand_back(world)
        yield Step("staff", act), state._replace(world=changed, staff=state.staff + 1)
    if not state.swept:
        yield Step("the sweep", "sweep"), state._replace(world=model.expire_leases(world, guards), swept=True)
    if not state.reported:
        yield Step("the carrier", "report"), state._replace(world=model.report(world), reported=True)


_Done = tuple[Step, World, Worker, int]


def _free(state: State, guards: Guards) -> bool:
    return state.lock == NOBODY or not guards.on(LOCK)


def _work(state: State, number: int, worker: Worker, guards: Guards) -> Iterator[_Done]:
    world, lock, who = state.world, state.lock, f"worker {number + 1}"
    match worker.at:
        case "read":
            yield (
                Step(who, "read"),
                world,
                worker._replace(at="turn", known=model.unread(world)),
                lock,
            )
        case "turn" if _free(state, guards):
            yield Step(who, "begin turn"), world, worker._replace(at="turning", seen=world), number
        case "turn":
            yield Step(who, "skip turn"), world, worker._replace(at="look"), lock
        case "turning":
            assert worker.seen is not None
            after = merged(worker.seen, model.take_turn(worker.seen, worker.known, guards), world)
            after = after if guards.key_is_new(world, after) else world
            yield (
                Step(who, "turn"),
                after,
                worker._replace(at="look", known=(), seen=None),
                _let_go(state, number),
            )
        case "look":
            found = model.due(world)
            yield Step(who, "look"), world, worker._replace(at="claim" if found else "done", due=found), lock
        case "claim" if _free(state, guards):
            step = Step(who, "begin claim", row=worker.due[0])
            yield step, world, worker._replace(at="claiming", seen=world), number
        case "claim":
            yield Step(who, "skip claim", row=worker.due[0]), world, _next(worker, worker.claims), lock
        case "claiming":
            assert worker.seen is not None
            n = worker.due[0]
            mine, got = model.claim(worker.seen, n, guards)
            claims = (*worker.claims, (n, "")) if got else worker.claims
            after = merged(worker.seen, mine, world)
            yield Step(who, "claim", row=n), after, _next(worker, claims), _let_go(state, number)
        case "call":
            yield from _call(state, worker, who)
        case "record" if _free(state, guards):
            (n, outcome), rest = worker.claims[0], worker.claims[1:]
            after = model.record(world, n, outcome, guards)
            yield (
                Step(who, "record", outcome, n),
                after,
                worker._replace(at="record" if rest else "done", claims=rest),
                lock,
            )
        case _:
            pass
    if state.deaths and worker.at in ("turning", "claiming", "call", "record"):
        for n, _ in worker.claims:
            world = model.change_row(world, n, status=guards.after_a_death(world.rows[n]))
        yield Step(who, "die", worker.at), world, Worker(at="done"), _let_go(state, number)


def _call(state: State, worker: Worker, who: str) -> Iterator[_Done]:
    at = next(i for i, (_, outcome) in enumerate(worker.claims) if not outcome)
    n = worker.claims[at][0]
    for outcome in ("sent", "timeout", "later") if state.laters else ("sent", "timeout"):
        claims = (*worker.claims[:at], (n, outcome), *worker.claims[at + 1 :])
        its = worker._replace(at="record" if at + 1 == len(claims) else "call", claims=claims)
        yield Step(who, "call", outcome, n), model.call(state.world, n, outcome), its, state.lock


def _next(worker: Worker, claims: tuple[tuple[int, str], ...]) -> Worker:
    due = worker.due[1:]
    at = "claim" if due else "call" if claims else "done"
    return worker._replace(at=at, seen=None, due=due, claims=claims)


def _let_go(state: State, number: int) -> int:
    return NOBODY if state.lock == number else state.lock
