"""Cuts a plain text into the pieces that the linear model weighs: word 1-2-grams and character 2-5-grams inside words.

Pure. Training and reading share this file, so that they can't drift apart; change it, and the model must be trained anew.
"""

from __future__ import annotations

from collections import Counter

LONGEST_TOKEN = 24
"""Characters of a token that give character pieces: longer ones are links and keyboard mashing."""


def pieces(text: str) -> Counter[str]:
    """The pieces of a plain text (`nlu.normalise`) with their counts. Word pieces begin with «w:», character pieces with «c:»."""
    tokens = text.split()
    found = [f"w:{token}" for token in tokens]
    found += [f"w:{first} {second}" for first, second in zip(["^", *tokens], [*tokens, "$"], strict=True)]
    for token, times in Counter(tokens).items():
        if not token[0].isalnum():
            continue
        padded = f"_{token[:LONGEST_TOKEN]}_"
        found += [
            f"c:{padded[at : at + size]}" for size in range(2, 6) for at in range(len(padded) - size + 1)
        ] * times
    return Counter(found)
