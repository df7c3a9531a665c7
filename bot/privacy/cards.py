"""Card numbers in what customers text: masked before anything is stored, read or logged.

Owns what counts as one: 13 to 19 digits whose check digit is right (Luhn, ISO/IEC 7812), in one piece or in groups. Nobody
here needs it, and a database with one in it falls under rules of its own. One long order number in ten passes the same
check and is masked too; its last four digits stay.
"""

from __future__ import annotations

import re

_SOME = re.compile(r"\d(?:[\s.\-–—_]{0,3}\d){12}")
"""Thirteen digits at all: asked first, for nearly no text has them."""
_RUN = re.compile(r"(?<!\+)(?<!\+\d)(?<!\+\d\d)(?<!\+\d\d\d)\d+(?:[\s.\-–—_]{1,3}\d+)*")
_GROUP = re.compile(r"\d+")
SHORTEST, LONGEST = 13, 19


def mask_cards(text: str) -> str:
    """The text with every card number in it as `****` and its last four digits. A number with a plus sign is a phone's."""
    if _SOME.search(text) is None:
        return text
    return _RUN.sub(_masked, text)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _masked(found: re.Match[str]) -> str:
    """The longest row of whole groups that is a card number, from left to right; all of them."""
    run = found.group()
    groups = list(_GROUP.finditer(run))
    out, at, begin = "", 0, 0
    while begin < len(groups):
        end = _card_from(groups, begin)
        if end is None:
            begin += 1
            continue
        digits = "".join(group.group() for group in groups[begin : end + 1])
        out += run[at : groups[begin].start()] + "****" + digits[-4:]
        at, begin = groups[end].end(), end + 1
    return out + run[at:]


def _card_from(groups: list[re.Match[str]], begin: int) -> int | None:
    """The last group of the longest card number that begins with this group."""
    digits, last = "", None
    for number in range(begin, len(groups)):
        digits += groups[number].group()
        if len(digits) > LONGEST:
            break
        if len(digits) >= SHORTEST and luhn(digits):
            last = number
    return last
