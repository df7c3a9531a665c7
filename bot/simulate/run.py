"""A whole population: customers in blocks, blocks in processes, and one answer whatever the number of processes.

Owns the plan of a run and the merging. A customer's chance comes from hash(seed, number) alone, and blocks are merged in
the order of their numbers, so the same seed gives the same answer byte for byte.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.compliance.gate import may_send
from bot.simulate.count import Tally, as_json
from bot.simulate.hearing import Hearing
from bot.simulate.life import Life
from bot.simulate.people import People, people
from bot.simulate.person import draw
from bot.simulate.records import Gate, World
from bot.simulate.shop import SimulatedShop
from bot.simulate.transcript import Transcript
from flows.definition import Flow
from flows.intents import INTENTS, MOODS
from flows.parser import library, published
from nlu.reader import embedded_reader

BEGINS = datetime(2026, 9, 7, 14, 0, tzinfo=UTC)
"""When the weeks begin unless somebody says otherwise: a Monday, ten in the morning in New York."""
BLOCK = 50
"""Customers in one piece of work."""
DESK = "front_desk"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated, in values that another process can be sent. `flow` and `others`: sources of flows."""

    flow: str
    customers: int = 10_000
    weeks: float = 12
    seed: int = 1
    begins: datetime = BEGINS
    people: People = field(default_factory=people)
    shop: SimulatedShop = field(default_factory=SimulatedShop)
    others: Mapping[str, str] = field(default_factory=dict)
    """Flows that `run:` may lead to, by name; the library is known anyway."""
    nlu: tuple[float, float] | None = None
    """Read words with the model, sure and unsure from these confidences; None: people bring their meaning along."""
    gate: Gate = may_send


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `figures` is the JSON object; `shown` conversations, one of each inclination that answered."""

    figures: dict[str, Any]
    shown: tuple[Transcript, ...]


def simulate(plan: Plan, *, processes: int = 1, progress: Callable[[int], None] | None = None) -> Outcome:
    """Let them live. `progress` is told how many customers more are done. Raises ValueError for a flow that can't be read."""
    flow = published(plan.flow)  # a flow that can't be read is found here, not in another process
    tally = Tally()
    for block in _blocks(plan, processes):
        tally.merge(block)
        if progress is not None:
            progress(block.counts["customers"])
    figures = as_json(
        tally,
        weeks=plan.weeks,
        flow=flow.name,
        seed=plan.seed,
        begins=plan.begins,
        part_cents=plan.shop.settings.part_cost_cents,
    )
    order = [name for name in plan.people.inclinations if name in tally.shown]
    return Outcome(figures, tuple(tally.shown[name] for name in order))


def own_replies(source: str) -> frozenset[str]:
    """Intents of a shop's own from which a flow leads on. No scripted person says them, so those ways are not walked."""
    said = {intent for node in published(source).nodes.values() for intent in node.replies}
    return frozenset(said - {*INTENTS, *MOODS})


def live(plan: Plan, number: int) -> Life:
    """The weeks of one customer, to look at."""
    return _live(_world(plan), number)


def _live(world: World, number: int) -> Life:
    person = draw(world.people, world.flow, world.seed, number, world.begins, world.ends)
    life = Life(world, person)
    if person.out is None:
        life.live()
    return life


def _blocks(plan: Plan, processes: int) -> Iterator[Tally]:
    numbers = [range(at, min(at + BLOCK, plan.customers)) for at in range(0, plan.customers, BLOCK)]
    processes = min(processes, len(numbers))
    if processes <= 1:
        world = _world(plan)
        for block in numbers:
            yield _count(world, block)
        return
    # not forked: a thread of this process may hold a lock
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _begin_worker, (plan,)) as pool:
        yield from pool.imap(_work, numbers)


def _count(world: World, block: range) -> Tally:
    tally = Tally()
    for number in block:
        tally.add(_live(world, number))
    return tally


def _world(plan: Plan) -> World:
    sources = {**library(), **plan.others}
    flow = published(plan.flow)
    reader = embedded_reader(sure=plan.nlu[0], unsure=plan.nlu[1]) if plan.nlu else None
    return World(
        flow=flow,
        flows=_reached(flow, sources),
        desk=published(sources[DESK]),
        people=plan.people,
        shop=plan.shop,
        hearing=Hearing(reader=reader),
        gate=plan.gate,
        seed=plan.seed,
        begins=plan.begins,
        ends=plan.begins + timedelta(weeks=plan.weeks),
    )


def _reached(flow: Flow, sources: Mapping[str, str]) -> dict[str, Flow]:
    """The flow, and those that it can lead to with `run:`. Reading a flow takes longer than living through it."""
    found = {flow.name: flow}
    pending = [flow]
    while pending:
        for node in pending.pop().nodes.values():
            if node.run and node.run not in found and node.run in sources:
                found[node.run] = published(sources[node.run])
                pending.append(found[node.run])
    return found


_worlds: list[World] = []
"""The world of this worker process; empty in every other."""


def _begin_worker(plan: Plan) -> None:
    _worlds[:] = [_world(plan)]


def _work(block: range) -> Tally:
    return _count(_worlds[0], block)
