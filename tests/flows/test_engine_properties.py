"""Whatever happens to whatever flow, in whatever order: the engine never raises, waits or ends, and survives JSON."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import advance, begin, codec
from flows import state as states
from flows.definition import Flow
from flows.effects import Effect, Finish, HandOff, RequestCoupon, RunFlow, SendText, StartTimer
from flows.engine import AGAIN_AFTER, MAX_TEXTS
from flows.events import CouponUnavailable, Event, NotSent, OptedOut, Started, TimerFired
from flows.facts import Facts
from flows.parser import library, published, read_flow
from flows.render import Rendered, render
from flows.segments import measure
from flows.state import State
from tests.flows import random_flows
from tests.flows.random_flows import NOW
from tests.support.examples import examples

_names = st.one_of(st.sampled_from(sorted(library())), random_flows.flow_files())
"""Flows by name, or by their file: hypothesis prints what it draws, and a flow is long."""


def _flow(name: str) -> Flow:
    return published(library()[name]) if name in library() else random_flows.read(name)


@st.composite
def _stories(draw: st.DrawFn) -> tuple[str, Facts, list[Event]]:
    """A flow, a customer, and what happens: now and then the very timer that runs, or the refusal of the last text."""
    name = draw(_names)
    flow = _flow(name)
    happened = draw(st.lists(random_flows.events(flow), max_size=14))
    return name, draw(random_flows.facts(flow)), [Started(), *happened]


def _live(event: Event, state: State) -> Event:
    """Numbers of timers and turns are drawn small: every third of them is made the one that counts."""
    if isinstance(event, TimerFired) and event.wait % 3 == 0:
        return TimerFired(state.wait)
    if isinstance(event, NotSent) and event.turn % 3 == 0:
        return NotSent(state.turn, 0, event.why, event.final, event.prompted, event.passing)
    return event


@settings(max_examples=examples(300))
@given(_stories())
def test_any_sequence_of_events_leaves_somebody_waiting_or_done(
    story: tuple[str, Facts, list[Event]],
) -> None:
    """And every text that comes out of it fits two parts, with accents in the data."""
    name, facts, happened = story
    flow = _flow(name)
    state = begin(flow)
    for drawn in happened:
        event: Event = codec.decode(Event, codec.encode(_live(drawn, state)))
        before = states.from_json(states.to_json(state))
        assert before == state
        state, effects = advance(flow, before, event, facts, NOW)
        assert (state, effects) == advance(flow, before, event, facts, NOW), "the same bytes twice (I7)"
        for effect in effects:
            assert codec.decode(Effect, codec.encode(effect)) == effect
        _holds(flow, before, event, state, effects)
        for text in effects:
            if isinstance(text, SendText) and isinstance(words := render(text, facts, NOW), Rendered):
                assert text.node in ("n0",) or measure(words.body).parts <= 2, words.body


def _holds(flow: Flow, before: State, event: Event, after: State, effects: tuple[Effect, ...]) -> None:
    """What is true after any event."""
    kinds = {type(effect) for effect in effects}
    texts = [effect for effect in effects if isinstance(effect, SendText)]
    if before.phase == "ended":
        assert (after, effects) == (before, ()), "an ended passage says nothing more"
        return
    assert (after.phase == "ended") == (Finish in kinds)
    assert (RunFlow in kinds) <= (Finish in kinds or flow.desk)
    assert len(texts) <= MAX_TEXTS
    assert [text.ordinal for text in texts] == list(range(len(texts)))
    if HandOff in kinds and not isinstance(event, OptedOut):
        assert after.phase == "handed_off"
    if RequestCoupon in kinds:
        assert after.phase == "coupon"
    if isinstance(event, OptedOut):
        assert [text.notice for text in texts] == ["opted_out"] * event.confirm, (
            "the confirmation and no more"
        )
        assert flow.desk or after.phase == "ended"
    if after.phase == "waiting" and effects and not flow.desk:
        goes_on = before.phase == "waiting" and after.wait == before.wait
        assert StartTimer in kinds or goes_on, "every wait has an end"
    assert after.wait >= before.wait, "timers of the past stay stale"
    assert after.turn == before.turn + bool(effects or after != before)
    timers = [effect for effect in effects if isinstance(effect, StartTimer)]
    for timer in timers:
        assert timer.wait == after.wait
        assert (timer.until is None) != (timer.after_seconds is None)
        assert timer.until is None or timer.until > NOW
    assert len(timers) <= 1


@settings(max_examples=examples(50))
@given(_stories(), st.integers(1, 50))
def test_a_timer_that_is_not_the_last_one_does_nothing(
    story: tuple[str, Facts, list[Event]], back: int
) -> None:
    """Nobody cancels timers: a late one has to be harmless."""
    name, facts, happened = story
    flow = _flow(name)
    state = begin(flow)
    for event in happened:
        state, _ = advance(flow, state, _live(event, state), facts, NOW)
        assert advance(flow, state, TimerFired(state.wait - back), facts, NOW) == (state, ())
        assert advance(flow, state, TimerFired(state.wait + back), facts, NOW) == (state, ())


@settings(max_examples=examples(50))
@given(random_flows.flow_files(), st.data())
def test_whoever_says_nothing_is_left_in_peace_in_the_end(source: str, data: st.DataObject) -> None:
    """Silence alone brings every passage to its end, or to a person, and not after a hundred texts."""
    flow = _flow(source)
    facts = data.draw(random_flows.facts(flow))
    state, now, said = begin(flow), NOW, 0
    pending: list[Event] = [Started()]
    for _ in range(60):
        if not pending or state.phase in ("ended", "handed_off"):
            break
        state, effects = advance(flow, state, pending.pop(0), facts, now)
        said += sum(isinstance(effect, SendText) for effect in effects)
        for effect in effects:
            if isinstance(effect, StartTimer):
                now = effect.until or now + timedelta(seconds=effect.after_seconds or 0)
                pending.append(TimerFired(effect.wait))
            elif isinstance(effect, RequestCoupon):
                pending.append(CouponUnavailable(effect.offer, "dry"))
    assert state.phase in ("ended", "handed_off")
    assert said <= 3 * len(flow.nodes)


@settings(max_examples=examples(50))
@given(random_flows.flow_files(), st.data())
def test_a_text_that_is_refused_again_and_again_ends_the_passage(source: str, data: st.DataObject) -> None:
    """For a reason that passes: tried again later, and not for ever."""
    flow = _flow(source)
    facts = data.draw(random_flows.facts(flow))
    state, _ = advance(flow, begin(flow), Started(), facts, NOW)
    waits = []
    while state.phase == "waiting":
        refused = NotSent(state.turn, 0, "a complaint is open", final=True, prompted=False, passing=True)
        state, effects = advance(flow, state, refused, facts, NOW)
        waits += [each.after_seconds for each in effects if isinstance(each, StartTimer)]
        if state.phase == "waiting":
            state, effects = advance(flow, state, TimerFired(state.wait), facts, NOW)
            assert [each.node for each in effects if isinstance(each, SendText)][:1] == [flow.start]
    assert (state.phase, state.outcome) == ("ended", "not_sendable")
    assert waits == [days * 86_400 for days in AGAIN_AFTER]


@pytest.mark.slow
@settings(max_examples=examples(40))
@given(random_flows.flow_files())
def test_random_flows_are_flows_that_could_be_published(source: str) -> None:
    """Otherwise the rest proves things of flows that nobody can have."""
    flow, problems = read_flow(source, "random.yml")
    assert flow is not None, [str(problem) for problem in problems if problem.severity == "error"]
