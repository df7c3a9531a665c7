"""Where a text may be cut between two parts: its graphemes, as Twilio's own calculator cuts them.

Owns the rules of UAX 29 in the form of Unicode 10 (GB3-GB13), because that is what the calculator follows and what a bill
is checked against (R133). Newer emoji joined by ZWJ may therefore be cut inside: two phones show them right all the
same, since the parts are joined before they are read. Pure.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from enum import Enum

_E_BASE = re.compile(
    "[\u261d\u26f9\u270a-\u270d\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca-\U0001f3cc\U0001f442\U0001f443"
    "\U0001f446-\U0001f450\U0001f466-\U0001f469\U0001f46e\U0001f470-\U0001f478\U0001f47c\U0001f481-\U0001f483"
    "\U0001f485-\U0001f487\U0001f4aa\U0001f574\U0001f575\U0001f57a\U0001f590\U0001f595\U0001f596"
    "\U0001f645-\U0001f647\U0001f64b-\U0001f64f\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f6c0\U0001f6cc"
    "\U0001f918-\U0001f91c\U0001f91e\U0001f91f\U0001f926\U0001f930-\U0001f939\U0001f93d\U0001f93e"
    "\U0001f9d1-\U0001f9dd]"
)
"""Emoji that take a skin tone."""
_AFTER_ZWJ = re.compile(
    "[\u2640\u2642\u2695\u2696\u2708\u2764\U0001f308\U0001f33e\U0001f373\U0001f393\U0001f3a4\U0001f3a8\U0001f3eb"
    "\U0001f3ed\U0001f466-\U0001f469\U0001f48b\U0001f4bb\U0001f4bc\U0001f527\U0001f52c\U0001f5e8\U0001f680\U0001f692]"
)
"""Emoji that a joiner binds to what stands before it."""
_PREPEND = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u08e2\u0d4e\U000110bd\U000111c2\U000111c3\U00011a3a\U00011a86-\U00011a89\U00011d46]"
)
_EXTEND = re.compile("[\u200c\uff9e\uff9f\U000e0020-\U000e007f]")
"""Beside all of categories Mn and Me."""
_SPACING = re.compile("[\u0e33\u0eb3\u1cf2\u1cf3]")
"""Beside category Mc, less the ones that stand by themselves:"""
_ALONE = re.compile(
    "[\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c\u1a61\u1a63\u1a64\uaa7b\uaa7d]"
)


class _Class(Enum):
    OTHER = 0
    CONTROL = 1
    EXTEND = 2
    SPACING = 3
    ZWJ = 4
    PREPEND = 5
    FLAG = 6
    TONE = 7
    LEADING = 8
    VOWEL = 9
    TRAILING = 10
    OPEN = 11
    CLOSED = 12


_JOINS_ALWAYS = frozenset({_Class.EXTEND, _Class.SPACING, _Class.ZWJ})
_HANGUL = {
    _Class.LEADING: frozenset({_Class.LEADING, _Class.VOWEL, _Class.OPEN, _Class.CLOSED}),
    _Class.OPEN: frozenset({_Class.VOWEL, _Class.TRAILING}),
    _Class.VOWEL: frozenset({_Class.VOWEL, _Class.TRAILING}),
    _Class.CLOSED: frozenset({_Class.TRAILING}),
    _Class.TRAILING: frozenset({_Class.TRAILING}),
}


def graphemes(text: str) -> list[str]:
    """The text cut into graphemes; together they are the text. CR LF is two, since both cost a unit of their own."""
    clusters: list[str] = []
    start = 0
    classes: list[_Class] = []
    for index, char in enumerate(text):
        kind = _class_of(char)
        if classes and not _joins(classes, kind, text[start:index], char):
            clusters.append(text[start:index])
            start, classes = index, []
        classes.append(kind)
    if classes:
        clusters.append(text[start:])
    return clusters


def _joins(classes: list[_Class], kind: _Class, cluster: str, char: str) -> bool:
    """Whether `char` goes on with the cluster before it."""
    last = classes[-1]
    if last is _Class.CONTROL or kind is _Class.CONTROL:
        return False
    if kind in _JOINS_ALWAYS or last is _Class.PREPEND:
        return True
    if kind in _HANGUL.get(last, ()):
        return True
    if kind is _Class.TONE:
        return _takes_tone(classes, cluster)
    if last is _Class.ZWJ:
        return _AFTER_ZWJ.fullmatch(char) is not None
    return kind is _Class.FLAG and last is _Class.FLAG and classes.count(_Class.FLAG) == 1


def _takes_tone(classes: list[_Class], cluster: str) -> bool:
    """A skin tone follows its emoji, at most one variation selector between. (The calculator looks no further back.)"""
    if _Class.EXTEND not in classes:
        return _E_BASE.fullmatch(cluster[-1]) is not None
    return classes[-1] is _Class.EXTEND and _E_BASE.fullmatch(cluster[-2:-1]) is not None


@functools.lru_cache(maxsize=4096)
def _class_of(char: str) -> _Class:
    if char == "\u200d":
        return _Class.ZWJ
    for pattern, kind in ((_EXTEND, _Class.EXTEND), (_SPACING, _Class.SPACING), (_PREPEND, _Class.PREPEND)):
        if pattern.fullmatch(char):
            return kind
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return _Class.FLAG
    if "\U0001f3fb" <= char <= "\U0001f3ff":
        return _Class.TONE
    match unicodedata.category(char):
        case "Mn" | "Me":
            return _Class.EXTEND
        case "Mc":
            return _Class.OTHER if _ALONE.fullmatch(char) else _Class.SPACING
        case "Cc" | "Cf" | "Cs" | "Zl" | "Zp":
            return _Class.CONTROL
        case _:
            return _hangul(char)


def _hangul(char: str) -> _Class:
    if "\uac00" <= char <= "\ud7a3":
        return _Class.CLOSED if (ord(char) - 0xAC00) % 28 else _Class.OPEN
    if "\u1100" <= char <= "\u115f" or "\ua960" <= char <= "\ua97c":
        return _Class.LEADING
    if "\u1160" <= char <= "\u11a7" or "\ud7b0" <= char <= "\ud7c6":
        return _Class.VOWEL
    if "\u11a8" <= char <= "\u11ff" or "\ud7cb" <= char <= "\ud7fb":
        return _Class.TRAILING
    return _Class.OTHER
