"""What to do now, coming out of the engine. A closed union of frozen values; JSON both ways through `flows.codec`.

Owns the effects. The engine decides them and does nothing; `bot` does them and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from flows.values import Scalar

Notice: TypeAlias = Literal["opted_out", "opted_in", "help", "confirm"]
"""Texts that the law asks for. Only built-in nodes can carry one; a merchant can word them and not invent more."""


@dataclass(frozen=True, slots=True)
class SendText:
    """Say this. `template` is Liquid, rendered against the facts (again, if the gate puts the text off).

    `ordinal` counts the texts of one turn from 0. `prompted_by` is the intent of the reply that this answers, None
    when no reply asked for it: from it and `offer` the gate derives whether this is marketing, never from a flow's
    own claim.
    """

    ordinal: int
    node: str
    template: str
    language: str
    prompted_by: str | None
    offer: str | None = None
    notice: Notice | None = None
    variant: str | None = None
    values: Mapping[str, Scalar] = field(default_factory=dict)
    """What was said or set earlier in this passage, as the text may use it (`said.later_until`)."""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Wake me with TimerFired(wait), `after_seconds` after the text `anchor` was attempted (or from now without one),
    or at `until`. Exactly one of the two times is set."""

    wait: int
    after_seconds: int | None = None
    until: datetime | None = None
    anchor: int | None = None


@dataclass(frozen=True, slots=True)
class RequestCoupon:
    """Reserve a code of this offer; answer with CouponReady or CouponUnavailable. A live code is reused."""

    offer: str
    percent: int | None
    amount_cents: int | None
    pool: str
    valid_for_seconds: int
    budget: int | None = None
    """At most so many codes of this offer are given out in all; beyond it none can be had."""
    free_shipping: bool = False
    gift: str | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True)
class HandOff:
    """Give the conversation to people. `matter` is complaint or question while one is open, None otherwise."""

    reason: str
    matter: Literal["complaint", "question"] | None


@dataclass(frozen=True, slots=True)
class SetFact:
    """Remember about the customer, for audience and texts."""

    name: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class AddTag:
    """Put a tag on the customer."""

    tag: str


@dataclass(frozen=True, slots=True)
class HoldMarketing:
    """No marketing to this customer: a doubt that a person has to settle (`why`: wrong_number, doubt)."""

    why: str


@dataclass(frozen=True, slots=True)
class RunFlow:
    """Enrol the customer in another flow of the shop. `prompted_by`: the intent of the reply that led there."""

    flow: str
    prompted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """This passage is over. `outcome`: ordered, opted_out, declined, silent, wrong_number, stopped ..."""

    outcome: str


Effect: TypeAlias = (
    SendText | StartTimer | RequestCoupon | HandOff | SetFact | AddTag | HoldMarketing | RunFlow | Finish
)
