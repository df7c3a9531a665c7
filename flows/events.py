"""What happened, going into the engine. A closed union of frozen values; JSON both ways through `flows.codec`.

Owns the events. An answer from outside (a coupon, a refused text) comes back as an event, never as a return value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from flows.values import Scalar


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of a reply, as far as a flow may care (nlu's interpretation, in flow words).

    `confidence` is 0 to 1. `slots` holds typed extras: `later_until` (ISO date), `fact` (key of a shop fact that
    answers the question), `percent`, `quantity`, `product`, `picked` (which products of the last order, and how many: the cart of its links),
    `asks` (who, code_fails, loss: what else is in the text).
    `mood` is pleased, neutral, so_so or upset. `language` is a code such as "es", or None when it can't be told.
    """

    intent: str
    confidence: float
    understood: bool = True
    slots: Mapping[str, Scalar] = field(default_factory=dict)
    language: str | None = None
    mood: str = "neutral"
    also: str | None = None
    """A second intent in the same text («stop texting me, but where is my refund?»)."""


@dataclass(frozen=True, slots=True)
class Started:
    """The customer was enrolled; say the first text. `prompted_by`: the intent of the text that they asked for it with
    (`keyword` for a keyword), None when nobody asked."""

    prompted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Replied:
    """The customer said something (all texts of one breath together)."""

    text: str
    reading: Reading
    at: datetime


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A wait is over. `wait` is its number; the engine ignores any but the one it waits on."""

    wait: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """The customer bought, through us or not."""

    order: str
    total_cents: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CouponReady:
    """The code that was asked for exists and is reserved; it is among the facts now."""

    offer: str


@dataclass(frozen=True, slots=True)
class CouponUnavailable:
    """No code can be had (pool dry, platform refused). `why` is for people."""

    offer: str
    why: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """A text of ours will not go out. `turn` and `ordinal` say which; `final` when it is denied or refused for good
    (not merely withheld or expired); `prompted` when it would have answered a reply. `passing`: the reason for a final no
    lies in the moment (a complaint is open, a person has the conversation), and another day the same text may leave."""

    turn: int
    ordinal: int
    why: str
    final: bool
    prompted: bool
    passing: bool = False


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Consent was withdrawn, by whatever road. `confirm`: we (not the provider) owe the one confirmation. `also`:
    what else the same text wanted, which a person will have to answer (R147)."""

    source: str
    confirm: bool
    also: str | None = None


@dataclass(frozen=True, slots=True)
class OptedIn:
    """Consent was given by START or JOIN. `confirm`: we owe the opt-in confirmation. `consented`: it is enough for
    marketing; else a START took back an opt-out, and no more."""

    source: str
    confirm: bool
    consented: bool = True


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A consent was asked for on a page or in a file, and waits for the customer's YES: we owe the question (R52)."""

    source: str


@dataclass(frozen=True, slots=True)
class HandedBack:
    """A person gave the conversation back. `node`: where to go on; None: wait where it stood."""

    node: str | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody ended this passage: staff, the merchant, a flow of higher priority. Nothing is said."""

    why: str


Event: TypeAlias = (
    Started
    | Replied
    | TimerFired
    | Ordered
    | CouponReady
    | CouponUnavailable
    | NotSent
    | OptedOut
    | OptedIn
    | SignedUp
    | HandedBack
    | Stopped
)
