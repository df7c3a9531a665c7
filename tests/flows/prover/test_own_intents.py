"""Intents of the shop's own are walked like those that come with the language: what only they lead to is seen, and proved."""

from __future__ import annotations

from flows.parser import published, read_flow
from flows.prover.explore import explore

FLOW = """flow: wrapping
trigger: { lapsed: 45 to 365 days }
exit_on: [ordered]
intents:
  gift_wrap:
    en: [can you wrap it?, put a bow on it, gift box please, a card with it, wrapped for my mom]
start: hello
nodes:
  hello:
    say: "{{ shop.text_name }}'s text bot here. Shall I send the cart again? STOP to opt out."
    replies: { gift_wrap: wrapped, anything else: { tries: 1, then: person } }
    silence: { after: 4 days, then: over }
  wrapped:
    say: "We wrap it, of course. Which ribbon, red or blue?"
    replies: { anything else: { tries: 1, then: person } }
    silence: { after: 2 days, then: over }
  person: { hand_off: not understood }
  over: { end: silent }
"""


def test_a_node_that_only_an_own_intent_leads_to_is_walked() -> None:
    assert read_flow(FLOW)[1] == []
    walk = explore(published(FLOW))
    assert walk.whole
    assert {"hello", "wrapped"} <= {spot.state.node for spot in walk.spots}
    assert [move for moves in walk.moves_of.values() for move in moves if "gift_wrap" in str(move)]


def test_without_the_own_intent_that_node_is_unreachable() -> None:
    problems = read_flow(FLOW.replace("gift_wrap: wrapped, ", ""))[1]
    assert "unreachable" in {problem.code for problem in problems}


def test_what_goes_wrong_behind_an_own_intent_is_shown_with_it() -> None:
    """A customer whose own words lead to silence is heard by nobody."""
    mute = FLOW.replace("gift_wrap: wrapped", "gift_wrap: over").replace(
        "anything else: { tries: 1, then: person } }\n    silence: { after: 4",
        "yes: wrapped, anything else: { tries: 1, then: person } }\n    silence: { after: 4",
    )
    problems = read_flow(mute)[1]
    assert any("gift_wrap" in " ".join([each.message, *each.transcript]) for each in problems), problems
