"""The engine: one event in, a new state and the effects out. Decides and does nothing; reads no clock, host or chance.

Owns what each event means. Where a reply leads is `routing`, how the nodes are walked `walk`. Wording belongs to YAML,
permission to the gate, deeds to `bot`. `advance` never raises for anything a customer or a merchant can do, and after
it an enrolment has ended, was handed off, waits, or awaits a code.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from flows.definition import COURTESY, Flow
from flows.effects import Effect, SetFact
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    HandedBack,
    NotSent,
    OptedIn,
    OptedOut,
    Ordered,
    Replied,
    SignedUp,
    Started,
    Stopped,
    TimerFired,
)
from flows.facts import Facts
from flows.routing import route
from flows.state import State
from flows.values import Scalar
from flows.walk import MAX_STEPS, MAX_TEXTS, SESSION, Walk

__all__ = ["MAX_STEPS", "MAX_TEXTS", "SESSION", "advance", "begin"]

AGAIN_AFTER = (1, 2, 4)
"""Days until a text is tried again that was refused for a reason that passes; refused once more, the passage ends."""


def begin(flow: Flow) -> State:
    """The state of a passage that has not begun. The front desk has nothing to begin: it waits for a reply."""
    return State(revision=flow.hash, node=flow.start, phase="waiting" if flow.desk else "new")


def advance(
    flow: Flow, state: State, event: Event, facts: Facts, now: datetime
) -> tuple[State, tuple[Effect, ...]]:
    """Take one event. `now` is domain time, aware. An event that means nothing here changes nothing."""
    if state.phase == "ended":
        return state, ()
    walk = Walk(flow, state, facts, now)
    match event:
        case Started():
            if state.phase == "new":
                walk.visit(flow.start, prompted_by=event.prompted_by)
        case Replied():
            _replied(walk, event)
        case TimerFired():
            _wake(walk, event.wait)
        case Ordered():
            if "ordered" in flow.exit_on:
                walk.finish("ordered")
        case CouponReady():
            _coupon(walk, event.offer, ready=True)
        case CouponUnavailable():
            _coupon(walk, event.offer, ready=False)
        case NotSent():
            _not_sent(walk, event)
        case OptedOut():
            _opted_out(walk, event)
        case OptedIn():
            if event.confirm:
                name = "opted_in" if event.consented else "reachable"
                walk.say(flow.courtesy.nodes[name], prompted_by="start")
        case SignedUp():
            walk.say(flow.courtesy.nodes["confirm_opt_in"], prompted_by=None)
        case HandedBack():
            _handed_back(walk, event.node)
        case Stopped():
            walk.finish(event.why)
        case _:
            assert_never(event)
    if not walk.effects and walk.state.done() == state:
        return state, ()
    walk.state.turn += 1
    return walk.state.done(), tuple(walk.effects)


def _replied(walk: Walk, event: Replied) -> None:
    state, reading = walk.state, event.reading
    if state.phase in ("new", "handed_off"):
        # nothing was said yet, or a person has it: kept for people, but for HELP, which is always answered (R122)
        if walk.flow.desk and reading.intent == "help":
            walk.say(walk.flow.courtesy.nodes["help"], prompted_by="help")
        return
    values: dict[str, Scalar] = {**state.values, **reading.slots}
    values.pop("asks", None)
    if reading.intent == "reorder" and "picked" not in reading.slots:
        values.pop("picked", None)
    if reading.intent == "question" and "fact" not in reading.slots:
        values.pop("fact", None)  # what answered the last question does not answer this one
    if reading.intent == "later" and "later_until" not in reading.slots:
        values.pop("later_until", None)
    if state.again and not walk.here.waits:
        walk.put_off = state.node
    state.values, state.refused, state.again = values, 0, False
    if reading.language and reading.language != walk.language:
        state.language = reading.language
        walk.effects.append(SetFact("language", reading.language))
    route(walk, event)


def _wake(walk: Walk, wait: int) -> None:
    state = walk.state
    if state.phase != "waiting" or wait != state.wait:
        return
    node = walk.here
    if state.again and state.spoke:
        walk.visit(state.spoke, prompted_by=None)
        return
    state.refused = 0
    target = node.then if node.wait and node.then else node.silence.then if node.silence else None
    if target := target or (node.ask and node.ask.otherwise) or node.then:
        walk.visit(target, prompted_by=None)


def _coupon(walk: Walk, offer: str, *, ready: bool) -> None:
    state = walk.state
    if state.phase != "coupon":
        return
    node = walk.here
    prompted_by, resume = walk.await_no_more()
    had = node.offer == offer and ready and walk.facts.offer is not None
    if had:
        walk.visit(node.name, prompted_by, resume=resume, has_code=True)
    elif node.otherwise:
        walk.visit(node.otherwise, prompted_by, resume=resume or node.name)
    elif prompted_by is None and not walk.flow.desk:
        walk.finish("no_code")  # nobody asked for it: no text about it, and no work for a person
    elif walk.holds_any_code():
        # another code is why there is none: who asked hears of it in the place of the node's own text
        walk.visit(node.name, prompted_by, resume=resume, has_code=True, instead="coupon_again")
    else:
        walk.visit(COURTESY + "no_code", prompted_by, resume=resume or node.name)


def _not_sent(walk: Walk, event: NotSent) -> None:
    state = walk.state
    if not event.final:
        if state.phase != "waiting" or event.turn != state.turn:
            return
        if state.again:
            walk.wake_after(86_400)  # what it answered is put off all the same
        else:
            walk.wait_at(walk.here)  # its timer hung on the text that did not leave
    elif event.prompted:
        if state.phase == "waiting":
            walk.hand_off(f"answer not sent: {event.why}"[:60], matter=None)
    elif walk.flow.desk:
        return
    elif not event.passing:
        walk.finish("not_sendable")
    elif state.phase == "waiting" and event.turn == state.turn:
        _try_again_later(walk)


def _try_again_later(walk: Walk) -> None:
    """The text that nobody asked for was refused for a reason that passes: another day, and not for ever."""
    state = walk.state
    if state.refused >= len(AGAIN_AFTER) or state.spoke is None:
        walk.finish("not_sendable")
        return
    days = AGAIN_AFTER[state.refused]
    state.refused, state.again = state.refused + 1, True
    walk.wake_after(days * 86_400)


def _opted_out(walk: Walk, event: OptedOut) -> None:
    if event.confirm:
        walk.say(walk.flow.courtesy.nodes["opted_out"], prompted_by="stop")
    if event.also and walk.flow.desk:
        walk.hand_off(f"asked while opting out: {event.also}", matter="question")
    walk.finish("opted_out")


def _handed_back(walk: Walk, node: str | None) -> None:
    state = walk.state
    # `waiting`: not this passage gave it to people; but the time that they took is not the customer's silence
    if state.phase not in ("handed_off", "waiting"):
        return
    # a person wrote last: the bot says again who it is (R165)
    state.phase, state.misses, state.disclosed = "waiting", 0, False
    if node is not None and node in walk.flow.nodes:
        walk.visit(node, prompted_by=None)
    elif state.again:
        walk.wake_after(86_400)
    elif walk.flow.desk or walk.here.waits:
        walk.wait_at(walk.here)
    else:
        walk.finish(
            "handed_back"
        )  # people settled it, and nothing waits there: else it would stay open for ever
