"""Trouble with what was bought, beside a wish or alone; and what only sounds like it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from nlu.beside import REASONS, WISHES, beside
from nlu.interpretation import Interpretation
from nlu.normalise import normalise
from nlu.reader import embedded_reader
from nlu.trouble import tells_of_trouble

READER = embedded_reader(sure=0.55, unsure=0.30)


def read(text: str) -> Interpretation:
    return READER.read(text, today=date(2026, 11, 21))


TROUBLE = """the last one made me sick, got a coupon?|any discount? my last bag was stale|algún descuento? el último café estaba rancio|
it gave me a rash, any deal?|the mug came broken, can I get a discount?|el café llegó roto, hay descuento?|my last bag was moldy, send me another one|
same again please, last one was stale|maybe later, last one made me vomit|any deal? the last bag went bad|my dog threw up after it, any coupon?|
got a code? the box arrived crushed|you sent the wrong size, do I get a discount?|hay cupón? el café estaba caducado|me hizo daño, tienes un descuento?|
la última bolsa estaba echada a perder, hay código?|any coupon? the last order tasted awful|broken mug, any discount?|me dio alergia, me das un descuento?|
found a bug in the bag, any discount?|got any deals? got sick from it last time|el pedido vino equivocado, algún descuento?"""
WISHES_ALONE = """I'm sick of waiting for a deal|any discount? I broke my mug|that's sick, send me the code|I'm feeling sick today, maybe later|got a code? my old one expired|
tienes cupón? el mío está caducado|any coupon for the stale price|never got a coupon, send me one|can't get enough, got a coupon?|damn good coffee, any discount?|
love it, got a coupon?|any code for the broken bean blend?|is there a deal on damaged bags|the weather was awful, same again|estoy harto de esperar un descuento no|
send me the same again|maybe next month|tienes un descuento?|my coffee maker is broken, later"""


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\n", "").split("|")]


@pytest.mark.parametrize("text", lines(TROUBLE))
def test_a_complaint_beside_a_wish_is_heard(text: str) -> None:
    reading = read(text)
    assert (tells_of_trouble(normalise(text)), reading.mood) == (True, "upset")
    assert reading.intent not in WISHES or reading.slots["asks"] == "trouble"


PUT_RIGHT = """I stopped buying because the last bag was stale|the last two boxes arrived crushed so I went elsewhere|it made me sick so I quit|
no, the last one was moldy|you sent the wrong roast twice, that's why I left|no gracias, la última bolsa llegó rota|dejé de comprar porque el café estaba rancio"""
NOT_LIKED = """it tasted awful|it was horrible|I just didn't like it|the coffee was bad|stopped because the coffee tasted burnt|no me gustó nada|estaba muy feo|
too pricey for me|no thanks, I quit coffee|we moved away"""


@pytest.mark.parametrize("text", lines(PUT_RIGHT))
def test_what_a_shop_would_put_right_is_a_complaint_though_it_is_a_reason_to_leave(text: str) -> None:
    reading = read(text)
    assert reading.intent == "order_issue" or (
        reading.intent in REASONS and reading.slots["asks"] == "trouble"
    )


def test_trouble_in_what_no_model_understands_is_an_order_s() -> None:
    """Asking again what they meant would be the wrong answer to «stale»."""
    plain = normalise("well you know how it goes, the last bag was stale")
    vague = Interpretation(
        "yes", 0.4, False, (("yes", 0.4), ("other", 0.35)), None, "neutral", "en", {}, (), "test"
    )
    found = beside(vague, plain.text, plain)
    assert (found.intent, found.understood, found.mood) == ("order_issue", True, "upset")
    held = replace(vague, opt_out="held")
    assert beside(held, plain.text, plain) == held


@pytest.mark.parametrize("text", lines(NOT_LIKED))
def test_what_somebody_did_not_like_is_none(text: str) -> None:
    assert "asks" not in read(text).slots


@pytest.mark.parametrize("text", lines(WISHES_ALONE))
def test_a_wish_without_one_stays_a_wish(text: str) -> None:
    reading = read(text)
    assert not tells_of_trouble(normalise(text))
    assert reading.slots.get("asks") is None
    if reading.intent == "coupon":
        assert reading.mood != "upset" or "harto" in text


@pytest.mark.parametrize("text", ["coupon code broken", "the code is broken", "broken code"])
def test_a_code_that_is_broken_is_no_trouble_with_a_product(text: str) -> None:
    assert read(text).slots["asks"] == "code_fails"


@pytest.mark.parametrize("text", ["stop, it made me sick", "unsubscribe. the last bag was stale"])
def test_a_stop_stays_a_stop(text: str) -> None:
    assert read(text).intent == "stop"


@pytest.mark.parametrize("text", ["is this a scam?", "scam?", "es una estafa?", "is this legit?"])
def test_who_asks_whether_it_is_honest_is_told_who_we_are(text: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.slots.get("asks")) == ("help", "who")
