"""The walk: the real engine, from every stop, under everything that can happen there.

Owns the search. It is breadth first, in a fixed order, and bounded by a count of moves (never by time, so that the same
file gives the same answer on every machine). A stop is reduced to what can matter later; time is kept as the least and the
most that can have passed since the offer in hand was given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from flows.definition import COURTESY, Flow
from flows.effects import SendText
from flows.engine import advance, begin
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    NotSent,
    OptedOut,
    Replied,
    Started,
    TimerFired,
)
from flows.facts import OfferFacts
from flows.prover.happenings import Happening, happenings, kept_names, said_names
from flows.prover.paths import way_at_once
from flows.prover.people import MOST_PEOPLE, Person, people, used_names
from flows.prover.reduced import key as key_of
from flows.prover.reduced import reduced
from flows.prover.reduced import timer as timer_of
from flows.prover.spots import Move, Spot, Walk
from flows.sample import NOW
from flows.state import State

MOST_MOVES = 8_000
"""About half a second. The largest flow that ships takes a third of it."""

_FOREVER = 10 * 365 * 86_400
_VISITS = 3


def explore(flow: Flow) -> Walk:
    """Everything that can happen to a customer in this flow."""
    everybody = people(flow)
    walk = Walk(flow, everybody[:MOST_PEOPLE], whole=len(everybody) <= MOST_PEOPLE)
    return _Search(walk, said_names(flow, used_names(flow)), kept_names(flow)).run()


class _Search:
    """The search under way. `ages`: for each stop, how long the offer in hand has run, at the least and at the most."""

    def __init__(self, walk: Walk, matters: frozenset[str], kept: frozenset[str]) -> None:
        self.walk = walk
        self.flow = walk.flow
        self.matters = matters
        self.kept = kept
        self.at_once = _at_once(walk.flow)
        self.numbers: dict[object, int] = {}
        self.ages: list[tuple[int, int]] = []
        self.visits: list[int] = []
        self.pending: deque[int] = deque()
        self.steps = 0
        self.known: dict[int, dict[object, int]] = {}

    def run(self) -> Walk:
        self._arrive(Spot(reduced(begin(self.flow), self.kept)), (0, 0), None)
        while self.pending:
            number = self.pending.popleft()
            self.visits[number] += 1
            if not self._look(number):
                self.walk.whole = False
                break
        return self.walk

    def _look(self, number: int) -> bool:
        """Let everything happen at this stop; at a later visit, only what could not happen before. False: too much."""
        known = self.known.setdefault(number, {})
        for happening, gone in self._all(number):
            for person in self._for_whom(number, happening):
                key = (happening.said, _mark(happening.event), gone, person and (person.node, person.called))
                if key in known:
                    self._again(number, known[key], happening)
                    continue
                self.steps += 1
                if self.steps > MOST_MOVES:
                    return False
                known[key] = len(self.walk.moves_of.setdefault(number, []))
                self._move(number, happening, person, gone=gone)
        return True

    def _again(self, number: int, index: int, happening: Happening) -> None:
        """The same event at the same stop, with more time, or less, behind it: it goes the same way."""
        move = self.walk.moves_of[number][index]
        after = self.walk.spots[move.after]
        if move.kind == "coupon" or move.left is None:
            return
        ages = self._ages_at(number, happening)
        held = self.walk.spots[number].held or ""
        self.walk.moves_of[number][index] = replace(move, left=self._left(held, ages))
        if after.held is not None:
            self._widen(move.after, ages)

    def _left(self, held: str, ages: tuple[int, int]) -> tuple[int, int]:
        valid = self.flow.offers[held].valid_for_seconds
        return max(60, valid - ages[1]), max(60, valid - ages[0])

    def _for_whom(self, number: int, happening: Happening) -> Iterator[Person | None]:
        """Everybody for whom this turn might go another way: None is the ordinary customer."""
        yield None
        persons = self.walk.persons[1:]
        if not persons:
            return
        nodes = self.at_once.get(
            _target(self.flow, self.walk.spots[number].state, happening.event), frozenset()
        )
        yield from (person for person in persons if person.node in nodes)

    def _all(self, number: int) -> Iterator[tuple[Happening, bool]]:
        """Whatever can happen here; twice, with the offer in hand and without it, where it may have ended by then."""
        spot = self.walk.spots[number]
        facts = self.walk.persons[0].facts
        for each in happenings(self.flow, spot, facts, self.matters):
            if spot.held is None or each.kind == "coupon":
                yield each, False
                continue
            valid = self.flow.offers[spot.held].valid_for_seconds
            least, most = self._ages_at(number, each)
            if least < valid:
                yield each, False
            if most >= valid:
                passed = max(each.elapsed, valid - self.ages[number][1])
                yield replace(each, elapsed=max(0, passed)), True

    def _ages_at(self, number: int, happening: Happening) -> tuple[int, int]:
        """How long the offer in hand has run when this happens."""
        spot, (least, most) = self.walk.spots[number], self.ages[number]
        if happening.kind == "silence":
            return least + happening.elapsed, most + happening.elapsed
        may_take = spot.timer if spot.state.phase == "waiting" and spot.timer is not None else _FOREVER
        if spot.state.phase == "coupon":
            may_take = 0
        return least, most + may_take

    def _move(self, number: int, happening: Happening, person: Person | None, *, gone: bool) -> None:
        spot, facts = self.walk.spots[number], happening.facts
        if person is not None:
            facts = replace(person.facts, code=facts.code)
        held = None if gone else spot.held
        ages = self._ages_at(number, happening)
        now = NOW + timedelta(seconds=happening.elapsed)
        said = happening.said
        if isinstance(happening.event, CouponReady) and happening.event.offer in self.flow.offers:
            held, ages = happening.event.offer, (0, 0)
        left = None
        if held is not None:
            left = self._left(held, ages)
            facts = replace(facts, offer=in_hand(self.flow, held, now + timedelta(seconds=left[1])))
        elif gone:
            said = f"{said} (the offer has ended)".strip()
        state, effects = advance(self.flow, spot.state, happening.event, facts, now)
        if happening.kind == "people":
            state = replace(
                state, disclosed=spot.state.disclosed
            )  # that it says again who it is, is counted nowhere
        stopped = spot.stopped or isinstance(happening.event, OptedOut)
        if state.phase == "ended":
            after = Spot(State(state.revision, self.flow.start, "ended"), spoken=True, stopped=stopped)
        else:
            spoken = any(
                isinstance(each, SendText) and not each.node.startswith(COURTESY) for each in effects
            )
            timer = timer_of(spot, state, effects, now)
            after = Spot(reduced(state, self.kept), held, timer, spot.spoken or spoken, stopped)
        move = (happening.kind, said, happening.elapsed, effects, facts, left, person)
        self._arrive(after, ages if after.held else (0, 0), (number, move))

    def _arrive(self, spot: Spot, ages: tuple[int, int], came: tuple[int, tuple[object, ...]] | None) -> None:
        key = key_of(spot)
        number = self.numbers.get(key)
        new = number is None
        if number is None:
            number = self.numbers[key] = len(self.walk.spots)
            self.walk.spots.append(spot)
            self.ages.append(ages)
            self.visits.append(0)
            self.pending.append(number)
        else:
            self._widen(number, ages)
        if came is not None:
            move = Move(came[0], number, *came[1])  # type: ignore[arg-type]
            self.walk.moves_of[came[0]].append(move)
            if new:
                self.walk.came[number] = move

    def _widen(self, number: int, ages: tuple[int, int]) -> None:
        """More time, or less, can have passed here than was thought: what follows from it is walked again."""
        least, most = self.ages[number]
        wider = min(least, ages[0]), max(most, ages[1])
        if self.walk.spots[number].held is None or wider == (least, most):
            return
        if self.visits[number] >= _VISITS:
            wider = min(wider[0], 0) if wider[0] < least else wider[0], _FOREVER
            if wider == (least, most):
                return
        self.ages[number] = wider
        if number not in self.pending:
            self.pending.append(number)


def _at_once(flow: Flow) -> dict[str | None, frozenset[str]]:
    """For each node: the nodes with conditions that a turn which goes there may come by before it ends."""
    ways = {name: way_at_once(node) for name, node in flow.nodes.items()}
    found: dict[str | None, frozenset[str]] = {}
    for name in flow.nodes:
        seen, pending = {name}, [name]
        while pending:
            for target in ways.get(pending.pop(), ()):
                if target in ways and target not in seen:
                    seen.add(target)
                    pending.append(target)
        found[name] = frozenset(each for each in seen if flow.nodes[each].when)
    return found


def _mark(event: Event) -> object:
    """What tells events apart that a transcript puts in the same words."""
    match event:
        case NotSent():
            return event.final, event.prompted
        case OptedOut():
            return event.confirm
        case Replied():
            return event.reading.intent, event.reading.understood, tuple(event.reading.slots)
        case _:
            return type(event)


def _target(flow: Flow, state: State, event: Event) -> str | None:
    """Where a turn with this event goes first, as far as conditions can matter there."""
    node = flow.nodes.get(state.node)
    if isinstance(event, Started):
        return flow.start
    if node is None:
        return None
    match event:
        case Replied():
            mood = node.replies.get(event.reading.mood)
            way = (
                node.replies.get(event.reading.intent)
                if event.reading.understood
                else node.replies.get("other")
            )
            return mood or way or node.then
        case TimerFired():
            return node.silence.then if node.silence else node.then
        case CouponReady():
            return node.name
        case CouponUnavailable():
            return node.otherwise
        case _:
            return None


def in_hand(flow: Flow, name: str, ends: datetime) -> OfferFacts:
    """The facts of a code of this offer."""
    offer = flow.offers[name]
    return OfferFacts(
        name,
        "BACK-7KQ4MX",
        offer.percent,
        offer.amount_cents,
        ends,
        free_shipping=offer.free_shipping,
        gift="Ceramic Mug" if offer.gift else None,
        points=offer.points,
    )
