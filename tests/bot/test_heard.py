"""What flows hear of a reading: never what is a hint for people alone."""

from __future__ import annotations

from bot.heard import in_flow_words
from tests.support.fakes import reading


def test_the_nearest_fact_is_no_answer() -> None:
    read = reading("question", slots={"near_fact": "shipping", "quantity": 2})
    assert in_flow_words(read).slots == {"quantity": 2}
    assert in_flow_words(reading("question", slots={"fact": "shipping"})).slots == {"fact": "shipping"}
