"""The embedded model: the linear one where it is sure, the encoder beside it for the rest.

Owns how the two are put together. They err on different lines (one knows spelling, the other meaning), so that their
shares multiplied read more right than either. Knows nothing of thresholds or opt-out rules (`nlu.reader` does).
"""

from __future__ import annotations

import functools
import hashlib
import math
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu import classifier, encoder
from nlu.classifier import Floats, LinearClassifier, Scores
from nlu.encoder import SentenceEncoder
from nlu.interpretation import Language
from nlu.training_data import INTENTS

HEAD = encoder.MODELS / "encoder.head.npz"
NAME = "cascade-1"

SURE = 0.90
"""Share from which the linear model's word is taken alone: it reads half of what is texted, and not a line worse."""
NO_STOP = 0.02
"""Share of stop up to which that holds: above it two judges are heard, for an opt-out is neither missed nor invented."""
WEIGHT = {"en": 0.65, "es": 0.35}
"""How much the encoder's word counts. Its English was learned from a billion sentences, its Spanish from our lines."""
SHARPNESS = 1.1
"""Factor on the joint logarithms that makes shares honest: lowest log loss on held-out lines."""

_STOP = INTENTS.index("stop")


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The network and what is read off its vectors: intents, and what a text is about.

    Training for intents lays all questions together, so that the second is a map of its own, from two layers back to the
    vectors of the base weights: shape (384, 769), the last column added.
    """

    network: SentenceEncoder
    weights: Floats
    bias: Floats
    meaning: Floats


class Cascade:
    """Both models. Safe to share between threads; the encoder is loaded when a text first needs it."""

    name = NAME

    def __init__(self, linear: LinearClassifier, network: Path = encoder.NETWORK, head: Path = HEAD) -> None:
        self._linear = linear
        self._network = network
        self._head = head
        self._loaded: _Loaded | None = None
        self._loading = threading.Lock()
        self._last = threading.local()

    def scores(self, plain_text: str) -> Scores:
        """What a plain text probably means, by the linear model alone: for clauses and first looks."""
        return self._linear.scores(plain_text)

    def weigh(self, text: str, plain_text: str, language: Language | None) -> Scores:
        """What a text probably means, as it was written and in its plain form."""
        first = self._linear.scores(plain_text)
        shares = dict(first.ranking)
        if first.ranking[0][1] >= SURE and shares["stop"] <= NO_STOP:
            return first
        weight = WEIGHT["es" if language == "es" else "en"]
        alone = np.array([shares[intent] for intent in INTENTS], np.float32)
        encoded = self.log_shares(text)
        together = weight * encoded + (1 - weight) * np.log(alone + 1e-9)
        joint = np.exp((together - together.max()) * SHARPNESS)
        joint /= joint.sum()
        order = np.argsort(-joint, kind="stable")
        heard = math.sqrt(math.exp(float(encoded[_STOP])) * shares["stop"])
        ranking = tuple((INTENTS[n], float(joint[n])) for n in order)
        return Scores(ranking, first.strongest, heard=heard)

    def log_shares(self, text: str) -> Floats:
        """Logarithms of the encoder's shares, shape (16,), in the order of INTENTS."""
        found = self._network_and_heads()
        logits = found.weights @ self._embedded(text)[1] + found.bias
        logits -= logits.max()
        shares: Floats = logits - np.log(np.exp(logits).sum())
        return shares

    def meaning(self, text: str) -> Floats:
        """What a text is about, shape (384,), of length 1: the scalar product of two is their likeness, up to 1."""
        found = self._network_and_heads()
        return _unit(found.meaning[:, :-1] @ np.concatenate(self._embedded(text)) + found.meaning[:, -1])

    def vectors(self, text: str) -> Floats:
        """What a shop's own lines are compared by, shape (1152,): meaning, middle layer and, for half as much, the last."""
        middle, last = self._embedded(text)
        return np.concatenate([self.meaning(text), _unit(middle), 0.5 * _unit(last)])

    @functools.cached_property
    def encoder(self) -> str:
        """Names the encoder in use by what was trained: the same for the same vectors."""
        return hashlib.sha256(self._head.read_bytes()).hexdigest()[:16]

    def _embedded(self, text: str) -> tuple[Floats, Floats]:
        """The vectors of a text, kept until this thread asks for another's: one reading asks several times."""
        if getattr(self._last, "text", None) != text:
            self._last.found = self._network_and_heads().network.embed(text)
            self._last.text = text
        found: tuple[Floats, Floats] = self._last.found
        return found

    def _network_and_heads(self) -> _Loaded:
        if self._loaded is None:
            with self._loading:
                if self._loaded is None:
                    with np.load(self._head, allow_pickle=False) as file:
                        heads = {
                            name: file[name].astype(np.float32) for name in ("weights", "bias", "meaning")
                        }
                    self._loaded = _Loaded(encoder.load(self._network), **heads)
        return self._loaded


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / (float(np.linalg.norm(vector)) or 1.0)
    return unit


def load() -> Cascade:
    """The shipped models. Raises FileNotFoundError when the linear one has not been trained (`winback nlu train --shipped`)."""
    return Cascade(classifier.load())
