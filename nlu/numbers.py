"""The number words of both languages, and the patterns that find them in a plain text. Owns the words; reads nothing."""

from __future__ import annotations

import re

_ENGLISH = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
_SPANISH = "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte"

COUNTING: dict[str, int] = {
    **{word: n for n, word in enumerate(_ENGLISH.split(), 1)},
    **{word: n for n, word in enumerate(_SPANISH.split(), 1)},
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90,
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "noventa": 90,
}  # fmt: skip
"""Words that name a number and nothing else; «once» is Spanish here, and English to whoever asks «once more»."""

VAGUE: dict[str, float] = {
    "a": 1, "an": 1, "un": 1, "una": 1, "another": 1, "otra": 1, "otro": 1,
    "couple": 2, "couple of": 2, "a couple": 2, "a couple of": 2, "un par de": 2, "few": 3, "a few": 3, "unos": 3, "unas": 3,
    "several": 3, "varios": 3, "varias": 3, "half a": 0.5, "medio": 0.5, "media": 0.5,
}  # fmt: skip
"""What may count a time besides: nobody is sent three bags for «a few»."""


def one_of(words: object) -> str:
    """A pattern that matches any of the words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


def value_of(word: str) -> float:
    """The number that a word or a row of digits is. Raises KeyError for any other word."""
    return float(word) if word.isdecimal() else COUNTING[word] if word in COUNTING else VAGUE[word]
