"""Where a text may be cut between two parts: its graphemes, as Twilio's own calculator cuts them.

Owns the rules of UAX 29 in the form of Unicode 10 (GB3-GB13), because that is what the calculator follows and what a bill
is checked against (R133); where the calculator reads a rule its own way, so do we, and say so. Newer emoji joined by ZWJ
may therefore be cut inside: a phone shows them right all the same, since the parts are joined before they are read. Pure.
"""

from __future__ import annotations

import functools
import re
from enum import IntEnum

from flows import graphemes_table as table


class _Class(IntEnum):
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
_BEFORE_FLAGS = frozenset({_Class.FLAG, _Class.PREPEND})
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
        if classes and not _joins(classes, kind, text[max(start, index - 2) : index], char):
            clusters.append(text[start:index])
            start, classes = index, []
        classes.append(kind)
    if classes:
        clusters.append(text[start:])
    return clusters


def _joins(classes: list[_Class], kind: _Class, before: str, char: str) -> bool:
    """Whether `char` goes on with the cluster before it, whose last one or two characters are `before`."""
    last = classes[-1]
    if classes[0] in _BEFORE_FLAGS and _Class.FLAG in classes and _after_flag(classes):
        return False
    if last is _Class.CONTROL or kind is _Class.CONTROL:
        return False
    if kind in _JOINS_ALWAYS or last is _Class.PREPEND:
        return True
    if kind in _HANGUL.get(last, ()):
        return True
    if kind is _Class.TONE:
        return _takes_tone(classes, before)
    if last is _Class.ZWJ:
        return _glued().fullmatch(char) is not None
    return kind is _Class.FLAG and last is _Class.FLAG and _Class.FLAG not in classes[1:]


def _after_flag(classes: list[_Class]) -> bool:
    """Behind a pair of flag letters the calculator lets one mark join, and nothing after it."""
    if classes[-1] in _BEFORE_FLAGS:
        return False
    letters = len(classes) - classes[::-1].index(_Class.FLAG)
    return letters > 1 and all(each is _Class.FLAG for each in classes[1:letters])


def _takes_tone(classes: list[_Class], before: str) -> bool:
    """A skin tone follows its emoji, at most one variation selector between. (The calculator looks no further back.)"""
    if _Class.EXTEND not in classes:
        return _toned().fullmatch(before[-1]) is not None
    return classes[-1] is _Class.EXTEND and _toned().fullmatch(before[-2:-1]) is not None


@functools.lru_cache(maxsize=4096)
def _class_of(char: str) -> _Class:
    if char == "\u200d":
        return _Class.ZWJ
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return _Class.FLAG
    if "\U0001f3fb" <= char <= "\U0001f3ff":
        return _Class.TONE
    if "\uac00" <= char <= "\ud7a3":
        return _Class.CLOSED if (ord(char) - 0xAC00) % 28 else _Class.OPEN
    for kind, pattern in _patterns():
        if pattern.fullmatch(char):
            return kind
    return _Class.OTHER


@functools.cache
def _patterns() -> tuple[tuple[_Class, re.Pattern[str]], ...]:
    return (
        (_Class.CONTROL, table.any_of(table.CONTROL)),
        (_Class.EXTEND, table.any_of(table.EXTEND)),
        (_Class.SPACING, table.any_of(table.SPACING)),
        (_Class.PREPEND, table.any_of(table.PREPEND)),
        (_Class.LEADING, table.any_of(table.LEADING)),
        (_Class.VOWEL, table.any_of(table.VOWEL)),
        (_Class.TRAILING, table.any_of(table.TRAILING)),
    )


@functools.cache
def _toned() -> re.Pattern[str]:
    return table.any_of(table.TONED)


@functools.cache
def _glued() -> re.Pattern[str]:
    return table.any_of(table.GLUED)
