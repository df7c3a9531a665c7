"""Whatever happens, in whatever order: the engine never raises, always waits or ends, and survives JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flows import advance, begin, codec, read_flow
from flows import state as states
from flows.effects import Effect, Finish, HandOff, SendText, StartTimer
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    HandedBack,
    NotSent,
    OptedIn,
    OptedOut,
    Ordered,
    Reading,
    Replied,
    Started,
    Stopped,
    TimerFired,
)
from flows.facts import OfferFacts
from flows.intents import INTENTS
from flows.parser import library
from flows.render import Rendered, render
from flows.segments import measure
from tests.flows.conversation import BEGIN, facts_for
from tests.support.examples import examples

_readings = st.builds(
    Reading,
    st.sampled_from(sorted(INTENTS)),
    st.floats(0, 1, allow_nan=False),
    st.booleans(),
    st.dictionaries(
        st.sampled_from(["later_until", "fact", "percent"]),
        st.sampled_from(["2026-12-24", "2020-01-01", "not a date", "shipping", 20, None]),
    ),
    st.sampled_from(["en", "es", "fr", None]),
)
_events = st.one_of(
    st.builds(Replied, st.text(max_size=20), _readings, st.just(BEGIN)),
    st.builds(TimerFired, st.integers(0, 12)),
    st.just(Started()),
    st.just(Ordered("1", 100, BEGIN)),
    st.builds(CouponReady, st.sampled_from(["comeback", "other"])),
    st.builds(CouponUnavailable, st.just("comeback"), st.just("dry")),
    st.builds(NotSent, st.integers(0, 12), st.just(0), st.just("why"), st.booleans(), st.booleans()),
    st.builds(OptedOut, st.just("rule"), st.booleans(), st.sampled_from([None, "question"])),
    st.builds(OptedIn, st.just("start"), st.booleans()),
    st.builds(HandedBack, st.sampled_from([None, "hello", "goodbye", "nowhere"])),
    st.just(Stopped("merchant")),
)
_flows = {name: read_flow(source)[0] for name, source in library().items()}


def _facts(code: bool, language: str) -> Any:
    facts = facts_for({"language": language, "product": "Café Añejo, Größe XL"})
    offer = OfferFacts("comeback", "BACK-1", 15, None, BEGIN + timedelta(days=3)) if code else None
    return (
        facts
        if offer is None
        else codec.decode(type(facts), {**codec.encode(facts), "offer": codec.encode(offer)})
    )


@settings(max_examples=examples(300))
@given(
    st.sampled_from(sorted(_flows)),
    st.lists(_events, max_size=14),
    st.booleans(),
    st.sampled_from(["en", "es"]),
)
def test_any_sequence_of_events_leaves_somebody_waiting_or_done(
    name: str, events: list[Event], code: bool, language: str
) -> None:
    """And every text that comes out of it can be rendered and fits one part, with accents in the data."""
    flow = _flows[name]
    assert flow is not None
    facts = _facts(code, language)
    state = begin(flow)
    ended = False
    for event in [Started(), *events]:
        state = states.from_json(states.to_json(state))
        event = codec.decode(Event, codec.encode(event))
        before = state
        state, effects = advance(flow, state, event, facts, BEGIN)
        assert not (ended and effects), "an ended passage says nothing more"
        ended = state.phase == "ended"
        assert ended == any(isinstance(effect, Finish) for effect in effects) or before.phase == "ended"
        assert (
            (state.phase == "handed_off") == any(isinstance(each, HandOff) for each in effects)
            or not effects
            or (before.phase == "handed_off")
        )
        texts = [effect for effect in effects if isinstance(effect, SendText)]
        assert len(texts) <= 2, "no volleys"
        assert [text.ordinal for text in texts] == list(range(len(texts)))
        if state.phase == "waiting" and not flow.desk and effects and not ended:
            assert any(isinstance(effect, StartTimer) for effect in effects), "every wait has an end"
        for effect in effects:
            assert codec.decode(Effect, codec.encode(effect)) == effect
        for text in texts:
            words = render(text, facts, BEGIN)
            if isinstance(words, Rendered):
                assert measure(words.body).parts <= 2, words.body
        assert state.wait >= before.wait, "timers of the past stay stale"


@given(st.lists(_events, max_size=10), st.booleans())
def test_the_same_events_give_the_same_bytes(events: list[Event], code: bool) -> None:
    """I7: no clock, no chance."""
    flow = _flows["winback_offer"]
    assert flow is not None

    def play() -> str:
        state, said = begin(flow), []
        for event in [Started(), *events]:
            state, effects = advance(flow, state, event, _facts(code, "en"), BEGIN)
            said.append(codec.dumps(effects))
        return "\n".join(said) + codec.dumps(states.to_json(state))

    assert play() == play()
