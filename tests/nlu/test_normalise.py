"""The plain form: what survives, what is uncovered, what is cut out."""

from __future__ import annotations

import pytest

from nlu.normalise import normalise


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("STOP!!!", "stop !"),
        ("I can't", "i cant"),
        ("párenle, ¿Cómo?", "parenle , ¿ como ?"),
        ("sooooo goooood", "so good"),
        ("ｓｔｏｐ", "stop"),
        ("ST\u200bO\u00adP", "stop"),
        ("st0p", "stop"),
        ("$top", "stop"),
        ("Ѕtор now", "stop now"),
        ("стоп", "стоп"),
        ("s t o p", "stop"),
        ("a b c d", "a b c d"),
        ("b4 2 bags 20% $5", "b4 2 bags 20 % $ 5"),
        ("👍🏽👍🏽👍🏽", "👍"),
        ("a\x00b\tc", "a b c"),
        ("", ""),
    ],
)
def test_a_text_has_one_plain_form(text: str, plain: str) -> None:
    assert normalise(text).text == plain


@pytest.mark.parametrize(
    ("text", "reaction", "left"),
    [
        ("Liked “Hi Ana”", "liked", ""),
        ('Loved "it\'s here"', "loved", ""),
        ("Disliked an image", "disliked", ""),
        ("Laughed at “x”", "laughed", ""),
        ("Emphasized “x”", "emphasised", ""),
        ("Questioned “x”", "questioned", ""),
        ("Removed a like from “x”", "withdrawn", ""),
        ("Reacted ❤️ to “x”", "loved", ""),
        ("👎 to “x”", "disliked", ""),
        ("Le gustó «Hola»", "liked", ""),
        ("No le gusta “Hola”", "disliked", ""),
        ("Le encanta una imagen", "loved", ""),
        ("Liked “x” same again", "liked", "same again"),
        ("Liked “never closed", "liked", ""),
        ("liked you better before", None, "liked you better before"),
        ("no me gusta el cafe", None, "no me gusta el cafe"),
        ("Loved it", None, "loved it"),
    ],
)
def test_a_phone_reaction_is_cut_out_and_named(text: str, reaction: str | None, left: str) -> None:
    found = normalise(text)
    assert (found.reaction, found.text) == (reaction, left)


def test_words_leave_signs_out() -> None:
    assert normalise("ok, 2 bags 👍!").bare == "ok 2 bags"
