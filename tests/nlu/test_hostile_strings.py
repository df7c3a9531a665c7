"""No string raises, anywhere on the way from a text to its interpretation."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.interpretation import Interpretation
from nlu.normalise import normalise
from nlu.optout import decide
from nlu.reader import embedded_reader
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
)  # fmt: skip


@pytest.mark.parametrize("piece", LONG)
def test_ten_thousand_characters_are_no_burden(piece: str) -> None:
    """A loose bound on CPU time: what it catches is a pattern whose time grows with the square of the length."""
    text = (piece * 10_000)[:10_000]
    READER.read("warm", today=TODAY)
    started = time.process_time()
    READER.read(text, today=TODAY)
    assert time.process_time() - started < 1.0
