"""The quoted texts of the rules on opting out, by rule number, through the whole reader: rules, then the model."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.optout import decide
from nlu.reader import embedded_reader
from tests.nlu.test_optout import COURT_QUOTED

READER = embedded_reader(sure=0.55, unsure=0.30)

R142 = ("goodbye", "leave me alone", "stop", "remove me", "please remove my name", "take me off this list", "lose my number", "don't contact me", "delete my number",
        "I opt out", "stop2quit", "stopall", "unsubscribe", "cancel", "end", "quit", "REMOVE", "ARRET", "TD", "OPT-OUT")  # fmt: skip
R143 = ("STIP", "no mas", "st0p", "ST\u200bOP", "ЅТОР")
R144 = ("stop by the store", "Can you stop by Tuesday?", "the stop sign", "Cancel that, I will come Tuesday", "I will end up needing two more", "We had to cancel our trip",
        "No problem, send it", "unstoppable", "Can you remove the setup fee?", "Cancel my order")  # fmt: skip
R146 = (
    'Disliked "We miss you! Reply STOP to opt out"',
    "Liked “Hi Ana, reply STOP to end”",
    'Disliked "Hi Ana"',
)


def _reads(text: str) -> str:
    return READER.read(text, today=date(2026, 11, 21)).opt_out


@pytest.mark.parametrize("text", COURT_QUOTED)
def test_r140_a_text_that_a_court_called_an_opt_out_opts_out_by_rule_alone(text: str) -> None:
    """No model is needed, so none can be down, or trained otherwise."""
    assert decide(text).outcome == "opted_out"
    assert _reads(text) == "opted_out"


@pytest.mark.parametrize("text", R142)
def test_r142_what_vendors_match_is_opted_out_or_held(text: str) -> None:
    assert decide(text).outcome in ("opted_out", "held")


@pytest.mark.parametrize("text", R143)
def test_r143_a_typo_another_language_and_a_disguise_are_seen(text: str) -> None:
    assert decide(text).outcome == "opted_out"


@pytest.mark.parametrize("text", R144)
def test_r144_everyday_words_opt_nobody_out_whatever_the_model_adds(text: str) -> None:
    assert decide(text).outcome == "none"
    assert _reads(text) != "opted_out"


@pytest.mark.parametrize("text", R146)
def test_r146_a_quoted_stop_is_not_the_customers(text: str) -> None:
    assert _reads(text) == "none"


@pytest.mark.parametrize(
    ("text", "also"),
    [("stop texting me, but where is my refund?", "order_issue"), ("take me off your list and where is my order", "order_issue")],
)  # fmt: skip
def test_r147_what_else_is_asked_is_told(text: str, also: str) -> None:
    reading = READER.read(text, today=date(2026, 11, 21))
    assert (reading.opt_out, reading.also) == ("opted_out", also)
