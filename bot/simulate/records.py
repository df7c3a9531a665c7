"""What is kept of one simulated conversation: texts, passages, codes, and the log that the observer reads.

Owns the values. Nothing here decides anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from bot.compliance.facts import SendFacts
from bot.compliance.gate import Decision
from bot.simulate.hearing import Hearing
from bot.simulate.people import People
from bot.simulate.person import Home
from bot.simulate.shop import SimulatedShop
from bot.simulate.words import Said
from flows.definition import Flow
from flows.effects import RequestCoupon, SendText
from flows.events import Event
from flows.state import State

Gate: TypeAlias = Callable[[SendFacts, datetime], Decision]
"""bot.compliance.gate.may_send; a test may plant another."""
Status: TypeAlias = Literal["ready", "left", "denied", "withheld", "superseded", "refused", "expired"]


@dataclass(frozen=True, slots=True)
class World:
    """Everything that all customers of one run share."""

    flow: Flow
    flows: Mapping[str, Flow]
    """Those that `run:` may lead to, by name."""
    desk: Flow
    people: People
    shop: SimulatedShop
    hearing: Hearing
    gate: Gate
    seed: int
    begins: datetime
    ends: datetime


@dataclass(slots=True)
class Text:
    """One text of ours. `read`: the number of the customer's last text when it was written."""

    passage: int
    turn: int
    ordinal: int
    effect: SendText | None
    """None: written by staff."""
    body: str
    created_at: datetime
    fence: int
    read: int
    read_at: datetime | None
    status: Status = "ready"
    kind: str = "marketing"
    parts: int = 0
    attempted_at: datetime | None = None
    expires_at: datetime | None = None
    keyword: bool = False
    """Whether it answers the carriers' word HELP itself."""

    @property
    def author(self) -> str:
        """bot or staff."""
        return "bot" if self.effect else "staff"

    @property
    def prompted_by(self) -> str | None:
        """The intent that it answers."""
        return self.effect.prompted_by if self.effect else None

    @property
    def notice(self) -> str | None:
        """The notice that it is, if any."""
        return self.effect.notice if self.effect else None


@dataclass(frozen=True, slots=True)
class Taken:
    """One turn as it was taken, so that a newer text can undo it."""

    before: State
    event: Event
    effects: frozenset[str]
    """Names of their kinds."""
    texts: tuple[Text, ...]
    inbound: tuple[str, ...]


@dataclass(slots=True)
class Wait:
    """A timer. `due` is None while the text that it hangs on has not left."""

    number: int
    after_seconds: int | None
    anchor: Text | None
    due: datetime | None


@dataclass(slots=True)
class Passage:
    """One customer's passage through one flow."""

    number: int
    flow: Flow
    state: State
    started_at: datetime
    arm: str = "treated"
    active: bool = True
    wait: Wait | None = None
    taken: list[Taken] = field(default_factory=list)
    """The last two turns."""
    asked_from: tuple[str, str | None] | None = None
    """While a code is awaited: the stop from which it was asked for, and what was said there."""


@dataclass(slots=True)
class Code:
    """A code in the customer's hands, or promised to a text that has not left."""

    code: str
    request: RequestCoupon
    passage: int
    ends: datetime | None = None
    used_at: datetime | None = None


@dataclass(slots=True)
class Inbound:
    """A text of the customer, stored once."""

    number: int
    provider_id: str
    said: Said
    at: datetime
    settles_at: datetime
    found: Literal["none", "held", "opted_out", "repeated"] = "none"
    keyword: str | None = None
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """A text as the outbox let it go. `arrives_at`: when it was on the phone; None: never."""

    at: datetime
    arrives_at: datetime | None
    key: tuple[int, int, int]
    body: str
    author: str
    prompted_by: str | None
    notice: str | None
    offer: str | None
    node: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook with a text of the customer. `repeat`: its id had been here before."""

    at: datetime
    provider_id: str
    said: Said
    repeat: bool


@dataclass(slots=True)
class Log:
    """What happened, as somebody outside could have seen it. Written by whoever does a thing, read by the observer."""

    left: list[Leaving] = field(default_factory=list)
    arrived: list[Arrival] = field(default_factory=list)
    answered_in: dict[str, int] = field(default_factory=dict)
    """Provider id -> turns that took it and were not undone."""
    held: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """From when to when people had the conversation."""
    homes: list[tuple[datetime, Home]] = field(default_factory=list)
    notes: list[tuple[datetime, str]] = field(default_factory=list)
    """What stands between the lines of a transcript: orders, hand-offs, ends."""
    bought: list[datetime] = field(default_factory=list)
    """When they ordered."""
    begun: list[tuple[datetime, int]] = field(default_factory=list)
    """When a passage of theirs began, and its number."""
    caps: dict[int, tuple[int, timedelta]] = field(default_factory=dict)
    """Passage -> so many marketing texts at most in so long, as its flow declares."""
    counts: Counter[str] = field(default_factory=Counter)
    """Plain counts by dotted name, as `count` groups them."""
    dead_ends: list[tuple[str, str, datetime]] = field(default_factory=list)
    """Kind, where, when."""
    stops: list[tuple[str, str | None, tuple[str, ...], str]] = field(default_factory=list)
    """A turn: the stop before it, the intent that it answered (None: silence), the stops that said something, and the one
    at which it ended, or in brackets how."""
