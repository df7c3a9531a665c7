"""The pieces of a text: each is counted as often as it stands there."""

from __future__ import annotations

from collections import Counter

import pytest

from nlu.features import LONGEST_TOKEN, pieces


def _slowly(text: str) -> Counter[str]:
    """The definition, word by word."""
    tokens = text.split()
    found = [f"w:{token}" for token in tokens]
    found += [f"w:{first} {second}" for first, second in zip(["^", *tokens], [*tokens, "$"], strict=True)]
    for token in tokens:
        padded = f"_{token[:LONGEST_TOKEN]}_"
        if token[0].isalnum():
            found += [
                f"c:{padded[at : at + size]}" for size in range(2, 6) for at in range(len(padded) - size + 1)
            ]
    return Counter(found)


@pytest.mark.parametrize(
    "text", ["", "stop", "no no no", "send me 2 , not 3 !", "a b a", "papa", "x" * 60, "👍 👍 ok", "más té"]
)
def test_a_word_said_twice_counts_twice_and_the_order_stays(text: str) -> None:
    """Sums of shares depend on the order: the same model gives the same figures to the last digit."""
    assert list(pieces(text).items()) == list(_slowly(text).items())
