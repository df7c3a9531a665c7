"""A flow as it is after reading: nodes, offers, courtesies, and the identity of a revision.

Owns the shape. How it is read from YAML is `parser`; what may be wrong beyond its shape is `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from flows.conditions import Test
from flows.effects import Notice
from flows.values import Scalar

LANGUAGE_VERSION = 1
"""Part of every revision's hash: the same source under another language version is another revision."""

ENGINE_VERSION = 2
"""Written into the journal; a replay compares bytes only under the same version."""

LinkPurpose: TypeAlias = Literal["reorder", "checkout", "shop"]


@dataclass(frozen=True, slots=True)
class Text:
    """What a node says: variants (one without A/B), each a template a language."""

    variants: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer for so long, then there."""

    after_seconds: int
    then: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause that the customer may interrupt. `until` names a value said earlier (`later_until`), if there is one."""

    seconds: int
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """If all tests hold, go there. No tests: otherwise."""

    tests: tuple[Test, ...]
    go: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A promise with an end. Exactly one of percent and amount; `pool` is where its codes come from."""

    name: str
    percent: int | None
    amount_cents: int | None
    valid_for_seconds: int
    pool: str
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One stop. Worked off in this order: set, tag, when, offer, say, answer, hold, hand_off, end, wait or replies, then."""

    name: str
    say: Text | None = None
    replies: Mapping[str, str] = field(default_factory=dict)
    silence: Silence | None = None
    when: tuple[Branch, ...] = ()
    offer: str | None = None
    otherwise: str | None = None
    link: LinkPurpose | None = None
    answer: str | None = None
    wait: Wait | None = None
    set: Mapping[str, Scalar] = field(default_factory=dict)
    tag: tuple[str, ...] = ()
    hold: str | None = None
    hand_off: str | None = None
    matter: Literal["complaint", "question"] | None = None
    end: str | None = None
    then: str | None = None
    notice: Notice | None = None

    @property
    def waits(self) -> bool:
        """Whether the customer is waited for here."""
        return bool(self.replies or self.silence or self.wait)


@dataclass(frozen=True, slots=True)
class Courtesy:
    """What comes with the language: how every intent is met where a flow says nothing of it."""

    replies: Mapping[str, str]
    nodes: Mapping[str, Node]
    disclosure: Mapping[str, str]
    how_to_stop: Mapping[str, str]
    contact_card: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trigger:
    """Who enters: `lapsed` days since the last order (first and last day), or by hand."""

    lapsed: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """One revision of one dialogue, ready for the engine. `desk` marks the front desk, which never ends."""

    name: str
    title: str
    start: str
    nodes: Mapping[str, Node]
    courtesy: Courtesy
    offers: Mapping[str, Offer] = field(default_factory=dict)
    priority: int = 50
    trigger: Trigger = Trigger()
    audience: tuple[Test, ...] = ()
    exit_on: frozenset[str] = frozenset()
    holdout_percent: int = 0
    at_most: tuple[int, int] | None = None
    """Texts and seconds: at most so many in so long."""
    send_window: str = "any"
    desk: bool = False
    hash: str = ""

    def node(self, name: str) -> Node:
        """The node of that name, courtesies (`courtesy.x`) included. Raises KeyError."""
        if name.startswith(COURTESY):
            return self.courtesy.nodes[name.removeprefix(COURTESY)]
        return self.nodes[name]


COURTESY = "courtesy."
"""Prefix of built-in nodes wherever a node is named."""
