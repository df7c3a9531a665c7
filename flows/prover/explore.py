"""The walk: the real engine, from every stop, under everything that can happen there.

Owns the search. It is breadth first, in a fixed order, and bounded by a count of moves (never by time, so that the same
file gives the same answer on every machine). A stop is reduced to what can matter later; time is kept as the least and the
most that can have passed since the offer in hand was given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flows.definition import COURTESY, Flow
from flows.effects import SendText
from flows.engine import advance, begin
from flows.events import CouponReady, OptedOut
from flows.facts import Facts, OfferFacts
from flows.prover.alike import Alike
from flows.prover.happenings import Happening, happenings, kept_names, refused_for_now, said_names
from flows.prover.people import MOST_PEOPLE, Person, people, used_names
from flows.prover.reduced import key as key_of
from flows.prover.reduced import reduced
from flows.prover.reduced import timer as timer_of
from flows.prover.spots import Move, Spot, Walk
from flows.sample import NOW
from flows.state import State

MOST_MOVES = 6_000
"""About a third of a second. The largest flow that ships takes two thirds of it."""

_FOREVER = 10 * 365 * 86_400
_VISITS = 3


def explore(flow: Flow, worded: frozenset[str] = frozenset()) -> Walk:
    """Everything that can happen to a customer in this flow. `worded`: the courtesies that it words itself."""
    everybody = people(flow)
    walk = Walk(flow, everybody[:MOST_PEOPLE], whole=len(everybody) <= MOST_PEOPLE)
    search = _Search(walk, Alike(flow, worded), said_names(flow, used_names(flow)), kept_names(flow))
    return search.run()


@dataclass(slots=True)
class _Way:
    """One thing that can happen at a stop. `by_offer`: whether it matters if the offer in hand has ended. `gone`: the moves
    that were made of it, with the offer in hand (False) and without (True)."""

    happening: Happening
    by_offer: bool
    nodes: frozenset[str]
    gone: dict[bool, list[int]] = field(default_factory=dict)


class _Search:
    """The search under way. `ages`: for each stop, how long the offer in hand has run, at the least and at the most."""

    def __init__(self, walk: Walk, alike: Alike, matters: frozenset[str], kept: frozenset[str]) -> None:
        self.walk = walk
        self.flow = walk.flow
        self.matters = matters
        self.kept = kept
        self.alike = alike
        self.numbers: dict[object, int] = {}
        self.ages: list[tuple[int, int]] = []
        self.visits: list[int] = []
        self.pending: deque[int] = deque()
        self.steps = 0
        self.ways: dict[int, list[_Way]] = {}
        self.facts: dict[object, Facts] = {}

    def run(self) -> Walk:
        self._arrive(Spot(reduced(begin(self.flow), self.kept)), (0, 0), None)
        while self.pending:
            number = self.pending.popleft()
            self.visits[number] += 1
            if not self._look(number):
                self.walk.whole = False
                break
        self._say_what_was_left()
        return self.walk

    def _look(self, number: int) -> bool:
        """Let everything happen at this stop; at a later visit, only what could not happen before. False: too much."""
        spot = self.walk.spots[number]
        for way in self._ways(number):
            valid = least = most = 0
            if spot.held is not None and way.happening.kind != "coupon":
                valid = self.flow.offers[spot.held].valid_for_seconds
                least, most = self._ages_at(number, way.happening)
            for gone in (False, True):
                if gone and (not valid or most < valid or not way.by_offer):
                    continue
                if not gone and valid and least >= valid and way.by_offer:
                    continue
                if gone in way.gone:
                    self._again(number, way, gone)
                    continue
                way.gone[gone] = []
                happening = way.happening
                if gone:
                    passed = max(happening.elapsed, valid - self.ages[number][1])
                    happening = replace(happening, elapsed=max(0, passed))
                for person in self._for_whom(way.nodes):
                    self.steps += 1
                    if self.steps > MOST_MOVES:
                        return False
                    way.gone[gone].append(len(self.walk.moves_of[number]))
                    self._move(number, happening, person, gone=gone)
        return True

    def _ways(self, number: int) -> list[_Way]:
        found = self.ways.get(number)
        if found is None:
            self.walk.moves_of.setdefault(number, [])
            spot = self.walk.spots[number]
            facts = self.walk.persons[0].facts
            came = self.walk.came.get(number)
            found = self.ways[number] = []
            for each in self.alike.once(spot, happenings(self.flow, spot, facts, self.matters), came):
                found.append(self._way(spot, each))
        return found

    def _way(self, spot: Spot, happening: Happening) -> _Way:
        by_offer = spot.held is None or self.alike.by_offer(spot.state, happening)
        nodes = self.alike.conditions(self.alike.targets(spot.state, happening.event))
        return _Way(happening, by_offer, nodes)

    def _again(self, number: int, way: _Way, gone: bool) -> None:
        """The same event at the same stop, with more time, or less, behind it: it goes the same way."""
        if gone or way.happening.kind == "coupon" or self.walk.spots[number].held is None:
            return
        ages = self._ages_at(number, way.happening)
        for index in way.gone[gone]:
            after = self.walk.moves_of[number][index].after
            if self.walk.spots[after].held is not None:
                self._widen(after, ages)

    def _say_what_was_left(self) -> None:
        """How long the offer in hand still ran at each move, now that all ages are known."""
        for number, ways in self.ways.items():
            held = self.walk.spots[number].held
            if held is None:
                continue
            for way in ways:
                if way.happening.kind == "coupon":
                    continue
                left = self._left(held, self._ages_at(number, way.happening))
                for index in way.gone.get(False, ()):
                    move = self.walk.moves_of[number][index]
                    if move.left is not None and move.left != left:
                        self.walk.moves_of[number][index] = replace(move, left=left)

    def _left(self, held: str, ages: tuple[int, int]) -> tuple[int, int]:
        valid = self.flow.offers[held].valid_for_seconds
        return max(60, valid - ages[1]), max(60, valid - ages[0])

    def _for_whom(self, nodes: frozenset[str]) -> Iterator[Person | None]:
        """Everybody for whom this turn might go another way: None is the ordinary customer."""
        yield None
        if nodes:
            yield from (person for person in self.walk.persons[1:] if person.node in nodes)

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
        spot = self.walk.spots[number]
        held = None if gone else spot.held
        ages = self._ages_at(number, happening)
        now = NOW + timedelta(seconds=happening.elapsed)
        said = happening.said
        if isinstance(happening.event, CouponReady) and happening.event.offer in self.flow.offers:
            held, ages = happening.event.offer, (0, 0)
        left = None
        if held is not None:
            left = self._left(held, ages)
        elif gone:
            said = f"{said} (the offer has ended)".strip()
        ends = now + timedelta(seconds=left[1]) if left else None
        facts = self._facts(happening.facts, person, held, ends)
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

    def _facts(self, facts: Facts, person: Person | None, held: str | None, ends: datetime | None) -> Facts:
        """What is known then: the same object for the same, so that it is made once."""
        key = (facts.code, facts.offer, person and id(person), held, ends)
        found = self.facts.get(key)
        if found is None:
            found = facts if person is None else replace(person.facts, code=facts.code, offer=facts.offer)
            if held is not None and ends is not None:
                found = replace(found, offer=in_hand(self.flow, held, ends))
            self.facts[key] = found
        return found

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
            if spot.state.spoke and not self.walk.spots[number].state.spoke:
                self._unasked(number, spot)
        if came is not None:
            move = Move(came[0], number, *came[1])  # type: ignore[arg-type]
            self.walk.moves_of[came[0]].append(move)
            if new:
                self.walk.came[number] = move

    def _unasked(self, number: int, spot: Spot) -> None:
        """A stop that is known after an answer is come to with a text that nobody asked for: that may be refused."""
        self.walk.spots[number] = spot
        if number in self.ways:
            facts = self.walk.persons[0].facts
            self.ways[number] += [self._way(spot, each) for each in refused_for_now(self.flow, spot, facts)]
            if number not in self.pending:
                self.pending.append(number)

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
