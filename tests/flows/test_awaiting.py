"""While a code is awaited: what a reply does then, and what is said when the code is refused for another in hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows import advance
from flows.effects import Finish, HandOff, RequestCoupon, SendText, StartTimer
from flows.events import CouponReady, CouponUnavailable, NotSent, Reading, Replied, SignedUp, TimerFired
from flows.facts import OfferFacts
from flows.parser import library, published
from flows.play.customer import customer_facts
from flows.state import State
from tests.flows.random_flows import NOW

SOURCE = """\
flow: small
exit_on: [ordered]
offers:
  comeback: { percent: 15, valid_for: 6 days }
start: hello
nodes:
  hello: { say: hi, replies: { coupon: offered }, silence: { after: 4 days, then: offered } }
  offered:
    offer: comeback
    say: "{{ offer.percent }}% till {{ offer.ends | day }}: {{ link.checkout }}"
    end: offered
"""
FLOW = published(SOURCE)
ASKING = published(
    SOURCE.replace(
        "    end: offered\n",
        "    ask: { name: cups, kind: number }\n    replies: { no: why }\n    silence: { after: 2 days, then: why }\n"
        "    then: why\n  why: { say: why, end: told }\n",
    )
)
FACTS = customer_facts({})
OTHER = replace(FACTS, offer=OfferFacts("elsewhere", "FLOW-2", 10, None, NOW + timedelta(days=3)))
HELD = replace(FACTS, offer=OfferFacts("comeback", "BACK-1", 15, None, NOW + timedelta(days=6)))


def reply(intent: str, **slots: str) -> Replied:
    """A reply that was read as that."""
    return Replied(intent, Reading(intent, 0.9, understood=intent != "other", slots=slots), NOW)


def awaiting(**changes: object) -> State:
    """A code was asked for and is not there yet."""
    return replace(State(FLOW.hash, "offered", "coupon", prompted_by="coupon", disclosed=True), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "intent", ["smalltalk", "reorder", "rhythm", "reaction", "other", "help", "start", "coupon", "yes"]
)
@pytest.mark.parametrize("flow", [FLOW, ASKING])
def test_what_turns_nothing_down_is_answered_and_the_code_still_comes(intent: str, flow: object) -> None:
    state, effects = advance(FLOW, awaiting(), reply(intent), FACTS, NOW)
    said = [each.node for each in effects if isinstance(each, SendText)]
    assert bool(said) == (intent not in ("coupon", "yes", "reaction")), "the code itself answers those"
    assert (state.phase, state.node) == ("coupon", "offered")
    after, effects = advance(FLOW, state, CouponReady("comeback"), HELD, NOW)
    assert [each.node for each in effects if isinstance(each, SendText)] == ["offered"]
    assert after.outcome == "offered"


def test_a_code_that_nobody_asked_for_is_asked_for_by_whoever_agrees_meanwhile() -> None:
    state, _ = advance(FLOW, awaiting(prompted_by=None), reply("yes"), FACTS, NOW)
    assert state.prompted_by == "yes"
    state, _ = advance(FLOW, awaiting(prompted_by=None), reply("smalltalk"), FACTS, NOW)
    assert state.prompted_by is None


@pytest.mark.parametrize(
    ("intent", "phase"),
    [
        ("human", "handed_off"),
        ("order_issue", "handed_off"),
        ("question", "handed_off"),
        ("picture", "handed_off"),
        ("no", "ended"),
        ("already_bought", "ended"),
        ("churn_reason", "ended"),
        ("wrong_number", "ended"),
    ],
)
def test_what_turns_the_code_down_or_wants_a_person_goes_its_way(intent: str, phase: str) -> None:
    state, _ = advance(FLOW, awaiting(), reply(intent), FACTS, NOW)
    assert state.phase == phase
    assert advance(FLOW, state, CouponReady("comeback"), HELD, NOW) == (state, ())


def test_a_no_takes_the_nodes_own_way_and_a_number_is_no_answer_to_a_question_not_yet_asked() -> None:
    state, effects = advance(ASKING, awaiting(), reply("no"), FACTS, NOW)
    assert [each.node for each in effects if isinstance(each, SendText)] == ["why"]
    number = Replied("5", Reading("other", 0.9, understood=False), NOW)
    state, effects = advance(ASKING, awaiting(), number, FACTS, NOW)
    assert (state.phase, dict(state.values)) == ("coupon", {})


def test_who_is_not_understood_twice_meanwhile_gets_a_person() -> None:
    state, _ = advance(FLOW, awaiting(), reply("other"), FACTS, NOW)
    state, effects = advance(FLOW, state, reply("other"), FACTS, NOW)
    assert state.phase == "handed_off"
    assert any(isinstance(each, HandOff) for each in effects)


def test_who_puts_it_off_is_offered_it_when_the_pause_is_over() -> None:
    """At a node that waits for nothing, too."""
    state, effects = advance(FLOW, awaiting(), reply("later"), FACTS, NOW)
    assert (state.phase, state.node) == ("waiting", "offered")
    assert [each.after_seconds for each in effects if isinstance(each, StartTimer)] == [30 * 86_400]
    withheld = NotSent(state.turn, 0, "newer", final=False, prompted=True)
    _, effects = advance(FLOW, state, withheld, FACTS, NOW)
    assert [type(each) for each in effects] == [StartTimer]
    meanwhile, effects = advance(FLOW, state, reply("smalltalk"), FACTS, NOW)
    assert [type(each) for each in effects] == [SendText], "and the pause runs on"
    _, effects = advance(FLOW, meanwhile, TimerFired(state.wait), FACTS, NOW)
    assert [type(each) for each in effects] == [RequestCoupon]
    _, effects = advance(FLOW, state, TimerFired(state.wait), HELD, NOW)
    assert [each.node for each in effects if isinstance(each, SendText)] == ["offered"]


def test_who_asked_hears_of_the_code_in_hand_where_no_other_is_to_be_had() -> None:
    refused = CouponUnavailable("comeback", "another code is in hand")
    state, effects = advance(FLOW, awaiting(), refused, OTHER, NOW)
    assert [each.node for each in effects if isinstance(each, SendText)] == ["courtesy.coupon_again"]
    assert state.outcome == "offered", "and the flow goes on as it would"
    waits, effects = advance(ASKING, awaiting(), refused, OTHER, NOW)
    assert waits.phase == "waiting"
    assert any(isinstance(each, StartTimer) for each in effects)


@pytest.mark.parametrize("facts", [FACTS, replace(OTHER, offer=replace(OTHER.offer, ends=NOW))])  # type: ignore[type-var]
def test_without_any_code_who_asked_gets_a_person(facts: object) -> None:
    state, _ = advance(FLOW, awaiting(), CouponUnavailable("comeback", "dry"), facts, NOW)  # type: ignore[arg-type]
    assert state.phase == "handed_off"


def test_who_did_not_ask_hears_nothing_and_otherwise_goes_first() -> None:
    refused = CouponUnavailable("comeback", "another code is in hand")
    state, effects = advance(FLOW, awaiting(prompted_by=None), refused, OTHER, NOW)
    assert (state.outcome, [type(each) for each in effects]) == ("no_code", [Finish])
    otherwise = published(SOURCE.replace("    end: offered\n", "    otherwise: hello\n    end: offered\n"))
    state, effects = advance(otherwise, awaiting(), refused, OTHER, NOW)
    assert [each.node for each in effects if isinstance(each, SendText)] == ["hello"]


def test_a_question_of_consent_leaves_everybody_where_they_stand() -> None:
    desk = published(library()["front_desk"])
    for state in (
        awaiting(),
        State(FLOW.hash, "hello", "handed_off"),
        State(FLOW.hash, "hello", "waiting", wait=3),
    ):
        after, effects = advance(FLOW, state, SignedUp("page"), FACTS, NOW)
        assert [type(each) for each in effects] == [SendText]
        assert (after.phase, after.node, after.wait) == (state.phase, state.node, state.wait)
    after, effects = advance(desk, State(desk.hash, "desk", "handed_off"), SignedUp("page"), FACTS, NOW)
    assert (after.phase, len(effects)) == ("handed_off", 1)
