"""What can happen at a stop: every event of the engine that could come there, in the few forms that make a difference.

Owns the list. It errs on the side of too much: a customer may say anything at any wait, and staff, carrier and shop may
come in between.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from flows.conditions import Test
from flows.definition import Ask, Flow
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    HandedBack,
    NotSent,
    OptedOut,
    Ordered,
    Reading,
    Replied,
    SignedUp,
    Started,
    Stopped,
    TimerFired,
)
from flows.facts import CodeFacts, Facts, OfferFacts
from flows.intents import INTENTS, MOODS
from flows.prover.people import values_for
from flows.prover.spots import Kind, Spot, days
from flows.sample import NOW
from flows.values import Scalar

LATER = (NOW + timedelta(days=10)).date().isoformat()
"""The day that a customer names."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event with the facts of its moment. `elapsed`: how long after the last one, in seconds, at the least."""

    kind: Kind
    said: str
    event: Event
    facts: Facts
    elapsed: int = 0


def happenings(flow: Flow, spot: Spot, facts: Facts, matters: frozenset[str]) -> Iterator[Happening]:
    """Everything that can come next. `matters`: names of `said` that the flow looks at."""
    state = spot.state
    match state.phase:
        case "new":
            asked = "keyword" if flow.trigger.keywords else None
            yield Happening("began", "", Started(asked), facts)
            yield from _outside(facts)
        case "coupon":
            # which offer is asked for, the node says; the walk puts the code among the facts
            offer = flow.node(state.node).offer or ""
            yield Happening("coupon", "", CouponReady(offer), facts)
            refused = CouponUnavailable(offer, "dry")
            yield Happening("coupon", "(no code is to be had)", refused, facts)
            if spot.held is None and state.prompted_by:
                yield Happening("coupon", "(another flow's code is in hand)", refused, _elsewhere(facts))
            yield from _replies(flow, spot, facts, frozenset())
            yield from _outside(facts)
        case "waiting":
            yield from _replies(flow, spot, facts, matters)
            if spot.timer is not None:
                yield Happening("silence", days(spot.timer), TimerFired(state.wait), facts, spot.timer)
            yield Happening("people", "(a person writes, and hands back)", HandedBack(None), facts)
            for final, prompted in ((True, True), (True, False), (False, False)):
                event = NotSent(state.turn, 0, "refused", final=final, prompted=prompted)
                yield Happening("report", "(the text is refused)", event, facts)
            yield from refused_for_now(flow, spot, facts)
            if flow.desk:
                yield Happening("consent", "(the customer signs up)", SignedUp("page"), facts)
            yield from _outside(facts)
        case "handed_off":
            yield Happening("people", "(the person hands back)", HandedBack(None), facts)
            yield Happening("reply", "customer: (yes)", _said("yes"), facts)
            yield from _outside(facts)
        case "ended":
            yield Happening("reply", "customer: (yes)", _said("yes"), facts)
            yield Happening("silence", "", TimerFired(state.wait), facts)


def refused_for_now(flow: Flow, spot: Spot, facts: Facts) -> Iterator[Happening]:
    """The text that nobody asked for is refused for a reason that passes: how often in a row is not counted here."""
    state = spot.state
    if state.phase == "waiting" and state.spoke and not state.again and not flow.desk:
        event = NotSent(state.turn, 0, "not today", final=True, prompted=False, passing=True)
        yield Happening("report", "(the text is refused for today)", event, facts)


def _elsewhere(facts: Facts) -> Facts:
    """With a code that another flow gave."""
    held = OfferFacts("another_flows", "FLOW-2", 10, None, NOW + timedelta(days=5))
    return replace(facts, offer=held)


def _outside(facts: Facts) -> Iterator[Happening]:
    yield Happening("shop", "(the customer orders)", Ordered("1", 3100, NOW), facts)
    yield Happening("shop", "(the merchant stops the passage)", Stopped("merchant"), facts)
    yield Happening("consent", "customer: STOP", OptedOut("rule", confirm=True), facts)
    yield Happening("consent", "customer: STOP", OptedOut("carrier", confirm=False), facts)


def _replies(flow: Flow, spot: Spot, facts: Facts, matters: frozenset[str]) -> Iterator[Happening]:
    node = flow.node(spot.state.node)
    lost = replace(_reading("other"), understood=False)
    yield _happening("not understood", Replied("hm", lost, NOW), facts)
    yield _happening("other", _said("other"), facts)
    if node.ask:
        for value in asked_values(flow, node.ask):
            reading = replace(_reading("other"), understood=False)
            yield _happening(str(value), Replied(str(value), reading, NOW), facts)
    if spot.state.misses or spot.state.tries:
        return  # whatever is understood begins the count anew: it goes the way that it went before the miss
    for intent in (*INTENTS, *(each for each in node.replies if each not in INTENTS and each not in MOODS)):
        if intent != "other":
            yield _happening(intent, _said(intent), facts)
    if facts.shop.answers:
        known: dict[str, Scalar] = {"fact": next(iter(facts.shop.answers))}
        yield _happening("question, answered by a fact", _said("question", known), facts)
    if "later_until" in matters:
        yield _happening("later, naming a day", _said("later", {"later_until": LATER}), facts)
    for intent, slots in _SLOTS:
        if set(slots) & matters:
            yield _happening(intent, _said(intent, slots), facts)
    yield _happening("help, who is this", _said("help", {"asks": "who"}), facts)
    yield _happening("other, a loss", _said("other", {"asks": "loss"}), facts)
    for code in ("live", "used", "ended"):
        held = CodeFacts("BACK-7KQ4MX", code, NOW + timedelta(days=2), NOW - timedelta(days=1))
        with_code = replace(facts, code=held)
        yield _happening(
            f"coupon, the code fails: {code}", _said("coupon", {"asks": "code_fails"}), with_code
        )
    if set(MOODS) & set(node.replies):
        for mood in MOODS:
            yield _happening(mood, Replied(mood, replace(_reading("smalltalk"), mood=mood), NOW), facts)


_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

_SLOTS: tuple[tuple[str, dict[str, Scalar]], ...] = (
    ("coupon", {"percent": 20}),
    ("reorder", {"quantity": 2}),
    ("reorder", {"product": "Mug"}),
    ("rhythm", {"rhythm": "1/30"}),
)


def asked_values(flow: Flow, ask: Ask) -> list[Scalar]:
    """Fitting answers to a question: one on each side of whatever the flow later tests."""
    tests: Iterator[Test] = (
        test
        for node in flow.nodes.values()
        for branch in node.when
        for test in branch.tests
        if test.fact == f"said.{ask.name}"
    )
    match ask.kind:
        case "choice":
            return [words[0] if words else value for value, words in ask.choices.items()]
        case "date":
            return [LATER]
        case "number":
            low = ask.low if ask.low is not None else 1
            high = ask.high if ask.high is not None else 10
            wanted = [low, high, *(each for each in values_for(tests) if isinstance(each, (int, float)))]
            return list(dict.fromkeys(int(each) for each in wanted if low <= each <= high))
        case "text":
            return ["in the morning", *(each for each in values_for(tests) if isinstance(each, str))]


def said_names(flow: Flow, used: frozenset[str]) -> frozenset[str]:
    """Names of `said` that the flow's texts, conditions or waits look at."""
    found = {name.split(".")[1] for name in used if name.startswith("said.") and name.count(".")}
    if any(node.wait and node.wait.until in ("named", "payday") for node in flow.nodes.values()):
        found.add("later_until")
    return frozenset(found)


def kept_names(flow: Flow) -> frozenset[str]:
    """Of these, what makes a difference in a later turn: what a condition tests, and, of what was asked for or set, what a
    text cannot do without. A day or a number in a reply counts for the turn that it came in."""
    tested = {
        test.fact.split(".")[1]
        for node in flow.nodes.values()
        for branch in node.when
        for test in branch.tests
        if test.fact.startswith("said.")
    }
    found = {node.ask.name for node in flow.nodes.values() if node.ask}
    found |= {name for node in flow.nodes.values() for name in node.set}
    needed = {
        name
        for node in (*flow.nodes.values(), *flow.courtesy.nodes.values())
        for variant in (node.say.variants if node.say else ())
        for template in variant.values()
        for tag in _TAG.findall(template)
        if "said" in tag and "default" not in tag
        for name in found
        if name in tag
    }
    return frozenset(tested | needed)


def _happening(what: str, event: Replied, facts: Facts) -> Happening:
    return Happening("reply", f"customer: ({what})", event, facts)


def _said(intent: str, slots: dict[str, Scalar] | None = None) -> Replied:
    return Replied(intent, Reading(intent, 0.9, slots=slots), NOW) if slots else _plainly(intent)


@functools.cache
def _plainly(intent: str) -> Replied:
    return Replied(intent, _reading(intent), NOW)


def _reading(intent: str) -> Reading:
    return Reading(intent, 0.9)
