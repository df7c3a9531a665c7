"""Where an enrolment stands: a small value with a version, JSON both ways.

Owns the state's shape and its upgrades, one function a step. Knows no ORM: `bot` stores what `to_json` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal, TypeAlias

from flows import codec
from flows.values import Scalar

VERSION = 1

Phase: TypeAlias = Literal["new", "waiting", "coupon", "handed_off", "ended"]


@dataclass(frozen=True, slots=True)
class State:
    """A stop in a dialogue.

    `node` is where replies and silence are looked up. In phase `coupon` it is the node that asked for the code; in
    `handed_off` the node to wait at again. `wait` is the number of the last timer: any other that fires is stale.
    `misses` counts replies in a row that were not understood. `last_sent` is the turn and ordinal of the last text.
    """

    revision: str
    node: str
    phase: Phase = "new"
    v: int = VERSION
    turn: int = 0
    wait: int = 0
    misses: int = 0
    tries: int = 0
    """How often the value that `node` asks for was asked for again."""
    prompted_by: str | None = None
    """While a coupon is awaited: the intent that asked for it."""
    resume: str | None = None
    """While a coupon is awaited in a courtesy: the node to come back to."""
    language: str | None = None
    disclosed: bool = False
    """Whether the bot has said that it is one, since a person wrote."""
    said_at: datetime | None = None
    """When the last text was decided. None: none was, or the state is older than this field."""
    values: Mapping[str, Scalar] = field(default_factory=dict)
    outcome: str | None = None
    spoke: str | None = None
    """The node of the last text that nobody asked for, until something is answered."""
    refused: int = 0
    """How often in a row the text of `spoke` was refused for a reason that passes."""
    again: bool = False
    """Whether the timer that runs is there to say the text of `spoke` again."""


class Draft:
    """A state while a turn is under way: the same fields, to be changed freely. Nobody keeps one beyond the turn."""

    __slots__ = tuple(each.name for each in fields(State))

    revision: str
    node: str
    phase: Phase
    v: int
    turn: int
    wait: int
    misses: int
    tries: int
    prompted_by: str | None
    resume: str | None
    language: str | None
    disclosed: bool
    said_at: datetime | None
    values: Mapping[str, Scalar]
    outcome: str | None
    spoke: str | None
    refused: int
    again: bool

    def __init__(self, state: State) -> None:
        for name, value in zip(self.__slots__, _EVERYTHING(state), strict=True):
            setattr(self, name, value)

    def done(self) -> State:
        """The state as it is by now."""
        return State(*_EVERYTHING(self))


_EVERYTHING = attrgetter(*Draft.__slots__)


UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From version -> function to the next one. Empty until the second version exists."""


def to_json(state: State) -> dict[str, Any]:
    """The state as a JSON object."""
    encoded: dict[str, Any] = codec.encode(state)
    return encoded


def from_json(data: Mapping[str, Any]) -> State:
    """A stored state, upgraded step by step to today's version. Raises ValueError for one from the future."""
    data = dict(data)
    while data.get("v") != VERSION:
        upgrade = UPGRADES.get(data.get("v", 0))
        if upgrade is None:
            raise ValueError(
                f"state version {data.get('v')!r} is unknown to this program (it knows {VERSION})"
            )
        data = upgrade(data)
    return codec.decode(State, data)
