"""Typed values out of a customer's text: what `ask` takes for an answer. English and Spanish. Pure.

Owns the numbers, the choices and the free text; dates are `asking_dates`. A value that is not clear is none: it is better
to ask again than to note something that nobody said. What is done with a value, or without one, is the engine's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.asking_dates import read_date
from flows.definition import Ask
from flows.values import Scalar

LONGEST_TEXT = 300
"""Characters that are kept of a free text: more than two parts is a letter, which people read in the conversation."""

BIRTHDAY = "birthday"
"""A date that is asked under this name is kept as MM-DD, without a year, as `customer.birthday` is."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value in a text. `whole`: there is nothing else in the text, so that it can't have been meant otherwise."""

    value: Scalar
    whole: bool


def read_value(ask: Ask, text: str, now: datetime, zone: str, *, day_first: bool = False) -> Found | None:
    """What the text answers to `ask`; None when it does not, or not clearly.

    `day_first`: 3/4 is the third of April. A number is whole or has a fraction, a date is ISO (MM-DD for a birthday), a
    choice is the value that the flow gives it.
    """
    match ask.kind:
        case "number":
            return _number_within(ask, text)
        case "date":
            found = read_date(plain(text), now, zone, day_first=day_first, without_year=ask.name == BIRTHDAY)
            return Found(*found) if found else None
        case "choice":
            return read_choice(text, ask.choices)
        case "text":
            kept = "".join(char for char in text if char.isprintable() or char.isspace())
            kept = " ".join(kept.split())[:LONGEST_TEXT].rstrip()
            return Found(kept, whole=False) if kept else None


def plain(text: str) -> str:
    """Small letters, no accents, plain quotes, one blank between words. Punctuation stays."""
    spread = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    return " ".join(
        "".join(char for char in spread if not unicodedata.category(char).startswith("M")).split()
    )


# --- numbers ------------------------------------------------------------------------------------------------------

_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_SPANISH = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve veinte"
).split()
_TENS = {
    **dict.fromkeys(("twenty", "veinte"), 20),
    **dict.fromkeys(("thirty", "treinta"), 30),
    **dict.fromkeys(("forty", "cuarenta"), 40),
    **dict.fromkeys(("fifty", "cincuenta"), 50),
    **dict.fromkeys(("sixty", "sesenta"), 60),
    **dict.fromkeys(("seventy", "setenta"), 70),
    **dict.fromkeys(("eighty", "ochenta"), 80),
    **dict.fromkeys(("ninety", "noventa"), 90),
}
_WORDS: dict[str, int] = {
    **{word: number for words in (_ENGLISH, _SPANISH) for number, word in enumerate(words)},
    **_TENS,
    "un": 1,
    "una": 1,
    "couple": 2,
    "par": 2,
    "dozen": 12,
    "docena": 12,
    "half dozen": 6,
    "half a dozen": 6,
    "media docena": 6,
    "hundred": 100,
    "cien": 100,
    "none": 0,
    "ninguno": 0,
    "ninguna": 0,
}
_COMPOUND = rf"(?:{'|'.join(_TENS)})(?:[ -]| y )(?:{'|'.join(_ENGLISH[1:10] + _SPANISH[1:10])})"
_NUMBER = re.compile(
    r"(?P<digits>(?<![\w.,:/-])(?P<sign>-)?[$#x]?\s?(?P<n>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?|[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]{1,2})?"
    r"|[0-9]{1,12}(?:[.,][0-9]{1,2})?)(?![0-9/:]|[.,-][0-9]|(?:st|nd|rd|th)\b))"
    rf"|\b(?P<compound>{_COMPOUND})\b|\b(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b"
)
_NO_COUNT = re.compile(
    r"\b(?:no|this|that|which|the|any|every|some|each|another) (?:[a-z]+ )?one\b|\bones\b|\bun poco\b"
)
_A_FEW = re.compile(r"\b(?:a|an|un|una) (?=couple|dozen|half|par\b|docena|hundred)|\b(?:un|una) (?=media)")
_MORE_DIGITS = re.compile(r"[0-9]")


def _number_within(ask: Ask, text: str) -> Found | None:
    found = read_number(text)
    if found is None or not isinstance(found.value, (int, float)):
        return None
    below = ask.low is not None and found.value < ask.low
    above = ask.high is not None and found.value > ask.high
    return None if below or above else found


def read_number(text: str) -> Found | None:
    """The one number of the text: «2 bags», «$15», «1,000», «twenty-five», «una docena». None for none, or for two."""
    words = _A_FEW.sub("", _NO_COUNT.sub(" ", plain(text)))
    matches = list(_NUMBER.finditer(words))
    values = {_value_of(match) for match in matches}
    rest = _NUMBER.sub(" ", words)
    if len(values) != 1 or _MORE_DIGITS.search(rest):
        return None
    value = values.pop()
    whole = "?" not in text and len(re.findall(r"[^\W_]+", rest)) <= 1
    return Found(int(value) if value == int(value) else value, whole)


def _value_of(match: re.Match[str]) -> float:
    if compound := match["compound"]:
        tens, _, one = re.sub(r" y |-", " ", compound).partition(" ")
        return _TENS[tens] + _WORDS[one]
    if word := match["word"]:
        return _WORDS[word]
    digits = match["n"]
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?", digits):  # as Europe writes a thousand
        digits = digits.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[0-9]+,[0-9]{1,2}", digits):
        digits = digits.replace(",", ".")
    number = float(digits.replace(",", ""))
    return -number if match["sign"] else number


# --- choices ------------------------------------------------------------------------------------------------------

_ORDINALS = {
    **dict.fromkeys(("first", "1st", "primero", "primera", "primer"), 1),
    **dict.fromkeys(("second", "2nd", "segundo", "segunda"), 2),
    **dict.fromkeys(("third", "3rd", "tercero", "tercera", "tercer"), 3),
    **dict.fromkeys(("fourth", "4th", "cuarto", "cuarta"), 4),
    **dict.fromkeys(("fifth", "5th", "quinto", "quinta"), 5),
    **dict.fromkeys(("sixth", "6th", "sexto", "sexta"), 6),
}
_FILLER = frozenset(
    "the a an one ones please pls thanks thank you i id ill want would like prefer take choose pick go with for me my its it is "
    "option number no. nr yes yeah ok okay um uh hmm definitely probably maybe think guess "
    "el la los las un una opcion numero por favor porfa gracias yo quiero prefiero quisiera me gusta la(s) si creo que seria elijo".split()
)
_TURNED = frozenset("not no dont never except but neither nor ni sin nunca tampoco excepto pero".split())
_NO_PREFIX = frozenset({"y", "n", "k", "ok", "no", "si", "ye"})
"""Short answers that are words of their own before they are the beginning of a choice."""


def read_choice(text: str, choices: Mapping[str, tuple[str, ...]]) -> Found | None:
    """The value that the text chooses: by its words, their beginning, a small typo, or the number of the option."""
    said = re.findall(r"[^\W_]+", plain(text).replace("'", ""))
    if not said:
        return None
    options = {value: _ways_to_say(value, words) for value, words in choices.items()}
    asks = "?" in text
    for words in (tuple(said), tuple(word for word in said if word not in _FILLER)):
        glued = "".join(words)  # «12oz» for «12 oz»
        exact = {value for value, ways in options.items() if glued and glued in map("".join, ways)}
        if len(exact) == 1:
            return Found(exact.pop(), whole=not asks)
    core = [word for word in said if word not in _FILLER] or said
    if number := _place(core, len(options)):
        return Found(list(options)[number - 1], whole=not asks)
    if _TURNED.intersection(said):
        return None
    if begun := _begun(core, options):
        return Found(begun, whole=not asks)
    named = _named(said, options)
    if len(named) == 1:
        return Found(named.pop(), whole=False)
    if named:
        return None
    close = _nearly(core, options)
    return Found(close, whole=False) if close else None


def _ways_to_say(value: str, words: tuple[str, ...]) -> set[tuple[str, ...]]:
    ways = {tuple(re.findall(r"[^\W_]+", plain(each).replace("'", ""))) for each in (*words, value)}
    ways.add(tuple(plain(value).replace("_", " ").split()))
    return {way for way in ways if way}


def _place(words: list[str], count: int) -> int | None:
    """Which option is meant by its number: «2», «the second», «segunda»."""
    if len(words) != 1:
        return None
    word = words[0]
    number = int(word) if word.isdecimal() and len(word) < 3 else _ORDINALS.get(word) or _WORDS.get(word)
    return number if number and 1 <= number <= count else None


def _begun(words: list[str], options: Mapping[str, set[tuple[str, ...]]]) -> str | None:
    """The one option that begins with all that was said: «med», «l»."""
    said = " ".join(words)
    if said in _NO_PREFIX:
        return None
    found = {value for value, ways in options.items() if any(" ".join(way).startswith(said) for way in ways)}
    return found.pop() if len(found) == 1 else None


def _named(words: list[str], options: Mapping[str, set[tuple[str, ...]]]) -> set[str]:
    """Options whose words stand in the text, those left out that are only part of a longer one («dark» in «extra dark»)."""
    spans = [
        (start, start + len(way), value)
        for value, ways in options.items()
        for way in ways
        for start in range(len(words) - len(way) + 1)
        if tuple(words[start : start + len(way)]) == way
    ]
    return {
        value
        for first, last, value in spans
        if not any(a <= first and last <= b and b - a > last - first for a, b, _ in spans)
    }


def _nearly(words: list[str], options: Mapping[str, set[tuple[str, ...]]]) -> str | None:
    """The one option that the words miss by a letter, or by two in a long word."""
    found: dict[str, int] = {}
    for value, ways in options.items():
        for way in ways:
            size = len(way)
            for start in range(len(words) - size + 1):
                wanted, said = " ".join(way), " ".join(words[start : start + size])
                allowed = 0 if len(wanted) < 4 else 1 if len(wanted) < 8 else 2
                miss = distance(wanted, said, allowed)
                if miss <= allowed:
                    found[value] = min(miss, found.get(value, miss))
    best = min(found.values(), default=0)
    nearest = [value for value, miss in found.items() if miss == best]
    return nearest[0] if len(nearest) == 1 else None


def distance(first: str, second: str, most: int) -> int:
    """How many letters have to be changed, added, dropped or swapped with their neighbour; `most` + 1 for any more."""
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for index, letter in enumerate(first, 1):
        earlier, before, row = before, row, [index]
        for other, each in enumerate(second, 1):
            cost = min(before[other] + 1, row[other - 1] + 1, before[other - 1] + (letter != each))
            if index > 1 and other > 1 and letter == second[other - 2] and first[index - 2] == each:
                cost = min(cost, earlier[other - 2] + 1)
            row.append(cost)
    return min(row[-1], most + 1)


# --- asking again -------------------------------------------------------------------------------------------------


def bounds_in_words(ask: Ask) -> Iterator[tuple[str, Scalar]]:
    """What a text that asks again may say of the answer: `low` and `high` of a number, each where it is set."""
    for name, bound in (("low", ask.low), ("high", ask.high)):
        if bound is not None:
            yield name, int(bound) if bound == int(bound) else bound


def options_in_words(ask: Ask, language: str) -> str | None:
    """«small, medium or large»: the first word of each choice, in Spanish the last. None for what is no choice."""
    if not ask.choices:
        return None
    names = [
        (words[-1] if language == "es" else words[0]) if words else value.replace("_", " ")
        for value, words in ask.choices.items()
    ]
    last = " o " if language == "es" else " or "
    return last.join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
