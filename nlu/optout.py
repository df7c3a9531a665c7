"""Decides whether a text withdraws consent, before anything else looks at it: no model, no clock, no I/O.

The accident that this alone prevents: a customer says «stop» while queue and model are down, and is texted again. It
must not be made weaker by anything a model finds; a model may only add (sms-rules R148). Layers: what the carrier says,
carrier words, whole texts, patterns, doubt. A false opt-out loses one contact, a missed one costs $500 and more (R145):
doubt is `held`, on which marketing pauses and a person looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from nlu import optout_english, optout_spanish
from nlu.normalise import Plain, normalise
from nlu.optout_guards import (
    OF_GOODS_TOO,
    innocent,
    leans,
    limits_only,
    negated,
    takes_back,
    wants_texts,
)
from nlu.optout_words import CARRIER, FEDERAL, OTHER_LANGUAGES, PHRASES, POLITE, SPANISH, TYPOS, Keyword

Outcome: TypeAlias = Literal["opted_out", "held", "none"]


@dataclass(frozen=True, slots=True)
class OptOut:
    """What the rules say of one text. `rule` names the rule that decided, for the receipt. `keyword` is set only when
    the whole body is a carrier word, so that the carrier has already acted on it (R51, R7)."""

    outcome: Outcome
    rule: str | None = None
    keyword: Keyword | None = None
    leans: bool = False
    """A held one whose words are a rule's, and are said of other things as easily: opted out where the model agrees."""


NONE = OptOut("none")
WISH = "asks for texts"
"""The rule that found an explicit wish to be texted, which takes an opt-out back («I said stop by mistake»): no model
opts out whoever said that."""
PERHAPS = "seems to ask for texts"
"""The rule that found the words of such a wish, and no opt-out that is taken back."""
MOST = 32
"""Matches of one rule that are looked at: what can be said in 160 characters."""
MOST_DOUBTS = 8
"""Doubts after which no more are looked at: the text is held by then."""
_STOP_SIGNS = frozenset("🛑🚫⛔🔕")
_HANDS = frozenset("✋🖐🤚🖕🤫🤐")


def decide(text: str, provider_type: str | None = None, plain: Plain | None = None) -> OptOut:
    """Whether the text withdraws consent. `provider_type` is Twilio's OptOutType, believed when given (R54); `plain`
    the text's plain form, when the caller has it already.

    Pure, never raises, well under a millisecond for a text of ordinary length.
    """
    if provider_type and (given := provider_type.strip().upper()) in ("STOP", "START", "HELP"):
        keyword: Keyword = given  # type: ignore[assignment]
        return OptOut("opted_out" if given == "STOP" else "none", "provider", keyword)
    carrier = CARRIER.get(text.strip().upper()) if len(text) < 40 else None
    if carrier:
        return OptOut("opted_out" if carrier == "STOP" else "none", "carrier word", carrier)
    return read(normalise(text) if plain is None else plain)


def read(plain: Plain) -> OptOut:
    """The rules after the carrier words, over a plain form."""
    if not plain.words:
        return _signs(plain)
    if plain.bare in FEDERAL:
        return OptOut("opted_out", "federal word")
    core = _without_politeness(plain.words)
    if found := _whole(core) or _whole(plain.bare):
        return OptOut("opted_out", found)
    if wants_texts(plain.text):
        return OptOut("none", WISH if takes_back(plain.text) else PERHAPS)
    # «TAKE. ME. OFF.»: a text cut up by punctuation is read without it
    text = plain.bare if len(plain.text.split()) >= 1.7 * len(plain.words) > 3 else plain.text
    held = leaning = None
    doubts = 0
    for name, pattern in _PATTERNS:
        for match in _either_end(pattern, text):
            if doubts >= MOST_DOUBTS and name in OF_GOODS_TOO:
                break
            if innocent(name, match, text) or negated(match.start(), text):
                continue
            if leaning is None and limits_only(plain):
                return NONE
            if not leans(name, match, text):
                return OptOut("opted_out", name)
            leaning = leaning or name
            doubts += 1
    if leaning:
        return OptOut("held", leaning, leans=True)
    for name, pattern in _HELD:
        found_held = pattern.search(text)
        if found_held and not innocent(name, found_held, text) and not negated(found_held.start(), text):
            held = None if limits_only(plain) else name
            break
    return OptOut("held", held) if held else NONE


def _either_end(pattern: re.Pattern[str], text: str) -> Iterable[re.Match[str]]:
    """The matches, of very many those at either end: no customer says the same thing so often, and time has a bound."""
    matches = list(pattern.finditer(text))
    return matches if len(matches) <= MOST else (*matches[: MOST // 2], *matches[-MOST // 2 :])


def _signs(plain: Plain) -> OptOut:
    signs = set(plain.text.replace(" ", ""))
    if signs & _STOP_SIGNS:
        return OptOut("opted_out", "stop sign")
    if signs & _HANDS and plain.reaction is None:
        return OptOut("held", "hand sign")
    return NONE


def _whole(line: str) -> str | None:
    if line in FEDERAL:
        return "federal word"
    if line in TYPOS:
        return "typo or other programme's word"
    if line in PHRASES:
        return "whole text"
    if line in SPANISH:
        return "whole text, Spanish"
    if line in _FOREIGN:
        return "whole text, another language"
    return None


def _without_politeness(words: tuple[str, ...]) -> str:
    first, last = 0, len(words)
    while first < last and words[first] in POLITE:
        first += 1
    while last > first and words[last - 1] in POLITE:
        last -= 1
    return " ".join(words[first:last])


_FOREIGN = frozenset(normalise(line).bare for line in OTHER_LANGUAGES)
_PATTERNS = tuple(
    (name, re.compile(pattern)) for name, pattern in optout_english.PATTERNS + optout_spanish.PATTERNS
)
_HELD = tuple(
    (name, re.compile(pattern))
    for name, pattern in optout_english.HELD_PATTERNS + optout_spanish.HELD_PATTERNS
)
