"""What else is in a text: a code that fails, a loss; and what only sounds like either."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.asks import asks_of
from nlu.interpretation import Interpretation
from nlu.normalise import normalise
from nlu.reader import embedded_reader

READER = embedded_reader(sure=0.55, unsure=0.30)


def read(text: str) -> Interpretation:
    return READER.read(text, today=date(2026, 11, 21))


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\n", "").split("|")]


CODE_FAILS = """code doesn't work|the code doesn't work|The code isn't working!!|code not working|my code won't work|says invalid|it says invalid|
it says invalid code|says the code is expired|expired?|is it expired?|Is the code expired?|is my code still good?|it won't take the coupon|
it wouldn't... the site won't accept the code|checkout won't accept my promo code|can't apply the coupon|couldn't use the code|
code was rejected|the coupon got declined|the discount didn't apply|discount not applied|it keeps saying the code is invalid|
trouble using the code|problem with the coupon|my coupon expired yesterday|tried the code, it doesnt work|invalid code|bad code|
promo code says already used|the site says expired|no me funciona el código|el código no funciona|el cupón no sirve|
no me acepta el código|el código no jala|dice que no es válido|dice inválido|me dice que ya expiró|el descuento no aplica|el código ya venció|
cupón vencido|el código está vencido|no funciona mi cupón|error con el código"""
CODE_WORKS = """any code?|do you have a code|I don't have a code|I don't have a coupon|what if the code doesn't work|if the code expires tell me|
when does the code expire?|when does it expire?|does it expire?|cuándo vence?|the code works great|thanks, the code worked|I need a coupon|
I can't use it today, another code for later?|my zip code is not valid|my zip code is wrong|can't get a discount from you people ever|
it doesn't work|the link doesn't work|the grinder is broken|I never use coupons|never got a code|don't need the code|expired milk?|
I won't need the discount|the code please|código por favor|no tengo código|no quiero cupones|could you take the coupon off my order|it was invalid to assume that"""
LOSS = """my husband passed away, he drank it|my dog died|he's in hospice|My mom died last month|our cat passed|my husband passed|she passed away in march|
my wife was diagnosed with stage 4 cancer|my father is dying|I lost my husband|we lost our dog last week|we got divorced, he was the coffee drinker|
I'm divorced now|we're separated|the coffee was for my late husband|I'm a widow now|he is deceased|we had to put our dog to sleep|
put my cat down on friday|she had a miscarriage|Buddy crossed the rainbow bridge|this was my mother's number, she passed away|
I'm his daughter, he died in June|he has dementia now|she's in a coma|mi esposo falleció, él lo tomaba|mi perro murió|se murió mi perrito|
falleció mi mamá|mi abuela murió el mes pasado|me divorcié|soy viuda|perdimos a nuestro gato|mi papá tiene cáncer, está muy enfermo de cáncer"""
NO_LOSS = """this deal is to die for|your coffee is to die for|my phone died|dead battery|the battery is dead|my grinder died|my car died so no money|
I'm dead|I'm dying for a cup|dying to try it|the link is dead|my dog is dead tired|dead serious?|my mom passed the link to me|
she passed on the deal|he passed your card to me|I lost my job|I lost my phone|I lost my code|lost my dog collar|my plants died|the lawn died|
my husband is killing me|he is dead wrong|my kid died laughing|me muero de ganas|se murió mi teléfono|se me murió la cafetera|
muero por un café|my dog ate it|my wife drinks it all|my son moved out|the bag was ripped open|they separated the cream|
he passed out lol|I passed my exam|my sister passed by your store|grateful dead mug?|they separated in shipping|my cat lost interest|
for my mother in law's funeral home office|time passed|no one died ok|flowers for a funeral on friday"""


@pytest.mark.parametrize("text", lines(CODE_FAILS))
def test_a_code_that_fails_is_noticed(text: str) -> None:
    reading = read(text)
    assert reading.slots.get("asks") == "code_fails"
    assert (reading.intent, reading.understood) == ("coupon", True)


@pytest.mark.parametrize("text", lines(CODE_WORKS))
def test_talk_of_codes_is_no_failing_code(text: str) -> None:
    assert asks_of(normalise(text)) != "code_fails"


@pytest.mark.parametrize("text", lines(LOSS))
def test_a_loss_is_noticed(text: str) -> None:
    reading = read(text)
    assert reading.slots.get("asks") == "loss"
    assert (reading.intent, reading.understood) == ("churn_reason", True)


@pytest.mark.parametrize("text", lines(NO_LOSS))
def test_what_only_sounds_like_a_loss_is_none(text: str) -> None:
    assert asks_of(normalise(text)) != "loss"


@pytest.mark.parametrize(
    "text", ["my husband died, stop texting me", "he passed away. take this number off your list"]
)
def test_a_stop_beside_a_loss_is_a_stop(text: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.opt_out) == ("stop", "opted_out")
    assert "asks" not in reading.slots


CALL_BACK = (
    "call me 2125550142", "call me at 212-555-0142", "Call me at (212) 555-0142 please", "can you call me? 212 555 0142", "give me a call at 212.555.0142", "pls call 2125550142",
    "my number is 212 555 0142, call me", "+1 212 555 0142 call please", "llámame al 5551234567", "me pueden llamar al 55 1234 5678", "mi cel es 8112345678, llámenme por favor",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        *(("👍👍", "yes"), ("👍🏽👍🏽👍🏽", "yes"), ("👌👌", "yes"), ("👍", "yes")),
        *(("is this a scam?", "help"), ("scam?", "help"), ("SCAM", "help"), ("is this legit?", "help"), ("is this real", "help")),
        *(("¿es una estafa?", "help"), ("esto es estafa?", "help"), ("is this for real or a scam?", "help")),
        *((text, "human") for text in CALL_BACK),
        *(("idk", "other"), ("not sure", "other"), ("I'm not sure yet", "other"), ("no sé", "other"), ("🤷", "other")),
    ],
)  # fmt: skip
def test_short_texts_that_the_model_reads_wrongly_are_read_by_rule(text: str, intent: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.opt_out) == (intent, "none")


@pytest.mark.parametrize(
    "text",
    [
        "the scam call center next door",
        "I saw a spam recipe with your coffee",
        "not sure if you ship to Canada",
        "don't call me 212 555 0142",
        "stop calling me at 212 555 0142",
        "2125550142",
        "call me in 2 weeks",
        "no me llamen al 5551234567",
    ],
)
def test_they_are_taken_for_no_more_than_they_are(text: str) -> None:
    assert "honest" not in read(text).why[0]
    assert read(text).why[0] not in ("undecided", "says at which number to call")


def test_an_absurdly_long_text_is_left_to_people() -> None:
    assert asks_of(normalise("my dog died " + "and then " * 60)) is None
