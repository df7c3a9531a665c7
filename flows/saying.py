"""Which words of a node a customer gets: the variant, the language, and the bot's introduction before them.

Owns the choice among wordings. When something is said is the engine's to decide; how it is filled, `flows.render`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from flows.definition import Courtesy, Text

_BOT_WORDS = ("bot", "automated", "automatic", "automático")
NAMED = "{{ shop.text_name }}: "
"""How a text names the shop that has nothing else before it."""


def variant_of(text: Text, flow: str, node: str, customer: str) -> int:
    """Which variant this customer gets: hash(customer, flow, node), so that it never changes."""
    if len(text.variants) == 1:
        return 0
    digest = hashlib.sha256(f"{customer}/{flow}/{node}".encode()).digest()
    return digest[0] % len(text.variants)


def in_language(words: Mapping[str, str], language: str) -> tuple[str, str]:
    """The language and the words in it; in English, or in whichever there is, where that is missing."""
    for wanted in (language, "en"):
        if wanted in words:
            return wanted, words[wanted]
    return next(iter(words.items()))


def introduced(template: str, courtesy: Courtesy, language: str) -> str:
    """The template, with the sentence before it that a bot writes, unless it says so itself (I15, R160).

    «Juniper: 15% off» becomes «Juniper's text bot: 15% off»: the shop's name once.
    """
    if any(word in template.lower() for word in _BOT_WORDS):
        return template
    return in_language(courtesy.disclosure, language)[1] + template.removeprefix(NAMED)
