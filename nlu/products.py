"""Which products of an order a text names: «just the dark one», «todo menos los filtros». Pure.

Owns the telling apart: only words that some of the products bear, and others don't, say anything. Nothing is guessed:
where the words fit none, or all, no product is named.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.normalise import Plain
from nlu.topics import forms
from nlu.topics import plain as plain_name


@dataclass(frozen=True, slots=True)
class Product:
    """A product, as the platform knows it (`key`), and everything that it is called."""

    key: str
    names: tuple[str, ...]


MOST = 30
"""Products of an order, and words of a name, that are looked at."""
_SAME = [
    frozenset(group.split())
    for group in (
        "big large grande xl", "small little pequeno pequena chico chica chiquito chiquita mini", "medium mediano mediana",
        "dark oscuro oscura negro negra", "light claro clara ligero ligera suave", "decaf descafeinado decaffeinated desc",
        "filter filtro", "bean grano", "ground molido molida", "red rojo roja tinto", "white blanco blanca", "green verde", "blue azul", "black negro negra",
        "pink rosa", "chicken pollo", "salmon", "beef res ternera", "fish pescado", "lamb cordero", "mug taza", "cup vaso", "shampoo champu", "conditioner acondicionador",
        "cream crema", "oil aceite", "mint menta", "vanilla vainilla", "lemon limon", "strawberry fresa", "hot picante", "mild suave", "sauce salsa", "treat premio snack",
        "dog perro", "cat gato", "litter arena", "food comida alimento", "morning manana", "house casa", "gift regalo", "card tarjeta", "razor rasuradora", "blade navaja cuchilla",
    )
]  # fmt: skip
_SAYS_NOTHING = frozenset(
    """a an the of and or with for in no not to by size pack packs packet bag bags box boxes bottle bottles can cans jar jars tin tins set sets unit units piece pieces
    order oz lb lbs g gr kg ml l ct count el la los las un una de del y o con para sin bolsa bolsas caja cajas paquete paquetes botella botellas lata latas
    one ones uno unos same my your new""".split()
)
_UNITS = frozenset("oz lb lbs g gr kg ml l ct count inch in cm".split())
_NOT = frozenset("not no without minus except excluding skip drop sin menos excepto salvo tampoco".split())
_YES_AGAIN = frozenset("just only but solo solamente want quiero pero".split())
_ALL_BUT = frozenset("everything all todo todos todas anything".split())
_PARTING = frozenset(", . ; ! ? & + / and y e plus or o also tambien".split())
_BEFORE = frozenset(
    """the el la los las lo just only solo solamente mas of de del more some with con a an one un una that this those my mi your me need want get send order take have quiero
    dame mandame necesito ponme deme big small not no without minus except sin menos excepto salvo but pero x yes si please both""".split()
)
_AFTER = frozenset(
    "one ones only please pls porfa por instead this esta again thanks gracias nomas nada uno".split()
)
_JOINED = re.compile(r"(?<=\d)(?=[a-z])")


def named(plain: Plain, products: Sequence[Product]) -> tuple[str, ...]:
    """The keys of the products that the text names, in their order; empty where it names none, all, or cannot be told."""
    if len(products) < 2:
        return ()
    bearers = _bearers(products[:MOST])
    wanted: set[str] = set()
    unwanted: set[str] = set()
    group: set[str] | None = None
    refused = False
    spoke = False
    words = _JOINED.sub(" ", plain.text).split()[:200]
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        if word in _PARTING or word in _YES_AGAIN or word in _NOT:
            wanted |= group or set()
            group = None
            if word in _NOT or (word == "but" and before in _ALL_BUT):
                refused = True
            elif word in _YES_AGAIN or not word.isalnum():
                refused = False
            continue
        fits = _fits(word, words, at, bearers)
        if fits is None:
            continue
        if refused:
            unwanted |= fits
        elif group is None:
            group, spoke = set(fits), True
        else:
            group &= fits
            if not group:
                return ()  # «dark decaf»: no product is both
    wanted |= group or set()
    left = (wanted if spoke else {each.key for each in products} if unwanted else set()) - unwanted
    if not left or len(left) == len(products):
        return ()
    return tuple(each.key for each in products if each.key in left)


def names_nothing_else(plain: Plain, products: Sequence[Product]) -> bool:
    """Whether the text picks from the products, and says nothing besides: «solo el descafeinado», «todo menos los filtros».

    A bare refusal («no filters») picks nothing: it may be a no.
    """
    words = _JOINED.sub(" ", plain.text).split()
    if not named(plain, products) or len(words) > 20:
        return False
    known = _bearers(products[:MOST]).keys() | _BEFORE | _AFTER | _PARTING | _NOT | _ALL_BUT | _SAYS_NOTHING
    picks = any(word in _ALL_BUT or word in _YES_AGAIN for word in words) and "?" not in words
    return picks and all(word in known or word.isdecimal() for word in words)


def _bearers(products: Sequence[Product]) -> dict[str, frozenset[str]]:
    """Each word that tells some of the products from the others, in every form, with the keys of those that bear it."""
    found: dict[str, set[str]] = {}
    for product in products:
        for name in product.names:
            for word in _JOINED.sub(" ", plain_name(name)).split()[:MOST]:
                for form in _forms(word):
                    found.setdefault(form, set()).add(product.key)
    return {
        word: frozenset(keys)
        for word, keys in found.items()
        if len(keys) < len(products) and word not in _SAYS_NOTHING
    }


@functools.lru_cache(2048)
def _forms(word: str) -> frozenset[str]:
    if word.isdecimal() or word in _SAYS_NOTHING:
        return frozenset((word,))
    own = forms(word)
    return own.union(*(forms(other) for group in _SAME if own & group for other in group))


def _fits(word: str, words: list[str], at: int, bearers: dict[str, frozenset[str]]) -> frozenset[str] | None:
    """The products that a word speaks of, where it stands as a name does: «the dark one», not «it's dark outside»."""
    fits = bearers.get(word)
    if fits is None:
        return None
    before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
    if word.isdecimal():  # a size, and not how many
        return fits if after in _UNITS else None
    known = before in bearers or after in bearers or before in _SAYS_NOTHING
    stands = (
        not before or not before.isalnum() or before in _BEFORE or before in _PARTING or before.isdecimal()
    )
    return fits if known or stands or after in _AFTER else None
