"""Finds the shop's fact that answers a question. Owns the likeness of words; never makes up an answer, and says None when not sure."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Mapping

from nlu.normalise import normalise
from nlu.tables import words

ENOUGH = 0.5
"""Share of the question's weight that a fact's wording must cover."""
CLEARLY = 1.25
"""How much better than the second fact the best one must be."""

_EMPTY = words(
    """
    a an the is are am be do does did i you u your ur my me we our it its this that these of for to
    in on at and or if can could would will how what when where who which much many long any some
    have has had get with from there here please pls hi hey hello thanks thank so just about not no
    yes ok el la los las un una de del al a en y o que es son esta estan hay por para con me mi mis
    se su sus le les lo tu te ustedes usted como cuando donde cual cuanto cuanta cuantos tienen
    tiene hola gracias favor si no ya
    """
)
_KIN = {
    **dict.fromkeys(("deliver", "delivery", "delivers", "delivered", "shipping", "shipped", "ships", "envio", "envios", "envian", "entrega", "entregan"), "ship"),
    **dict.fromkeys(("price", "prices", "cost", "costs", "expensive", "precio", "precios", "cuesta", "cuestan", "vale", "valen"), "price"),
    **dict.fromkeys(("returns", "return", "returned", "exchange", "devolver", "devolucion", "devoluciones", "cambio"), "return"),
    **dict.fromkeys(("hours", "open", "close", "closed", "opening", "closing", "horario", "abren", "cierran", "abierto", "abiertos", "hora"), "hours"),
    **dict.fromkeys(("located", "location", "address", "store", "direccion", "ubicacion", "ubicados", "tienda"), "place"),
    **dict.fromkeys(("stock", "available", "availability", "disponible", "disponibles"), "stock"),
    **dict.fromkeys(("pay", "payment", "paypal", "pagar", "pago", "pagos"), "pay"),
}  # fmt: skip
_ENDING = re.compile(r"(?:ings?|edly|ed|es|s|ly|er|ers|mente|ciones|cion|ando|iendo|ar|er|ir|as|os|an|en)$")


def best_fact(question: str, facts: Mapping[str, str]) -> tuple[str, float] | None:
    """Key of the fact that clearly matches, with its likeness (0 to 1); None when none does, or two do.

    `facts` maps a key to its wordings, one a line: alternative questions and the answer.
    """
    asked = _stems(question)
    if not asked or not facts:
        return None
    wordings = {
        key: [_stems_of_shop(line) for line in text.splitlines() if line.strip()]
        for key, text in facts.items()
    }
    known = Counter(stem for lines in wordings.values() for stem in set[str]().union(*lines))
    weight = {stem: 1.0 + math.log((1 + len(facts)) / (1 + known[stem])) for stem in asked}
    total = sum(weight.values())
    scores = []
    for key, lines in wordings.items():
        everything = set[str]().union(*lines)
        closest = max((_likeness(asked, line, weight) for line in lines), default=0.0)
        covered = sum(weight[stem] for stem in asked & everything) / total
        scores.append((0.6 * closest + 0.4 * covered, covered, key))
    scores.sort(key=lambda score: (-score[0], score[2]))
    best = scores[0]
    second = scores[1][0] if len(scores) > 1 else 0.0
    if best[1] < ENOUGH or best[0] < CLEARLY * second or best[0] < 0.35:
        return None
    return best[2], round(min(best[0], 1.0), 3)


def _likeness(asked: set[str], line: frozenset[str], weight: Mapping[str, float]) -> float:
    """Weighted overlap of two sets of stems, relative to both (a long answer isn't like every question)."""
    if not line:
        return 0.0
    shared = sum(weight[stem] for stem in asked & line)
    return 2 * shared / (sum(weight.values()) + sum(weight.get(stem, 1.0) for stem in line))


@functools.lru_cache(maxsize=2048)
def _stems_of_shop(line: str) -> frozenset[str]:
    """A shop says the same lines all day; what customers say is never kept."""
    return frozenset(_stems(line))


def _stems(text: str) -> set[str]:
    stems = set()
    for word in normalise(text).words:
        if word in _EMPTY:
            continue
        kin = _KIN.get(word)
        stems.add(kin or (_ENDING.sub("", word) if len(word) > 4 else word.removesuffix("s")))
    return {stem for stem in stems if stem}
