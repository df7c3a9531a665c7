"""Every order there is: counted, and searched for the shortest that breaks a promise.

Owns the search. A state that was reached once is not explored again, and the number of schedules that lead through it
is counted from its successors: a schedule is one complete order of steps, with what came of every call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bot.interleavings import model
from tests.bot.interleavings.actors import Scenario, State, Step, moves
from tests.bot.interleavings.guards import Guards
from tests.bot.interleavings.model import World
from tests.bot.interleavings.promises import broken, left_undone


@dataclass(frozen=True)
class Explored:
    """How much was looked at."""

    states: int
    schedules: int
    ends: int
    """Different worlds after the last step."""


@dataclass(frozen=True)
class Broken:
    """A promise, and a shortest schedule that breaks it."""

    promise: str
    steps: tuple[Step, ...]
    world: World


class PromiseBroken(AssertionError):
    """Found while counting: look for the shortest schedule with `shortest`."""


def explore(scenario: Scenario, guards: Guards) -> Explored:
    """Go through everything. Raises PromiseBroken."""
    paths: dict[State, int] = {}
    ends: set[World] = set()

    def count(state: State) -> int:
        known = paths.get(state) or paths.get(_exchanged(state))
        if known is not None:
            return known
        total, stuck = 0, True
        for step, after in moves(scenario, state, guards):
            stuck = False
            if after.world is not state.world and (promise := broken(state.world, after.world)):
                raise PromiseBroken(f"{promise} ({step})")
            total += count(after)
        if stuck:
            if state.world not in ends or not scenario.over(state):
                promise, _ = _end(scenario, state, guards)
                if promise:
                    raise PromiseBroken(promise)
                ends.add(state.world)
            total = 1
        paths[state] = total
        return total

    schedules = count(scenario.start())
    return Explored(len(paths), schedules, len(ends))


def shortest(
    scenario: Scenario,
    guards: Guards,
    promise: str | None = None,
    steps: Callable[[Scenario, State, Guards], Iterator[tuple[Step, State]]] = moves,
) -> Broken | None:
    """The first broken promise that a breadth-first search meets (that very `promise`, if one is named)."""
    start = scenario.start()
    came: dict[State, tuple[State, Step] | None] = {start: None}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        stuck = True
        for step, after in steps(scenario, state, guards):
            stuck = False
            found = broken(state.world, after.world) if after.world is not state.world else None
            if found and promise in (None, found):
                return Broken(found, (*_way(came, state), step), after.world)
            if after not in came and not found:
                came[after] = (state, step)
                queue.append(after)
        if stuck:
            found, at_rest = _end(scenario, state, guards)
            if found and promise in (None, found):
                return Broken(found, _way(came, state), at_rest)
    return None


def whole_steps(scenario: Scenario, state: State, guards: Guards) -> Iterator[tuple[Step, State]]:
    """`moves` where each transaction is one step, as on SQLite."""
    for step, after in moves(scenario, state, guards):
        if not step.what.startswith("begin"):
            yield step, after
            continue
        for then, done in moves(scenario, after, guards):
            if then.who == step.who and then.what != "die":
                yield then, done


def _end(scenario: Scenario, state: State, guards: Guards) -> tuple[str | None, World]:
    if not scenario.over(state):
        return "everybody waits for somebody", state.world
    return drain(state.world, guards)


def _exchanged(state: State) -> State:
    """The same with the workers in each other's place: they are alike, so as many schedules lead on from there."""
    one, other = state.workers
    lock = 1 - state.lock if state.lock in (0, 1) else state.lock
    return state._replace(workers=(other, one), lock=lock)


def _way(came: dict[State, tuple[State, Step] | None], state: State) -> tuple[Step, ...]:
    steps: list[Step] = []
    while (link := came[state]) is not None:
        state, step = link
        steps.append(step)
    return tuple(reversed(steps))


def drain(world: World, guards: Guards) -> tuple[str | None, World]:
    """What the bells and sweeps of the next seconds do, one after another; then nothing may be missing."""
    for _ in range(20):
        before = world
        for after in one_round(world, guards):
            if promise := broken(world, after):
                return promise, after
            world = after
        if world == before:
            return left_undone(world), world
    return "it never comes to rest", world


def one_round(world: World, guards: Guards) -> list[World]:
    """One turn, everything due sent, leases swept, reports in: the worlds on the way, the last one last."""
    seen = [model.take_turn(world, model.unread(world), guards)]
    for n in model.due(seen[-1]):
        after, got = model.claim(seen[-1], n, guards)
        seen.append(after)
        if got:
            seen.append(model.call(seen[-1], n, "sent"))
            seen.append(model.record(seen[-1], n, "sent", guards))
    seen.append(model.expire_leases(seen[-1], guards))
    seen.append(model.report(seen[-1]))
    return seen
