"""A fact that was found for one question answers that one alone."""

from __future__ import annotations

import pytest

from flows.events import Reading
from flows.parser import published
from flows.play.came import Heard
from flows.play.customer import BEGIN, customer_facts
from flows.play.player import Player
from flows.values import Scalar

FLOW = """flow: asking_back
trigger: { lapsed: 45 to 365 days }
exit_on: [ordered]
start: hello
nodes:
  hello:
    say: "{{ shop.text_name }}'s text bot here. Shall I send the cart again? STOP to opt out."
    replies: { question: which, anything else: { tries: 1, then: person } }
    silence: { after: 4 days, then: over }
  which:
    say: "Which product do you mean?"
    replies: { anything else: { tries: 1, then: person } }
    silence: { after: 2 days, then: over }
  person: { hand_off: not understood }
  over: { end: silent }
"""


@pytest.mark.parametrize(
    ("slots", "answered"), [({"fact": "shipping"}, True), ({}, False)], ids=["found again", "not found"]
)
def test_a_question_without_a_fact_is_not_answered_by_the_last_ones(
    slots: dict[str, Scalar], answered: bool
) -> None:
    player = Player(published(FLOW), customer_facts({}), BEGIN)
    player.start()
    player.say("how long", Heard(Reading("question", 0.95, slots={"fact": "shipping"}), "none"))
    came = player.say("the red one, is it vegan", Heard(Reading("question", 0.95, slots=slots), "none"))
    assert any("Orders leave" in said.body for said in came.said) == answered
