"""Every word that our own texts ask the customer to answer is understood without a model's guess."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from nlu.reader import embedded_reader

FLOWS = Path(__file__).parents[2] / "flows"
READER = embedded_reader(sure=0.55, unsure=0.30)
_OFFERED = re.compile(
    r'\b(?:say|text me|reply|answer|text|responde|contesta|escribe|di) (?:solo |just )?\\?"([^"\\{}]{2,30})\\?"', re.IGNORECASE
)  # fmt: skip


def offered() -> set[str]:
    """The quoted words after «say» and the like, in the shipped flows and the built-in texts; not those of their tests."""
    found: set[str] = set()
    for path in (*sorted((FLOWS / "library").glob("*.yml")), FLOWS / "courtesy.yml"):
        lines = [line for line in path.read_text("utf-8").splitlines() if "says:" not in line]
        found |= {match[1] for line in lines for match in _OFFERED.finditer(line)}
    return found


def test_the_words_are_found_in_the_texts() -> None:
    assert {
        "same again",
        "lo mismo",
        "cart",
        "lo quiero",
        "wrong number",
        "equivocado",
        "person",
    } <= offered()


@pytest.mark.parametrize("word", sorted(offered()))
def test_a_word_that_we_ask_for_is_understood_for_certain(word: str) -> None:
    for text in (word, word.upper(), f"{word}.", f"{word} 👍"):
        reading = READER.read(text, today=date(2026, 11, 21))
        assert reading.understood
        assert reading.opt_out == "none"
        assert reading.intent in ("reorder", "rhythm", "human", "wrong_number", "yes")
    assert READER.read(word, today=date(2026, 11, 21)).confidence == 1.0


@pytest.mark.parametrize("text", ["carrito", "Mi carrito", "el carrito.", "my cart", "CART", "checkout", "carro", "enlace", "lo quiero"])  # fmt: skip
def test_a_bare_cart_is_the_wish_for_it(text: str) -> None:
    assert READER.read(text, today=date(2026, 11, 21)).intent == "reorder"


@pytest.mark.parametrize(
    "text", ["no quiero el carrito", "sin carrito", "Borra el carrito", "empty my cart", "no cart please"]
)
def test_a_cart_that_is_refused_is_none(text: str) -> None:
    assert READER.read(text, today=date(2026, 11, 21)).intent == "no"
