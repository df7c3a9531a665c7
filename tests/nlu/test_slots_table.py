"""What customers write of times, counts, percentages and products, in both languages; relative to Saturday, 21 November 2026.

The expectations were written before the code was asked. What is still read wrongly stands in KNOWN_FAILURES with what is
read instead, and must be taken off it when it is mended.
"""

from __future__ import annotations

from datetime import date

import pytest

from nlu.language import language_of
from nlu.mood import mood_of
from nlu.normalise import normalise
from nlu.products import Product, named
from nlu.slots import later_until, percent, quantity

TODAY = date(2026, 11, 21)

WHEN = {
    "after payday": "2026-12-01",
    "payday is friday": "2026-11-27",
    "I get paid on the 5th": "2026-12-05",
    "después de la quincena": "2026-12-01",
    "cuando me paguen el viernes": "2026-11-27",
    "in March": "2027-03-01",
    "maybe when march comes": "2027-03-01",
    "mid december": "2026-12-15",
    "late january": "2027-01-20",
    "end of january": "2027-01-31",
    "early next month": "2026-12-01",
    "mid next month": "2026-12-15",
    "end of next month": "2026-12-31",
    "a mediados de mes": "2026-12-15",
    "a mediados de enero": "2027-01-15",
    "a finales de enero": "2027-01-31",
    "a principios de febrero": "2027-02-01",
    "a fin de mes": "2026-11-30",
    "fin de año": "2026-12-31",
    "end of the year": "2026-12-31",
    "when I'm back from holidays on the 5th": "2026-12-05",
    "cuando regrese de vacaciones el 5": "2026-12-05",
    "back on the 5th of January": "2027-01-05",
    "next time the moon is full": None,
    "once in a blue moon": None,
    "in a while": None,
    "someday": None,
    "un día de estos": None,
    "one of these days": None,
    "otro día": None,
    "some other day": None,
    "when I'm low": None,
    "cuando vuelva": None,
    "when school starts": None,
    "ahorita no": None,
    "más adelante": None,
    "later today": None,
    "en la noche": None,
    "por la mañana": None,
    "I'm open 24/7 lol, later": None,
    "still have 1/2 a bag": None,
    "may be later": None,
    "2 weeks": "2026-12-05",
    "in a fortnight": "2026-12-05",
    "in 2-3 weeks": "2026-12-12",
    "10-14 days": "2026-12-05",
    "a day or two": "2026-11-23",
    "a week from monday": "2026-11-30",
    "the week after next": "2026-11-30",
    "in a month and a half": "2027-01-05",
    "half a year": "2027-05-21",
    "medio año": "2027-05-21",
    "in six months": "2027-05-21",
    "dentro de seis meses": "2027-05-21",
    "a couple of months": "2027-01-21",
    "en un par de semanas": "2026-12-05",
    "en unos días": "2026-11-24",
    "in a few days": "2026-11-24",
    "en quince días": "2026-12-06",
    "in twenty days": "2026-12-11",
    "en treinta días": "2026-12-21",
    "in 45 days": "2027-01-05",
    "not for another 3 months": "2027-02-21",
    "hasta enero": "2027-01-01",
    "I have enough until feb": "2027-02-01",
    "hasta el 10 de enero": "2027-01-10",
    "after 12/15": "2026-12-15",
    "till 15/1": "2027-01-15",
    "Jan 15th": "2027-01-15",
    "first week of december": "2026-12-01",
    "second week of january": "2027-01-08",
    "in the spring": "2027-03-20",
    "en verano": "2027-06-21",
    "day after tomorrow": "2026-11-23",
    "pasado mañana": "2026-11-23",
    "mañana por la mañana": "2026-11-22",
    "next weekend": "2026-11-28",
    "after the weekend": "2026-11-23",
    "pasando el finde": "2026-11-23",
    "next friday": "2026-11-27",
    "el martes que viene": "2026-11-24",
    "after thanksgiving": "2026-11-27",
    "after black friday": "2026-11-28",
    "after easter": "2027-03-29",
    "después de semana santa": "2027-03-29",
    "after the holidays": "2027-01-02",
    "después de las fiestas": "2027-01-07",
    "after new years": "2027-01-02",
    "pasando navidad": "2026-12-26",
    "después de reyes": "2027-01-07",
    "on the 1st of the month": "2026-12-01",
    "next quarter": "2027-01-01",
    "the year after next": "2028-01-02",
}

COUNT = {
    "2 bags": 2,
    "two boxes please": 2,
    "a couple": 2,
    "a couple of bags": 2,
    "a pair": 2,
    "un par": 2,
    "un par de cajas": 2,
    "media docena": 6,
    "half a dozen": 6,
    "half dozen bags": 6,
    "a dozen": 12,
    "una docena de latas": 12,
    "same but only one": 1,
    "just one this time": 1,
    "lo mismo pero solo uno": 1,
    "una sola bolsa": 1,
    "solo una": 1,
    "la misma pero dos": 2,
    "igual pero 3": 3,
    "make it three": 3,
    "3x": 3,
    "2 x Morning Blend": 2,
    "2x dark roast": 2,
    "same again x2": 2,
    "3 of the dark": 3,
    "yes 2": 2,
    "yes, two bags": 2,
    "sí, dos": 2,
    "si mándame 2": 2,
    "dame 2 más": 2,
    "2 porfa": 2,
    "one bag": 1,
    "a bag": 1,
    "una bolsa": 1,
    "another bag": 1,
    "otra bolsa": 1,
    "one more": 1,
    "twenty bags": 20,
    "cuatro bolsitas": 4,
    "qty 4": 4,
    "cantidad: 3": 3,
    "send me 3 bags of the dark roast in 2 weeks": 3,
    "two instead of three": 2,
    "same order, 2 of them": 2,
    "2 this time": 2,
    "the 12 oz bag": None,
    "send me the 2 lb bag": None,
    "the 5 lb bag": None,
    "in 2 weeks": None,
    "20% off": None,
    "order 4471": None,
    "100 bags": None,
    "0 bags": None,
    "a few bags": None,
    "unas bolsas": None,
    "I still have 2 bags left": None,
    "todavía tengo 3 cajas": None,
    "I got 2 bags last time": None,
    "my 2 dogs love it": None,
    "give me 2 days": None,
    "dame dos semanas": None,
    "send it at 5": None,
    "same again": None,
    "one question": None,
    "el once de enero": None,
}

PERCENT = {
    "20% off?": 20,
    "can you do 15 percent": 15,
    "ten percent": 10,
    "diez por ciento": 10,
    "quince por ciento": 15,
    "twenty % off": 20,
    "half off": 50,
    "half price?": 50,
    "a mitad de precio": 50,
    "15 or 20%": 20,
    "un 15% y lo pido": 15,
    "con 10% basta": 10,
    "30 pct": 30,
    "20 off": 20,
    "$10 off": None,
    "10 dollars off": None,
    "10 bucks off": None,
    "5 pesos menos": None,
    "I'm 100% sure": None,
    "por ciento": None,
    "a discount": None,
}

COFFEE = (
    Product("71", ("Midnight Dark Roast Whole Bean 12 oz", "Dark Roast")),
    Product("72", ("Swiss Water Decaf (descafeinado) 12 oz", "Decaf")),
    Product("73", ("Paper Filters No. 4", "Filters")),
)
BAGS = (
    Product("81", ("Salmon Kibble 3 kg bag", "Salmon Kibble small")),
    Product("82", ("Salmon Kibble 15 kg big bag", "Salmon Kibble big")),
    Product("83", ("Chicken Treats", "Chicken Treats")),
)
ONE = (COFFEE[0],)

WHICH: dict[tuple[str, tuple[Product, ...]], tuple[str, ...]] = {
    ("just the dark one", COFFEE): ("71",),
    ("only the decaf this time", COFFEE): ("72",),
    ("solo el descafeinado", COFFEE): ("72",),
    ("nada más los filtros", COFFEE): ("73",),
    ("the filters please", COFFEE): ("73",),
    ("dark and decaf, no filters", COFFEE): ("71", "72"),
    ("everything but the filters", COFFEE): ("71", "72"),
    ("todo menos los filtros", COFFEE): ("71", "72"),
    ("same but without the decaf", COFFEE): ("71", "73"),
    ("the dark roast, not the decaf", COFFEE): ("71",),
    ("2 bags of the dark", COFFEE): ("71",),
    ("quiero 2 del descafeinado", COFFEE): ("72",),
    ("the big bag, not the chicken treats", BAGS): ("82",),
    ("the small one", BAGS): ("81",),
    ("the 15 kg", BAGS): ("82",),
    ("just the salmon", BAGS): ("81", "82"),
    ("la bolsa grande", BAGS): ("82",),
    ("treats only", BAGS): ("83",),
    ("same again", COFFEE): (),
    ("all of it", COFFEE): (),
    ("the usual", COFFEE): (),
    ("one of each", COFFEE): (),
    ("the roast with the 12 oz", ONE): (),
    ("something else", COFFEE): (),
    ("the bags", BAGS): (),
    ("it's dark outside lol", ONE): (),
    ("dark, decaf and filters", COFFEE): (),
    ("", COFFEE): (),
}

SAID_IN = {
    "same again please": "en",
    "lo mismo de siempre": "es",
    "after payday": "en",
    "después de la quincena": "es",
    "solo el descafeinado": "es",
    "the big bag": "en",
    "ok": None,
    "👍": None,
}

FELT = {
    "love this stuff 😍": "pleased",
    "me encantó, gracias": "pleased",
    "it was ok i guess": "so_so",
    "ni fu ni fa": "so_so",
    "it arrived broken, unacceptable": "upset",
    "qué porquería": "upset",
    "same again": "neutral",
    "2 bolsas": "neutral",
}

KNOWN_FAILURES: dict[str, object] = {}
"""Text: what is read instead."""


@pytest.mark.parametrize("text", WHEN)
def test_a_day_is_read_when_a_text_names_one(text: str) -> None:
    found = later_until(normalise(text).text, TODAY)
    _expect(text, found and found.isoformat(), WHEN[text])


@pytest.mark.parametrize("text", COUNT)
def test_a_count_is_read_when_a_text_orders_so_many(text: str) -> None:
    _expect(text, quantity(normalise(text).text), COUNT[text])


@pytest.mark.parametrize("text", PERCENT)
def test_a_percentage_is_read_and_money_is_none(text: str) -> None:
    _expect(text, percent(normalise(text).text), PERCENT[text])


@pytest.mark.parametrize(("text", "products"), WHICH)
def test_products_are_told_apart_by_the_words_that_distinguish_them(
    text: str, products: tuple[Product, ...]
) -> None:
    _expect(text, named(normalise(text), products), WHICH[text, products])


@pytest.mark.parametrize("text", SAID_IN)
def test_the_language_is_that_of_the_words(text: str) -> None:
    _expect(text, language_of(text, normalise(text).words), SAID_IN[text])


@pytest.mark.parametrize("text", FELT)
def test_the_mood_is_that_of_the_words(text: str) -> None:
    plain = normalise(text)
    _expect(text, mood_of(text, plain.words, plain.text), FELT[text])


def _expect(text: str, found: object, right: object) -> None:
    if text in KNOWN_FAILURES:
        assert found == KNOWN_FAILURES[text], (
            f"{text!r} is read otherwise now: take it off the list if rightly"
        )
    else:
        assert found == right
