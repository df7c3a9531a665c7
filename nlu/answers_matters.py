"""What customers ask shops in general: the matters of `nlu/questions/common.yml`, as vectors, and how much each word says.

Owns the file that `python -m nlu.answers_train` makes, and stems of words. Knows no shop.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.classifier import Floats
from nlu.encoder import MODELS
from nlu.normalise import normalise
from nlu.tables import words

FILE = MODELS / "answers.npz"

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


@dataclass(frozen=True, slots=True, eq=False)
class Matters:
    """The common questions in the space where two ways to ask the same thing lie near each other.

    `mean` and `onto` lead there from a meaning of the encoder named `encoder`; `lines` are unit vectors, `starts` the row
    where each matter begins, `stems` the words of each. `says`: how much a stem says, by how rare it is; `unheard`: one that
    is not among them. `weights`, `bias` and `enough` are what `nlu.answers` judges by.
    """

    encoder: str
    names: tuple[str, ...]
    mean: Floats
    onto: Floats
    lines: Floats
    starts: tuple[int, ...]
    stems: tuple[frozenset[str], ...]
    says: Mapping[str, float]
    unheard: float
    weights: tuple[float, ...]
    bias: float
    enough: float

    def place(self, meaning: Floats) -> Floats:
        """Where a meaning lies, of length 1."""
        found = (meaning - self.mean) @ self.onto
        return np.asarray(found / (float(np.linalg.norm(found)) or 1.0), np.float32)

    def nearness(self, place: Floats) -> Floats:
        """How near each matter is: its nearest line."""
        nearest: Floats = np.asarray(np.maximum.reduceat(self.lines @ place, self.starts), np.float32)
        return nearest

    def weight(self, stem: str) -> float:
        """How much this stem says."""
        return self.says.get(stem, self.unheard)


@functools.cache
def load(path: Path = FILE) -> Matters | None:
    """What `python -m nlu.answers_train` made. None: it is not there, and words alone decide."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        told = json.loads(str(file["told"]))
        return Matters(
            encoder=told["encoder"],
            names=tuple(told["names"]),
            mean=file["mean"].astype(np.float32),
            onto=file["onto"].astype(np.float32),
            lines=file["lines"].astype(np.float32),
            starts=tuple(told["starts"]),
            stems=tuple(frozenset(each) for each in told["stems"]),
            says=told["says"],
            unheard=told["unheard"],
            weights=tuple(told["weights"]),
            bias=told["bias"],
            enough=told["enough"],
        )


def stems_of(text: str) -> frozenset[str]:
    """What words of a text say something, without their endings."""
    stems = set()
    for word in normalise(text).words:
        if word in _EMPTY:
            continue
        kin = _KIN.get(word)
        stems.add(kin or (_ENDING.sub("", word) if len(word) > 4 else word.removesuffix("s")))
    return frozenset(stem for stem in stems if stem)
