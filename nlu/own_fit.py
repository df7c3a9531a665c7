"""Fits a shop's head from its lines: in closed form, in seconds, and never at the cost of what the shipped model reads.

Owns the fitting, what the shop is told of it, and the anchors: a sample of the shipped lines, whose vectors are the
background (their mean and shared covariance) and the guard (a threshold lies above what they reach). One direction for an
own intent, towards its lines' mean as linear discriminant analysis has it; one for each corrected line, for what was
misread has nothing in common but that. Needs numpy and the encoder, nothing that trains.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.cascade import Cascade
from nlu.classifier import Floats
from nlu.own import OwnHead, digests, is_own
from nlu.training_data import INTENTS, Example, load

ENOUGH = 5
"""Lines a language from which an own intent is used in it."""
ADVISED = 8
ANCHORS = {"en": 100, "es": 50}
"""Shipped lines of each intent: 2,400, whose vectors are made once in ten seconds and then kept."""
SOFTNESS = 0.4
"""Of the covariance: a share of its mean variance that is added to all. 0.1 to 1 were tried on six intents of other trades."""
GUARDED = 2
"""Anchors of other meaning that may pass the threshold of one own intent."""
HALFWAY = 0.5
"""An own intent's threshold lies at least so far towards the score of its own lines, each left out in turn."""
NEAR = 0.6
"""The same for a corrected line, of its own score: only what is near it moves."""
MOST_MOVED = 0.005
"""Share of the anchors that all that was taught together may move away from what they mean."""
MOST_LINES = 300
"""Lines of one intent that are fitted; of more, as many from all over."""
MOST_CORRECTIONS = 200
"""Corrected lines that reach beyond themselves, the newest; all of them are known again word for word."""
MIXED_UP = 0.3


@dataclass(frozen=True, slots=True)
class Told:
    """What the shop should know of one intent. `code`: too-few, few, alike, weak. `other`: what it is taken for."""

    code: str
    intent: str
    language: str | None
    words: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A head, and how it fares on its own lines, each left out in turn: intent -> (recognised, lines)."""

    head: OwnHead
    own: dict[str, tuple[int, int]]
    told: tuple[Told, ...]
    moved: int
    """Anchors of other meaning that are read otherwise now, of `anchors`."""
    anchors: int


@dataclass(frozen=True)
class Anchors:
    """A sample of the shipped lines: vectors, shape (n, 1152), and what each means."""

    vectors: Floats
    intents: tuple[str, ...]

    @functools.cached_property
    def mean(self) -> Floats:
        """The middle of them."""
        found: Floats = np.asarray(self.vectors.mean(axis=0), np.float32)
        return found

    @functools.cached_property
    def covariance(self) -> Floats:
        """How they spread."""
        centred = self.vectors - self.mean
        found: Floats = np.asarray(centred.T @ centred / len(centred), np.float32)
        return found

    @functools.cached_property
    def inverse(self) -> Floats:
        """Inverse of the softened covariance."""
        size = len(self.mean)
        soft = SOFTNESS * float(np.trace(self.covariance)) / size * np.eye(size, dtype=np.float32)
        found: Floats = np.asarray(np.linalg.inv(self.covariance + soft), np.float32)
        return found

    def direction(self, towards: Floats) -> Floats:
        """The direction that tells these lines (centred, shape (n, 1152)) from the anchors, scaled to their deviation."""
        found = self.inverse @ towards.mean(axis=0)
        scaled: Floats = np.asarray(
            found / (float(np.sqrt(found @ self.covariance @ found)) or 1.0), np.float32
        )
        return scaled


def anchors(model: Cascade, kept: Path | None = None) -> Anchors:
    """The anchors of this encoder: from the folder `kept` when they lie there, else made now and laid there."""
    chosen = _sample(load())
    path = kept / f"anchors-{model.encoder}.npz" if kept else None
    if path and path.is_file():
        try:
            with np.load(path, allow_pickle=False) as file:
                vectors = file["vectors"].astype(np.float32)
            if len(vectors) == len(chosen):
                return Anchors(vectors, tuple(each.intent for each in chosen))
        except (OSError, ValueError, KeyError, EOFError):
            pass  # half a file of somebody who was killed: made anew
    vectors = np.array([model.vectors(each.text) for each in chosen], np.float32)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{id(vectors)}.npz")
        np.savez_compressed(new, vectors=vectors.astype(np.float16))
        new.replace(path)
    return Anchors(vectors, tuple(each.intent for each in chosen))


def _sample(shipped: Sequence[Example]) -> list[Example]:
    by: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in shipped:
        by[example.language, example.intent].append(example)
    return [each for key in sorted(by) for each in _evenly(by[key], ANCHORS.get(key[0], 50))]


def _evenly(lines: Sequence[Example], most: int) -> list[Example]:
    if len(lines) <= most:
        return list(lines)
    return [lines[number * len(lines) // most] for number in range(most)]


def fit(lines: Sequence[Example], model: Cascade, background: Anchors, version: str = "own") -> Fitted:
    """The head of these lines, oldest first. Any lines have one, absurd ones a head that changes little."""
    told: list[Told] = []
    rows: list[tuple[str, tuple[str, ...], Floats, float]] = []
    used: dict[str, list[Floats]] = {}
    for intent, taught in sorted(_own_intents(lines, told).items()):
        vectors = _centred(_evenly(taught, MOST_LINES), model, background)
        direction, threshold = _own_row(intent, vectors, background)
        spoken = tuple(sorted({line.language for line in taught}))
        rows.append((intent, spoken, direction, threshold))
        used[intent] = list(vectors)
    corrections = [line for line in lines if not is_own(line.intent)]
    for line in corrections[-MOST_CORRECTIONS:]:
        vector = _centred([line], model, background)
        direction = background.direction(vector)
        reached = _reached(direction, background, line.intent)
        threshold = max(NEAR * float(vector[0] @ direction), reached[-1] if len(reached) else 0.0)
        rows.append((line.intent, (line.language,), direction, threshold))
    raised, moved = _guarded(rows, background)
    rows = [(label, spoken, each, limit + raised) for label, spoken, each, limit in rows]
    head = _head(rows, lines, told, background, version, model.encoder)
    own, mixed = _left_out(used, rows, background)
    told += _judged(own, mixed)
    return Fitted(head, own, tuple(told), moved, len(background.intents))


def _own_intents(lines: Sequence[Example], told: list[Told]) -> dict[str, list[Example]]:
    """The lines of own intents in the languages in which there are enough."""
    by: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for line in lines:
        if is_own(line.intent):
            by[line.intent, line.language].append(line)
    found: dict[str, list[Example]] = defaultdict(list)
    for (intent, language), some in sorted(by.items()):
        count = len(some)
        if count < ENOUGH:
            words = f"{count} of {ENOUGH} lines in {language}: not used in that language yet"
            told.append(Told("too-few", intent, language, words))
            continue
        if count < ADVISED:
            words = f"{count} lines in {language}; {ADVISED} and more are read better"
            told.append(Told("few", intent, language, words))
        found[intent] += some
    return found


def _centred(lines: Sequence[Example], model: Cascade, background: Anchors) -> Floats:
    found: Floats = np.array([model.vectors(line.text) for line in lines], np.float32) - background.mean
    return found


def _reached(direction: Floats, background: Anchors, but: str) -> Floats:
    """What anchors of other meaning reach in this direction, in order."""
    others = np.array([intent != but for intent in background.intents])
    found: Floats = np.sort((background.vectors[others] - background.mean) @ direction)
    return found


def _own_row(intent: str, vectors: Floats, background: Anchors) -> tuple[Floats, float]:
    direction = background.direction(vectors)
    scores = _each_left_out(vectors, background)
    reached = _reached(direction, background, intent)
    guard = float(reached[-1 - GUARDED]) if len(reached) > GUARDED else 0.0
    return direction, max(guard, HALFWAY * float(np.median(scores)), 1.0)


def _each_left_out(vectors: Floats, background: Anchors) -> Floats:
    """The score of each line in the direction of the others."""
    if len(vectors) < 2:
        return np.zeros(len(vectors), np.float32)
    total, count = vectors.sum(axis=0), len(vectors)
    rest = (total - vectors) / (count - 1)
    towards = rest @ background.inverse
    scale = np.sqrt(np.maximum(np.einsum("ij,ij->i", towards @ background.covariance, towards), 1e-12))
    found: Floats = np.einsum("ij,ij->i", vectors, towards) / scale
    return found


def _guarded(
    rows: list[tuple[str, tuple[str, ...], Floats, float]], background: Anchors
) -> tuple[float, int]:
    """How much higher all thresholds have to lie, and how many anchors then move."""
    if not rows:
        return 0.0, 0
    ahead = (background.vectors - background.mean) @ np.array([row[2] for row in rows]).T
    ahead -= np.array([row[3] for row in rows])
    same = np.array([[label == row[0] for row in rows] for label in background.intents])
    worst = np.sort(np.where(same, -np.inf, ahead).max(axis=1))[::-1]
    allowed = int(MOST_MOVED * len(worst))
    raised = max(0.0, float(worst[allowed]) + 0.01)
    return raised, int((worst > raised).sum())


def _head(
    rows: list[tuple[str, tuple[str, ...], Floats, float]],
    lines: Sequence[Example],
    told: list[Told],
    background: Anchors,
    version: str,
    encoder: str,
) -> OwnHead:
    size = len(background.mean)
    weights = np.array([row[2] for row in rows], np.float32).reshape(len(rows), size)
    limits = np.array([row[3] for row in rows], np.float32)
    unused = {(each.intent, each.language) for each in told if each.code == "too-few"}
    same = digests((line.text, line.intent) for line in lines if (line.intent, line.language) not in unused)
    bias = -(weights @ background.mean) - limits
    return OwnHead(
        version, encoder, tuple(row[0] for row in rows), tuple(row[1] for row in rows), weights, bias, same
    )


def _left_out(
    used: dict[str, list[Floats]],
    rows: list[tuple[str, tuple[str, ...], Floats, float]],
    background: Anchors,
) -> tuple[dict[str, tuple[int, int]], Counter[tuple[str, str]]]:
    """Own lines, each left out in turn: recognised of all; and which intent took those of another."""
    limit = {row[0]: row[3] for row in rows if row[0] in used}
    found: dict[str, tuple[int, int]] = {}
    mixed: Counter[tuple[str, str]] = Counter()
    for intent, each in used.items():
        vectors = np.array(each)
        ahead = _each_left_out(vectors, background) - limit[intent]
        taken = np.full(len(vectors), -np.inf)
        by = np.full(len(vectors), "", dtype=object)
        for label, _, direction, threshold in rows:
            if label != intent:
                other = vectors @ direction - threshold
                by, taken = np.where(other > taken, label, by), np.maximum(other, taken)
        found[intent] = int(((ahead > 0) & (ahead >= taken)).sum()), len(vectors)
        mixed.update((intent, str(label)) for label in by[(taken > 0) & (taken > ahead)])
    return found, mixed


def _judged(own: dict[str, tuple[int, int]], mixed: Counter[tuple[str, str]]) -> list[Told]:
    found = []
    for intent, (recognised, lines) in own.items():
        others = [other for other in (*own, *INTENTS) if mixed[intent, other] > MIXED_UP * lines]
        for other in itertools.islice(others, 1):
            words = (
                f"{mixed[intent, other]} of {lines} lines are taken for {other}: the two can't be told apart"
            )
            found.append(Told("alike", intent, None, words, other))
        if not others and recognised < lines / 2:
            words = (
                f"only {recognised} of {lines} lines are known again when left out: they have little in common, "
                "or are like what customers say of other things"
            )
            found.append(Told("weak", intent, None, words))
    return found
