"""The mood of a text, and the opinions that are nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.mood import verdict
from nlu.normalise import normalise
from nlu.reader import embedded_reader

READER = embedded_reader(sure=0.55, unsure=0.30)
PLEASED = """loved it|I loved it!|it was great, thanks|so good|delicious|best coffee ever|love it!!|👍|👍👍|❤️|😍|it was really good|amazing|we enjoyed it|
Liked “How was it?”|Loved “How was it?”|me encantó|estaba buenísimo|muy rico|muy bueno gracias|excelente|so good I'm hooked"""
SO_SO = """it was ok I guess|meh|it was fine|not bad|so so|it was alright|nothing special|okay but a bit weak|could be better|kinda bitter tbh|decent|
not great|it was okay|más o menos|estuvo bien|no está mal|regular|ni fu ni fa|un poco amargo|estuvo bien nada más"""
UPSET = """hated it|it was terrible|didn't like it|I didn't really like it|not for me|awful|Disliked “How was it?”|👎|it was bad|not good|no me gustó|
no me gustó nada|horrible|muy malo|it arrived broken|worst coffee"""
NEUTRAL = """yes|no|no thanks|no thank you|no gracias|later|how much?|ok|sure|same again|who is this|good morning|I still have half a bag|can I get 2 bags"""


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\n", "").split("|")]


@pytest.mark.parametrize(
    ("mood", "text"),
    [
        (mood, text)
        for mood, texts in {"pleased": PLEASED, "so_so": SO_SO, "upset": UPSET, "neutral": NEUTRAL}.items()
        for text in lines(texts)
    ],
)
def test_the_mood_is_heard(mood: str, text: str) -> None:
    assert READER.read(text, today=date(2026, 11, 21)).mood == mood


@pytest.mark.parametrize(
    "text", ["it was ok I guess", "didn't like it", "more or less what I need", "not bad", "no está mal"]
)
def test_an_opinion_asks_for_nothing(text: str) -> None:
    """Whatever the model would make of it («not bad» was an agreement, «no está mal» a wrong number)."""
    reading = READER.read(text, today=date(2026, 11, 21))
    if verdict(normalise(text)):
        assert (reading.intent, reading.opt_out) == ("churn_reason", "none")


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "ok", "ok I guess", "fine", "sure", "perfect", "great", "good", "bien", "perfecto", "vale", "not now", "not today"),
        *("is it good?", "was it fine to order twice?", "it was fine until it leaked", "it was ok but where is my refund"),
        *("not bad, same again", "I don't like texts", "i hate these texts", "the bag was broken", "how is the dark roast"),
    ],
)  # fmt: skip
def test_agreement_questions_and_trouble_are_no_opinions(text: str) -> None:
    assert verdict(normalise(text)) is None
