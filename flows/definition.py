"""A flow as it is after reading: nodes, offers, courtesies, and the identity of a revision.

Owns the shape. How it is read from YAML is `parser`; what may be wrong beyond its shape is the prover's.
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

ENGINE_VERSION = 4
"""Written into the journal; a replay compares bytes only under the same version."""

LinkPurpose: TypeAlias = Literal["reorder", "checkout", "shop", "product", "choose"]
AskKind: TypeAlias = Literal["number", "date", "choice", "text"]
PurchaseKind: TypeAlias = Literal["first", "any"]


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
    """A pause that the customer may interrupt.

    `until`: `named`, the day that the customer named; `payday`, the next 1st or 15th (moved to the weekday before)
    unless they named a day; `weekday`, the next such day. `seconds` is how long without any of these. `weekday` is 0
    for Monday, `minute` the minute of the day in the customer's zone.
    """

    seconds: int
    until: Literal["named", "payday", "weekday"] | None = None
    weekday: int | None = None
    minute: int = 600


@dataclass(frozen=True, slots=True)
class Ask:
    """A value that the customer's next text gives. `tries`: how often it is asked again, politely, before `otherwise`.

    `low` and `high` bound a number, both inclusive. `choices`: value -> the words that mean it, lower case.
    """

    name: str
    kind: AskKind
    tries: int = 2
    otherwise: str | None = None
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkTo:
    """Where a text's link leads. `products`: ids as the shop's platform has them, one for `product`, several for `choose`."""

    purpose: LinkPurpose
    products: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from every other link of the flow, e.g. `reorder` or `choose:8812,8813`."""
        return f"{self.purpose}:{','.join(self.products)}" if self.products else self.purpose

    @property
    def name(self) -> str:
        """How a template calls its address, in the place of `link.here`."""
        return f"link.to['{self.key}']" if self.products else f"link.{self.purpose}"


@dataclass(frozen=True, slots=True)
class Branch:
    """If all tests hold, go there. No tests: otherwise."""

    tests: tuple[Test, ...]
    go: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A promise with an end. It is exactly one of percent, amount, free shipping, gift (a product's id) and points.

    `pool` is where its codes come from; `budget`: at most so many are given out in all.
    """

    name: str
    percent: int | None
    amount_cents: int | None
    valid_for_seconds: int
    pool: str
    budget: int | None = None
    free_shipping: bool = False
    gift: str | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One stop. Worked off in this order: set, tag, when, offer, say, answer, hold, hand_off, run, end, wait, ask or
    replies, then."""

    name: str
    say: Text | None = None
    replies: Mapping[str, str] = field(default_factory=dict)
    silence: Silence | None = None
    when: tuple[Branch, ...] = ()
    offer: str | None = None
    otherwise: str | None = None
    link: LinkTo | None = None
    answer: str | None = None
    ask: Ask | None = None
    wait: Wait | None = None
    set: Mapping[str, Scalar] = field(default_factory=dict)
    tag: tuple[str, ...] = ()
    hold: str | None = None
    hand_off: str | None = None
    matter: Literal["complaint", "question"] | None = None
    run: str | None = None
    """Another flow of the shop: this passage ends, and that one begins as the answer to the same reply."""
    end: str | None = None
    then: str | None = None
    notice: Notice | None = None
    tries: int = 0
    """How often the language asks again before «anything else» goes where `replies["other"]` says."""

    @property
    def waits(self) -> bool:
        """Whether the customer is waited for here."""
        return bool(self.replies or self.silence or self.wait or self.ask)


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
    """Who enters. At most one of the kinds is set; with none of them people enter by hand."""

    lapsed: tuple[int, int] | None = None
    """First and last day since the last order."""
    replenishment: int | None = None
    """So many seconds before what they bought runs out (its days of use, or their own rhythm)."""
    after_purchase: PurchaseKind | None = None
    cart_abandoned: bool = False
    keywords: tuple[str, ...] = ()
    """Words that, texted alone, begin the flow; upper case."""
    segments: tuple[str, ...] = ()
    birthday: int | None = None
    """So many days before it."""
    delay_seconds: int = 0
    """After the order, or after the cart was left."""
    again_after_seconds: int | None = None
    """How long after a passage ended the next may begin (re-entry). None: what the kind of trigger implies."""
    never_again: bool = False
    """Once in a lifetime, whatever the kind implies."""


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
    links: tuple[str, ...] = ()
    """Keys of its `product` and `choose` links (LinkTo.key): the facts hold an address for each."""

    def node(self, name: str) -> Node:
        """The node of that name, courtesies (`courtesy.x`) included. Raises KeyError."""
        if name.startswith(COURTESY):
            return self.courtesy.nodes[name.removeprefix(COURTESY)]
        return self.nodes[name]


COURTESY = "courtesy."
"""Prefix of built-in nodes wherever a node is named."""
