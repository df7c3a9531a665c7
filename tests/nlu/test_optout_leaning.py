"""A rule's words about something else are a doubt, and the model makes an opt-out of it: never nothing."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.optout import decide
from nlu.reader import MODEL_AGREES, _add

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "text",
    [
        "don't send the blue one, send the green one I paid for",
        "take me off the monthly wine club",
        "turn off the oven before you leave",
        "what does stop to opt out mean",
        "baja un poco y te compro dos cajas",
        "basta de café malo, mándenme el de ustedes",
        "quiero dar de baja el club del vino",
        "no me manden la crema, mándenme el jabón",
    ],
)
def test_a_match_that_may_be_about_goods_is_held_and_leans(text: str) -> None:
    decided = decide(text)
    assert (decided.outcome, decided.leans) == ("held", True)


@pytest.mark.parametrize(
    "text",
    [
        "don't send me anything anymore",
        "take me off",
        "take my number off please, this is my daughter's phone",
        "turn these texts off",
        "quiero darme de baja",
        "ya basta con los mensajes",
        "basta ya",
        "no me manden más mensajes, no quiero la crema",
    ],
)
def test_a_match_that_speaks_of_messages_or_names_nothing_else_is_in_force_at_once(text: str) -> None:
    assert decide(text).outcome == "opted_out"


def test_the_model_makes_an_opt_out_of_a_leaning_match_and_takes_none_away() -> None:
    leaning = decide("take me off the monthly wine club")
    assert _add(leaning, MODEL_AGREES).outcome == "opted_out"
    assert _add(leaning, 0.0).outcome == "held"
    sure = decide("take me off this list")
    assert _add(sure, 0.0).outcome == "opted_out"
