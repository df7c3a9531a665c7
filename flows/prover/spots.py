"""The stops of the walk and the moves between them: what the walk found, for others to prove things on.

Owns these values and the questions about them (how one came to a stop, as a conversation). Finding them is `explore`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from flows.definition import Flow
from flows.effects import Effect, HandOff, RunFlow, SendText
from flows.facts import Facts
from flows.prover.people import Person
from flows.render import Rendered, render
from flows.sample import NOW
from flows.state import State

Kind: TypeAlias = Literal["began", "reply", "silence", "coupon", "report", "people", "shop", "consent"]

ALONE = frozenset({"began", "silence", "coupon"})
"""Moves in which no customer and no person has a part: what goes round in these alone goes round for ever."""

MOST_LINES = 24


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an enrolment can stand. `state` is reduced to what can matter later.

    `held` is the offer in the customer's hands, `timer` the seconds of the wait (None: nothing will wake it), `spoken`
    whether a text of the flow's own has left, `stopped` whether they opted out.
    """

    state: State
    held: str | None = None
    timer: int | None = None
    spoken: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One event and what came of it. `elapsed`: seconds that pass before it, at the least. `said`: how a transcript puts it."""

    before: int
    after: int
    kind: Kind
    said: str
    elapsed: int
    effects: tuple[Effect, ...]
    facts: Facts
    left: tuple[int, int] | None = None
    """Seconds that the offer in hand still runs: at the least, at the most. None: there is none."""
    person: Person | None = None
    """For whom it goes this way. The facts of a customer may change from one turn to the next: points get spent."""

    @property
    def texts(self) -> list[SendText]:
        """What is said in it."""
        return [effect for effect in self.effects if isinstance(effect, SendText)]

    @property
    def unasked(self) -> list[SendText]:
        """Of these, what no reply asked for: the gate counts it against the caps."""
        return [text for text in self.texts if text.prompted_by is None and text.notice is None]


@dataclass(slots=True)
class Walk:
    """Everything that can happen. `whole` is False where there was more than could be walked."""

    flow: Flow
    persons: list[Person]
    spots: list[Spot] = field(default_factory=list)
    moves_of: dict[int, list[Move]] = field(default_factory=dict)
    came: dict[int, Move] = field(default_factory=dict)
    """The first move that led to each stop; none for the beginnings."""
    whole: bool = True

    def moves(self) -> Iterator[Move]:
        """All of them, nearest to the beginning first."""
        for number in range(len(self.spots)):
            yield from self.moves_of.get(number, ())

    def way_to(self, number: int) -> list[Move]:
        """How one comes to this stop first."""
        way: list[Move] = []
        while number in self.came:
            move = self.came[number]
            way.append(move)
            number = move.before
        return way[::-1]

    def transcript(self, *moves: Move) -> tuple[str, ...]:
        """The conversation that ends with these moves."""
        first = moves[0].before if moves else 0
        lines: list[str] = []
        for move in [*self.way_to(first), *moves]:
            lines += _lines(move)
        return tuple(lines if len(lines) <= MOST_LINES else ["...", *lines[-MOST_LINES:]])

    def transcript_to(self, number: int) -> tuple[str, ...]:
        """The conversation that leads to this stop."""
        way = self.way_to(number)
        return self.transcript(*way) if way else ()


def days(seconds: int) -> str:
    """A span of time in words: «4 days pass»."""
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            many = round(seconds / length)
            return f"{many} {unit}{'s pass' if many > 1 else ' passes'}"
    return "a moment passes"


def _lines(move: Move) -> list[str]:
    lines = [move.said] if move.said else []
    if move.person and move.person.called:
        lines.append(f"({move.person.called})")
    for effect in move.effects:
        match effect:
            case SendText():
                words = render(effect, move.facts, NOW + timedelta(seconds=move.elapsed))
                lines.append(f"bot: {words.body}" if isinstance(words, Rendered) else f"bot: ({words.why})")
            case HandOff():
                lines.append(f"(to a person: {effect.reason})")
            case RunFlow():
                lines.append(f"(the flow {effect.flow} begins)")
            case _:
                pass
    return lines
