"""I15, R160-R166: whoever talks with the bot knows that it is one, in each new talk and after a person has written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.effects import SendText
from flows.engine import SESSION, advance, begin
from flows.events import Event, HandedBack, OptedOut, Reading, Replied
from flows.parser import courtesy, library, published
from flows.sample import NOW, sample_facts
from flows.state import State

DESK = published(library()["front_desk"])
FACTS = sample_facts(DESK, None, "en")


def said(state: State, event: Event, days: float) -> tuple[State, str]:
    """The state after it, and the template of the one text that it makes."""
    after, effects = advance(DESK, state, event, FACTS, NOW + timedelta(days=days))
    texts = [effect.template for effect in effects if isinstance(effect, SendText)]
    return after, texts[0] if texts else ""


def hello(days: float = 0.0, intent: str = "smalltalk") -> Replied:
    return Replied("hi", Reading(intent, 0.9), NOW + timedelta(days=days))


def discloses(template: str) -> bool:
    return template.startswith(courtesy().disclosure["en"])


def test_r160_r164_the_first_answer_says_so_and_the_second_does_not() -> None:
    state, first = said(begin(DESK), hello(), 0)
    _, second = said(state, hello(), 0.1)
    assert (discloses(first), discloses(second)) == (True, False)


@pytest.mark.parametrize(
    ("days", "again"),
    [(SESSION.days - 1, False), (SESSION.days, False), (SESSION.days + 1, True), (90, True)],
)
def test_r164_a_new_talk_says_so_again(days: int, again: bool) -> None:
    state, _ = said(begin(DESK), hello(), 0)
    assert discloses(said(state, hello(days), days)[1]) is again


def test_r165_after_a_person_wrote_the_bot_says_again_who_it_is() -> None:
    state, _ = said(begin(DESK), hello(), 0)
    handed, _ = said(state, hello(intent="human"), 0.1)
    assert handed.phase == "handed_off"
    back, _ = said(handed, HandedBack(None), 0.2)
    assert discloses(said(back, hello(), 0.3)[1])


def test_a_talk_from_before_this_was_kept_goes_on_as_it_was() -> None:
    state, _ = said(begin(DESK), hello(), 0)
    old = replace(state, said_at=None)
    assert not discloses(said(old, hello(90), 90)[1])


def test_r5_what_the_law_asks_for_carries_no_greeting() -> None:
    assert not discloses(said(begin(DESK), OptedOut("rule", confirm=True), 0)[1])


def test_r164_r166_are_you_a_bot_is_answered_truthfully_in_every_state() -> None:
    state, _ = said(begin(DESK), hello(), 0)
    handed, _ = said(state, hello(intent="human"), 0.1)
    for each in (begin(DESK), state, handed):
        assert "automated text bot" in said(each, hello(intent="help"), 0.2)[1]
