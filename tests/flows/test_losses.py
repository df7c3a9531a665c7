"""After a loss nothing more is said of what they bought: the engine's wish is one that the gate reads and obeys."""

from __future__ import annotations

import pytest

from flows.routing import never_again
from nlu import rhythm, topics


@pytest.mark.parametrize(
    ("product", "wish", "words"),
    [
        ("Morning Blend", "not=morning_blend", "morning blend"),
        ("Café Añejo, Größe XL", "not=cafe_anejo_grosse_xl", "cafe anejo grosse xl"),
        ("Dog Chow (Senior) 12oz = best", "not=dog_chow_senior_12oz_best", "dog chow senior 12oz best"),
        ("Snake_Oil", "not=snake_oil", "snake oil"),
    ],
)
def test_the_wish_is_in_the_form_that_rhythms_are_kept_in(product: str, wish: str, words: str) -> None:
    assert never_again(product) == wish
    read = rhythm.from_text(wish)
    assert read == rhythm.Rhythm(without=(words,))
    assert rhythm.from_text(read.to_text()) == read
    assert topics.plain(product) == words, "as the gate spells what a text says"


def test_a_name_without_letters_is_no_wish() -> None:
    assert never_again("***") == ""


def test_losses_add_up_and_stand_beside_other_wishes() -> None:
    first = rhythm.merged(rhythm.Rhythm(2, 365), rhythm.from_text("not=dog_chow"))
    both = rhythm.merged(first, rhythm.from_text("not=cat_chow"))
    assert both == rhythm.Rhythm(2, 365, without=("dog chow", "cat chow"))
    assert rhythm.merged(both, rhythm.from_text("not=dog_chow")) == both
    assert both is not None
    assert rhythm.in_words(both, "en") == "at most twice a year, not about dog chow, not about cat chow"
    assert rhythm.merged(both, rhythm.Rhythm()) is None
