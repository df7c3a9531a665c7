"""What a text calls a product that nobody has given a short name: its own, cut to what a text can afford.

Owns the cutting. Pure. A name that a person set (products.text_name) is theirs, and never passes through here.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from flows.segments import measure, tidy

LONGEST = 24
"""GSM-7 characters: two such names and a link still fit one part."""
_SHORTEST_CUT = 8
_SPELLED = str.maketrans(
    {
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
        "œ": "oe", "Œ": "OE", "ı": "i", "ħ": "h", "Ħ": "H", "€": "EUR",
        "½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3", "⅛": " 1/8",
        "™": "", "®": "", "©": "", "℠": "",
    }
)  # fmt: skip
"""What no decomposition folds, and marks that nobody says."""
_COSTS_TWO = re.compile(r"[\^{}\\\[~\]|\f]")


@functools.lru_cache(maxsize=4096)
def short_name(name: str) -> str:
    """The name in at most 24 GSM-7 characters (R131), cut at a word's end, without pack sizes in brackets.

    Accents that GSM-7 lacks are folded (Jamón: Jamon), emoji and letters of other scripts are dropped: one of them would
    halve what fits a part. Empty when nothing is left to say.
    """
    name = re.sub(r"\s*[(\[].*", "", name).strip() or name
    plain = "".join(_folded(char) for char in tidy(name).translate(_SPELLED))
    plain = re.sub(r"\s+", " ", _COSTS_TWO.sub(" ", plain)).strip(" -,;:/&+")
    if not any(char.isalnum() for char in plain):
        return ""
    if len(plain) <= LONGEST:
        return plain
    cut = plain[: LONGEST + 1].rsplit(" ", 1)[0].rstrip(" -,;:/&+")
    return cut if _SHORTEST_CUT <= len(cut) <= LONGEST else plain[:LONGEST].rstrip()


@functools.cache
def _folded(char: str) -> str:
    if _is_gsm(char):
        return char
    # one by one: put together again, letter and accent would be what they were
    parts = (tidy(each) for each in unicodedata.normalize("NFKD", char))
    return "".join(each for each in parts if _is_gsm(each))


def _is_gsm(char: str) -> bool:
    return measure(char).encoding == "GSM-7"
