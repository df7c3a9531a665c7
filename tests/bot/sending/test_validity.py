"""The provider never tries past the end of the hours in which a text may arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compliance.facts import ConsentFact, SendFacts
from bot.compliance.gate import Allow, Defer, may_send
from bot.compliance.places import place_of
from bot.compliance.rules import window_name
from bot.compliance.windows import window_at
from bot.sending.validity import ANSWER_VALIDITY, CALL, LONGEST_VALIDITY, with_validity
from tests.bot.compliance.sendfacts import MARKETING, NOON, answer, but, compliance

PLACES = ("+12125550123", "+14155550123", "+18085550123", "+13055550123", "+19285550123", "+12705550123")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.sampled_from(PLACES),
    st.sampled_from([None, "evenings_and_weekends"]),
)
def test_no_opener_may_arrive_after_its_window(at: datetime, phone: str, window: str | None) -> None:
    """Any moment of two years, clock changes included, wherever the number is from."""
    now = at.replace(tzinfo=UTC)
    place = place_of(phone)
    written = ConsentFact("written", now - timedelta(days=30))
    facts = but(MARKETING, place=place, send_window=window, consent=written)
    asked = may_send(facts, now)
    decision, seconds = with_validity(asked, facts, now)
    if not isinstance(decision, Allow):
        assert seconds is None
        if isinstance(decision, Defer):
            assert decision.until > now
        return
    assert seconds is not None
    assert 1 <= seconds <= LONGEST_VALIDITY
    assert place is not None
    span = window_at(place, now, window_name(facts, "marketing"))
    assert span is not None
    assert now + CALL + timedelta(seconds=seconds) <= span.closes


def test_at_the_last_moment_it_waits_for_the_next_window() -> None:
    """The gate would let it go; by the time it arrived the window would be over."""
    place = MARKETING.place
    assert place is not None
    span = window_at(place, NOON, None)
    assert span is not None
    now = span.closes - timedelta(seconds=10)
    assert isinstance(may_send(MARKETING, now), Allow)
    decision, seconds = with_validity(may_send(MARKETING, now), MARKETING, now)
    assert isinstance(decision, Defer)
    assert seconds is None
    assert window_at(place, decision.until, None) is not None


@pytest.mark.parametrize("facts", [answer(NOON), compliance(NOON)])
def test_an_answer_has_an_hour(facts: SendFacts) -> None:
    """At whatever hour: it answers what the customer said a minute ago."""
    decision, seconds = with_validity(may_send(facts, NOON), facts, NOON)
    assert isinstance(decision, Allow)
    assert seconds == ANSWER_VALIDITY
