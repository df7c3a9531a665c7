"""What the scripted people write, and what they mean by it: wordings, slips of the thumb, texts in pieces.

Owns words.yml and the drawing from it. Reads nothing: what the shop makes of the words is `hearing`'s.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any

from ruamel.yaml import YAML

_NEAR = {"a": "s", "e": "r", "i": "o", "o": "p", "s": "a", "t": "r", "n": "m", "l": "k", "d": "f", "c": "v"}
"""The neighbour that a thumb hits instead."""
_LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What somebody means by a text, whatever its words. `group`: of words.yml."""

    group: str
    intent: str
    mood: str = "neutral"
    asks: str | None = None
    fact: str | None = None
    """The shop's fact that would answer it."""

    @property
    def understood(self) -> bool:
        """Whether there is a meaning in it at all."""
        return self.intent != "other"


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a customer. `kind`: text, picture (without words) or reaction (a thumb on one of our texts)."""

    words: str
    meaning: Meaning
    language: str
    kind: str = "text"


@functools.cache
def groups() -> Mapping[str, Mapping[str, Any]]:
    """The groups of words.yml, with the two that have no words."""
    data = _data()
    found = {name: group for name, group in data.items() if "intent" in group}
    return found | {
        "picture": {"intent": "picture", "en": [""], "es": [""]},
        "reaction": {"intent": "reaction", "en": [""], "es": [""]},
    }


@functools.cache
def meaning_of(group: str) -> Meaning:
    """What that group means. Raises KeyError for one that is not in words.yml."""
    found = groups()[group]
    return Meaning(
        group,
        str(found["intent"]),
        str(found.get("mood", "neutral")),
        found.get("asks"),
        found.get("fact"),
    )


def say(group: str, language: str, chance: Random, *, typos: float, shouts: float) -> Said:
    """One wording of the group, perhaps with a slip in it."""
    found = groups()[group]
    words = str(chance.choice(found.get(language) or found["en"]))
    kind = group if group in ("picture", "reaction") else "text"
    if kind == "text":
        words = _typed(words, chance, typos, shouts)
    return Said(words, meaning_of(group), language, kind)


def pieces(first: Said, chance: Random) -> list[Said]:
    """The same, in two or three texts: what follows is part of what was meant."""
    more = _data()["fragments"][first.language]
    return [first, *(_like(first, str(each)) for each in chance.sample(more, chance.choice((1, 2))))]


def afterthought(first: Said, chance: Random) -> Said:
    """What somebody adds who does not wait for the answer."""
    return _like(first, str(chance.choice(_data()["afterthoughts"][first.language])))


def in_words(first: str, language: str, meaning: Meaning) -> Said:
    """A value that was asked for, as somebody writes it."""
    return Said(first, meaning, language)


def _like(first: Said, words: str) -> Said:
    return Said(words, first.meaning, first.language)


def _typed(words: str, chance: Random, typos: float, shouts: float) -> str:
    if chance.random() < shouts:
        words = words.upper()
    if chance.random() >= typos or len(words) < 6:
        return words
    at = chance.randrange(1, len(words) - 1)
    match chance.randrange(3):
        case 0:  # two letters change places
            return words[:at] + words[at + 1] + words[at] + words[at + 2 :]
        case 1:  # one is missing
            return words[:at] + words[at + 1 :]
        case _:  # its neighbour was hit
            return words[:at] + _NEAR.get(words[at].lower(), words[at]) + words[at + 1 :]


@functools.cache
def _data() -> Mapping[str, Any]:
    text = files("bot.simulate").joinpath("words.yml").read_text("utf-8")
    data: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return data
