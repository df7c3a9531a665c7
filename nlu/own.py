"""What a shop taught the reader: its own intents and corrections, laid over the shipped model as a value, and applied.

Owns the value (OwnHead), its form as bytes, and how it changes a reading: a line of the shop that is met again word for
word, else the nearest of its intents where a text passes that one's threshold; otherwise the shipped shares stand as they
are. The share of stop is never lowered. How a head is fitted is `nlu.own_fit`'s.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from nlu.classifier import Floats, Scores
from nlu.interpretation import Language
from nlu.model import Model
from nlu.normalise import normalise
from nlu.training_data import INTENTS

FORM = 1
"""Of the bytes. Another one is not read."""
LIKELIEST = 0.97
LEAST = 0.62
"""Share of a text that just passes the threshold: above `nlu.sure` as shipped, for that is what passing means."""
ADDED_STOP = 0.60
"""Share of stop that a likeness to a taught stop gives: held, never opted out."""
SAME_STOP = 0.95
"""Share of stop of a text that is a taught stop, word for word."""
SURE = 0.90
AHEAD = 1.5
"""How far beyond the threshold a text must be for which the shipped model is SURE, in deviations of shipped lines."""


_WORDS = re.compile(r"\w+")


class Encoded(Protocol):
    """Whatever makes vectors of a text (`nlu.cascade`)."""

    def vectors(self, text: str) -> Floats:
        """One vector of the middle layer, the last and the meaning, each of length 1 and weighted."""
        ...


@dataclass(frozen=True)
class OwnHead:
    """The fitted weights of a shop. Immutable, so threads may share it.

    A row is a direction in the encoder's space with its threshold: one for an own intent, one for each corrected line.
    `encoder` names the encoder whose vectors it was fitted on; with another one it means nothing.
    """

    version: str
    encoder: str
    labels: tuple[str, ...]
    """Intent of each row."""
    languages: tuple[tuple[str, ...], ...]
    """Of each row: in which it was taught."""
    weights: Floats
    bias: Floats
    same: dict[str, str] = field(default_factory=dict)
    """Digest of a line's plain form -> its intent."""

    def to_bytes(self) -> bytes:
        """The head as it is stored: arrays without pickles."""
        about = {
            "form": FORM,
            "encoder": self.encoder,
            "labels": self.labels,
            "languages": self.languages,
            "same": self.same,
        }
        with io.BytesIO() as file:
            np.savez_compressed(
                file,
                about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
                weights=self.weights.astype(np.float16),
                bias=self.bias.astype(np.float32),
            )
            return file.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes, version: str) -> OwnHead:
        """The head that `to_bytes` wrote. Raises ValueError for anything else."""
        try:
            with np.load(io.BytesIO(stored), allow_pickle=False) as file:
                about: dict[str, Any] = json.loads(bytes(file["about"]))
                weights, bias = file["weights"].astype(np.float32), file["bias"].astype(np.float32)
            if about["form"] != FORM or not len(about["labels"]) == len(about["languages"]) == len(bias):
                raise ValueError("of another form")
            if weights.shape[0] != len(bias) or not (np.isfinite(weights).all() and np.isfinite(bias).all()):
                raise ValueError("its arrays do not fit")
            spoken = tuple(tuple(each) for each in about["languages"])
            return cls(
                version, about["encoder"], tuple(about["labels"]), spoken, weights, bias, about["same"]
            )
        except (KeyError, TypeError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"no head that can be read: {error}") from error

    def best(self, vector: Floats, language: Language | None) -> dict[str, float]:
        """Of each intent, how far beyond its threshold a text is, in deviations of shipped lines; only what was taught in
        this language."""
        found: dict[str, float] = {}
        if len(self.labels):
            ahead = self.weights @ vector + self.bias
            for label, spoken, each in zip(self.labels, self.languages, ahead, strict=True):
                if language is None or language in spoken:
                    found[label] = max(float(each), found.get(label, -math.inf))
        return found


class TaughtModel:
    """A model with a shop's head over it. Safe to share between threads; never raises for a text."""

    def __init__(self, inner: Model, encoded: Encoded, head: OwnHead) -> None:
        self._inner = inner
        self._encoded = encoded
        self._head = head
        self.name = f"{inner.name}+{head.version}"

    def scores(self, plain_text: str) -> Scores:
        """By the model beneath: clauses are asked for what the language knows."""
        return self._inner.scores(plain_text)

    def weigh(self, text: str, plain_text: str, language: Language | None) -> Scores:
        """The shares of the model beneath, unless the shop has taught otherwise."""
        shipped = self._inner.weigh(text, plain_text, language)
        if label := self._head.same.get(digest_of(plain_text)):
            return self._said(shipped, label, LIKELIEST, SAME_STOP, "a line that the shop taught")
        if not self._head.labels:
            return self._named(shipped)
        ahead = self._head.best(self._encoded.vectors(text), language)
        if not ahead:
            return self._named(shipped)
        label = max(ahead, key=lambda each: ahead[each])
        # where the shipped model is sure, and of the same mind, there is nothing to add
        needed = AHEAD if shipped.ranking[0][1] >= SURE else 0.0
        if ahead[label] < needed or shipped.ranking[0][0] == label:
            return self._named(shipped)
        share = LEAST + (LIKELIEST - LEAST) * (1 - math.exp(-ahead[label] / 3))
        return self._said(shipped, label, share, ADDED_STOP, "the shop's own lines are near")

    def _named(self, shipped: Scores) -> Scores:
        by = f"{shipped.by}+{self._head.version}" if shipped.by else None
        return Scores(shipped.ranking, shipped.strongest, by, shipped.notes, shipped.heard)

    def _said(self, shipped: Scores, label: str, share: float, stop_share: float, why: str) -> Scores:
        shares = with_share(dict(shipped.ranking), label, stop_share if label == "stop" else share)
        ranking = tuple(sorted(shares.items(), key=lambda each: -each[1]))
        first = shipped.ranking[0]
        notes = (*shipped.notes, f"{why}: {label} (without them {first[0]} {first[1]:.2f})")
        by = f"{shipped.by}+{self._head.version}" if shipped.by else None
        heard = max(shipped.stop, stop_share) if label == "stop" else shipped.stop
        return Scores(ranking, (), by, notes, heard)


def with_share(shares: dict[str, float], label: str, share: float) -> dict[str, float]:
    """These shares with `label` at `share` of what stop leaves; stop keeps what it has, or gets more."""
    stop = shares.get("stop", 0.0)
    if label == "stop":
        stop, share = max(stop, share), 0.0
        label = ""
    room = 1.0 - stop
    others = {name: each for name, each in shares.items() if name not in ("stop", label)}
    total = sum(others.values()) or 1.0
    left = room * (1.0 - share)
    found = {name: left * each / total for name, each in others.items()}
    if label:
        found[label] = room * share
    return {**found, "stop": stop}


def digest_of(plain_text: str) -> str:
    """What a line is known again by, whatever its punctuation: no text of a customer stands in a head."""
    words = " ".join(_WORDS.findall(plain_text)) or plain_text
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:20]


def digests(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Digests of (text, intent), the last one of a text counting."""
    plain = ((normalise(text).text, intent) for text, intent in lines)
    return {digest_of(text): intent for text, intent in plain if text}


def without_own(ranking: tuple[tuple[str, float], ...], sure: float) -> str:
    """The intent that a text has where an own one means nothing: the likeliest of the others, if it is likely among them."""
    others = [(name, share) for name, share in ranking if not is_own(name)]
    total = sum(share for _, share in others)
    return others[0][0] if others and others[0][1] >= sure * total else "other"


def is_own(intent: str) -> bool:
    """Whether this is no intent that comes with the reader."""
    return intent not in INTENTS and intent != "rhythm"
