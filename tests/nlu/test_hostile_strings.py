"""No string raises, anywhere on the way from a text to its interpretation."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.interpretation import Interpretation
from nlu.mood import mood_of
from nlu.normalise import LONGEST, LONGEST_PLAIN, normalise
from nlu.optout import decide
from nlu.products import Product, named
from nlu.reader import embedded_reader
from nlu.rhythm import from_text
from nlu.rhythm_wishes import read_rhythm
from nlu.slots import details, picking
from tests.support.examples import examples

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

READER = embedded_reader(sure=0.55, unsure=0.30)
TODAY = date(2026, 11, 21)
PIECES = ("stop", "texting", "me", "don't", "no", "más", "2", "weeks", "march", "31", "20%", "Liked", "“", "”", '"', "'", "👍", "🛑", "\u200d", "\ufe0f", ".", ",",
          "s t o p", "unsub", "back on", "order", "feb 30", "0", "99999999999", "\x00", "\ud800", "ﷺ", "Ѕ", "ﬀ", "٣", "²", "½", "end of the month")  # fmt: skip


@given(
    st.one_of(
        st.text(), st.text(st.characters()), st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)
    )
)
@settings(max_examples=examples(400))
def test_every_string_can_be_read_and_kept(text: str) -> None:
    assert decide(text).outcome in ("opted_out", "held", "none")
    reading = READER.read(text, today=TODAY, answers={"a": text, "b": "Do you ship?\nYes"})
    assert 0 <= reading.confidence <= 1
    assert reading.intent
    assert Interpretation.from_json(reading.to_json()) == reading


@given(st.text(max_size=200))
@settings(max_examples=examples(200))
def test_the_plain_form_of_a_plain_form_is_itself(text: str) -> None:
    once = normalise(text)
    if once.reaction is None and normalise(once.text).reaction is None:
        assert normalise(normalise(once.text).text).text == normalise(once.text).text


LONG = (
    "a", "a ", " ", "\x00", "👍", "👍 ", "ﷺ", "s.t.o.p.", "\"'“", "@1", "1!", "stop ", "no ", "dont want to ", "take me ", "no quiero ", "u n s u b ", "Liked “", "Ѕ", "no more of ",
    "\u0301", "\u200b", ", ", "? but ", "de la ", "end of the ", "2 weeks ",
    "only email no dont ", "block list ", "text ", "number ", "cada dia ", "too many texts ", "i never text ", "baja el precio ", "dont send the order but where is my order ? ",
    "until ", "y y y ", "not ", "\n", "\u202e\u05d0", "leave it alone , ", "turn it off ",
)  # fmt: skip


@pytest.mark.parametrize("piece", LONG)
def test_ten_thousand_characters_are_no_burden(piece: str) -> None:
    """A loose bound on CPU time: what it catches is a pattern whose time grows with the square of the length."""
    text = (piece * 10_000)[:10_000]
    READER.read("warm", today=TODAY)
    started = time.process_time()
    READER.read(text, today=TODAY)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("middle", ["a ", "s.t.o.p.", "ﷺ", "x,", "👍", "\u0301", "9", "“"])
def test_a_plain_form_has_a_bound_and_keeps_the_end(middle: str) -> None:
    """Every rule and the linear model read it: their time is bounded with it."""
    plain = normalise((middle * 10_000)[:10_000] + " . please stop texting me")
    assert len(plain.text) <= LONGEST_PLAIN
    assert plain.text.endswith("please stop texting me")
    assert decide((middle * 10_000)[:10_000] + " . please stop texting me").outcome == "opted_out"


@pytest.mark.parametrize(
    ("piece", "stop"),
    [
        ("i never text , ", "never text me again"),  # the same rule matches both, a hundred times the first
        ("we dont write , ", "dont write me anymore"),
        ("baja el precio , ", "dame de baja de los mensajes"),
        ("we dont call them . ", "stop texting me"),
    ],
)
def test_what_means_nothing_a_hundred_times_hides_no_stop(piece: str, stop: str) -> None:
    """Of very many matches of a rule those at either end are looked at."""
    assert decide((piece * 700)[:10_000] + f" . {stop}").outcome == "opted_out"
    assert decide(f"{stop} . " + (piece * 700)[:10_000]).outcome == "opted_out"


def test_a_stop_is_found_wherever_it_stands_in_what_a_carrier_delivers() -> None:
    """Sentences have full stops, and each takes a character more in the plain form."""
    for before in range(0, 142, 3):
        text = "It was ok. " * before + "Please stop texting me. " + "It was ok. " * (141 - before)
        assert len(text) <= LONGEST
        assert decide(text).outcome == "opted_out", before


SPANS = st.sampled_from([(0x300, 0x36F), (0x590, 0x6FF), (0x1F300, 0x1FAFF), (0, 0x1F), (0x30, 0x39), (0x2000, 0x206F), (0xFB00, 0xFDFF), (0xE000, 0xF8FF), (0xD800, 0xDFFF)])  # fmt: skip
RUNS = SPANS.flatmap(
    lambda span: st.text(st.characters(min_codepoint=span[0], max_codepoint=span[1]), max_size=40)
)


@given(
    RUNS,
    st.integers(1, 10_000),
    st.sampled_from(["", "stop ", " don't stop", "just the dark one ", " in 2 weeks"]),
)
@settings(max_examples=examples(200))
def test_details_wishes_and_products_of_any_string_can_be_read(run: str, times: int, beside: str) -> None:
    text = (run * times)[:10_000] + beside
    products = (Product("1", ("Dark Roast 12 oz", run)), Product("2", ("Swiss Water Decaf", text)))
    plain = normalise(text)
    assert len(details("reorder", plain, TODAY)) <= 2
    assert len(details("later", plain, TODAY)) <= 1
    assert set(named(plain, products)) < {"1", "2"}
    wish = read_rhythm(plain)
    assert wish is None or from_text(wish.to_text()) == wish
    assert mood_of(text, plain.words, plain.text) in ("pleased", "neutral", "so_so", "upset")
    read = Interpretation("reorder", 0.9, True, (), None, "neutral", None, {}, (), "test")
    assert picking(read, text, products).intent == "reorder"
