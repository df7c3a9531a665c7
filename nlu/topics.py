"""What a customer can want to hear of, in both languages, in one and in many. Pure.

Owns the goods that a bare «only coffee» can mean, and whether a line of words bears a topic. Knows no product.
"""

from __future__ import annotations

import functools
import re
import unicodedata

_PAIRS = """
coffee cafe, decaf descafeinado, tea te, wine vino, beer cerveza, chocolate, honey miel, spice especia, bread pan, cheese queso,
book libro, music musica, record disco, vinyl vinilo, candle vela, soap jabon, skincare, makeup maquillaje, shoe zapato,
clothes ropa, dress vestido, jewelry joya, flower flor, plant planta, toy juguete, supplement suplemento, vitamin vitamina
"""
_SAME = [frozenset(pair.split()) for pair in _PAIRS.split(",")]


@functools.lru_cache(256)
def forms(topic: str) -> frozenset[str]:
    """Every form in which a product's name can bear the topic: one and many, English and Spanish, without accents."""
    own = _numbers(topic)
    return own.union(*(_numbers(word) for pair in _SAME if pair & own for word in pair))


def bears(topic: str, words: str) -> bool:
    """Whether the line has the topic as a whole word: «te» is in «Té Verde», and not in «Terra»."""
    return not forms(topic).isdisjoint(_words(words))


def names_other_goods(topic: str, words: str) -> bool:
    """Whether the line names goods, and the topic is none of them: «Green Tea» for «coffee»."""
    return not bears(topic, words) and not GOODS.isdisjoint(_words(words))


def plain(words: str) -> str:
    """Small letters without accents, the words parted by one blank: what two ways of writing a name have in common."""
    return " ".join(_words(words))


def _words(words: str) -> list[str]:
    spread = unicodedata.normalize("NFKD", words.casefold())
    return re.findall(r"[^\W_]+", "".join(letter for letter in spread if not unicodedata.combining(letter)))


def _numbers(word: str) -> frozenset[str]:
    """Of a word, one and many. Also forms that nobody says; they match nothing."""
    one = {word, *(word.removesuffix(end) for end in ("s", "es") if len(word.removesuffix(end)) > 1)}
    return frozenset(form for each in one for form in (each, f"{each}s", f"{each}es"))


GOODS = frozenset().union(*(_numbers(word) for pair in _SAME for word in pair))
"""Things that a bare «only coffee» can mean. Any other word needs «texts about»: «only kidding» is no wish."""
