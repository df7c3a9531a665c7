"""Which texts ask who is texting (R30), and which only sound like it."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.identity import asks_who
from nlu.normalise import normalise
from nlu.reader import embedded_reader

ASK = """Who is this?|who dis|new phone who dis|Who's this??|who are you|hey, who is this please?|who is it from|
Who am I talking to?|whose number is this|do I know you?|How did you get my number?|I don't recognize this number|
quien es?|¿Quién eres?|de quien es este numero|no sé quién es|quién me escribe|who's texting me?|
Who is this and why are you texting me|¿cómo consiguió mi número?"""
ASK_NOT = """who|are you a bot|who is this for|who is your supplier|who is the manager|who makes this coffee|I don't know|
who do I talk to about a refund|my sister who is in town wants two bags|quien hace el envio|is this a real person"""


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\n", "").split("|")]


@pytest.mark.parametrize("text", lines(ASK))
def test_r30_these_ask_who_we_are(text: str) -> None:
    assert asks_who(normalise(text))


@pytest.mark.parametrize("text", lines(ASK_NOT))
def test_these_do_not(text: str) -> None:
    assert not asks_who(normalise(text))


@pytest.mark.parametrize(
    ("text", "intent", "asks"),
    [
        ("Who is this?", "help", "who"),
        ("how did you get my number", "help", "who"),
        ("wrong number, who is this", "wrong_number", None),
        ("who is this stop texting me", "stop", None),
        ("are you a bot", "help", None),
    ],
)
def test_the_reader_says_so_and_never_hides_a_stop(text: str, intent: str, asks: str | None) -> None:
    reading = embedded_reader(sure=0.55, unsure=0.30).read(text, today=date(2026, 3, 11))
    assert (reading.intent, reading.slots.get("asks")) == (intent, asks)
