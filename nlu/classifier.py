"""The shipped linear model at run time: TF-IDF over `nlu.features`, multinomial logistic regression, numpy only.

Owns the file format of the weights. Knows nothing of thresholds or rules (`nlu.reader` does). One model reads English and Spanish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.features import pieces

WEIGHTS = Path(__file__).parent / "models" / "linear.npz"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities of all intents, best first, and the pieces that spoke most for the best one.

    `by`: the model that gave them, where it is another than the one that was asked; `notes` say why, for people.
    """

    ranking: tuple[tuple[str, float], ...]
    strongest: tuple[str, ...]
    by: str | None = None
    notes: tuple[str, ...] = ()
    heard: float | None = None
    """Share of stop that consent goes by, where it is another than the ranking's (`nlu.cascade`)."""

    @property
    def stop(self) -> float:
        """The share of stop that consent goes by."""
        return dict(self.ranking).get("stop", 0.0) if self.heard is None else self.heard


@dataclass(frozen=True)
class LinearClassifier:
    """Loaded weights. Immutable, so threads may share it."""

    name: str
    intents: tuple[str, ...]
    vocabulary: Mapping[str, int]
    idf: Floats
    weights: Floats
    """One row a piece, one column an intent."""
    bias: Floats
    sharpness: float
    """Factor on the logits that makes the probabilities honest; fitted on lines of hands that were left out."""

    def vector(self, text: str) -> tuple[npt.NDArray[np.int64], Floats]:
        """Indices and weights of a plain text's known pieces; words and characters are each scaled to length 1."""
        return self._weighed(self._known(text))

    def _known(self, text: str) -> list[tuple[int, int, str]]:
        """Number, count and name of each piece that the weights know."""
        number = self.vocabulary.get
        return [
            (at, count, piece) for piece, count in pieces(text).items() if (at := number(piece)) is not None
        ]

    def _weighed(self, known: list[tuple[int, int, str]]) -> tuple[npt.NDArray[np.int64], Floats]:
        if not known:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        index = np.array([at for at, _, _ in known], np.int64)
        counts = np.array([count for _, count, _ in known], np.float32)
        values = ((1.0 + np.log(counts)) * self.idf[index]).astype(np.float32)
        is_word = np.array([piece[0] == "w" for _, _, piece in known], np.bool_)
        for part in (is_word, ~is_word):
            if length := float(np.sqrt(np.square(values[part]).sum())):
                values[part] /= length
        return index, values

    def scores(self, text: str) -> Scores:
        """What a plain text probably means."""
        known = self._known(text)
        index, values = self._weighed(known)
        rows = self.weights[index]
        logits = (values @ rows + self.bias) * self.sharpness
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        order = np.argsort(-shares, kind="stable")
        best = int(order[0])
        return Scores(
            tuple((self.intents[n], float(shares[n])) for n in order),
            _strongest(known, values * rows[:, best]) if known else (),
        )


def _strongest(known: list[tuple[int, int, str]], share: Floats) -> tuple[str, ...]:
    """Up to three words or pairs of words that spoke for the best intent."""
    spoke = sorted(
        (
            (part, piece)
            for part, (_, _, piece) in zip(share.tolist(), known, strict=True)
            if piece[0] == "w" and part > 0
        ),
        reverse=True,
    )
    return tuple(piece[2:].replace("^ ", "").replace(" $", "") for _, piece in spoke[:3])


def load(path: Path = WEIGHTS) -> LinearClassifier:
    """Read the weights. Raises FileNotFoundError when they have not been trained (`winback nlu train --shipped`)."""
    with np.load(path, allow_pickle=False) as file:
        vocabulary = bytes(file["vocabulary"]).decode().split("\n")
        return LinearClassifier(
            name=str(file["name"]),
            intents=tuple(str(file["intents"]).split()),
            vocabulary={piece: number for number, piece in enumerate(vocabulary)},
            idf=file["idf"].astype(np.float32),
            weights=file["weights"].astype(np.float32) * file["scale"],
            bias=file["bias"].astype(np.float32),
            sharpness=float(file["sharpness"]),
        )
