"""Trains the shipped linear model from nlu/data, the same bits every time, and writes its model card.

Needs scikit-learn (the extra `train`); nothing at run time imports this. Takes about ten seconds of one core.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from nlu.classifier import WEIGHTS, LinearClassifier
from nlu.classifier import load as load_weights
from nlu.features import pieces
from nlu.normalise import normalise
from nlu.training_data import DATA, INTENTS, Example, digest, load

NAME = "linear-1"
CARD = WEIGHTS.with_name("linear.json")
STRENGTH = 5.0
"""Inverse regularisation; 2, 5, 10 and 15 were tried on lines of left-out hands: flat around 5."""
SEEN_AT_LEAST = 2
"""Lines in which a piece must occur; 1 doubles the file and reads no better."""
SHARPNESS = 1.45
"""Fitted once on hands that were left out of training, where it gave the lowest log loss."""


def train(data: Path = DATA, weights: Path = WEIGHTS, heldout: Path | None = None) -> dict[str, Any]:
    """Train, write `weights` and the card beside it, and give the card. Same data, same files.

    `heldout`: folder of examples to measure on. Raises ImportError without the extra `train`.
    """
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    examples = load(data)
    plain = [normalise(example.text).text for example in examples]
    untrained = _untrained(plain)
    names = list(untrained.vocabulary)
    rows = []
    for text in plain:
        index, values = untrained.vector(text)
        rows.append({names[n]: float(value) for n, value in zip(index, values, strict=True)})
    columns = DictVectorizer(dtype=np.float32, sort=True).fit([dict.fromkeys(names, 1.0)])
    model = LogisticRegression(C=STRENGTH, tol=1e-4, max_iter=400)
    model.fit(columns.transform(rows), [INTENTS.index(example.intent) for example in examples])
    order = [columns.vocabulary_[name] for name in names]
    _write(weights, untrained, model.coef_[:, order].T, model.intercept_)
    card = {
        "model": NAME,
        "kind": "TF-IDF of word 1-2-grams and character 2-5-grams, multinomial logistic regression",
        "data_sha256": digest(data),
        "lines": dict(sorted(Counter(example.language for example in examples).items())),
        "pieces": len(names),
        "strength": STRENGTH,
        "sharpness": SHARPNESS,
        "heldout": measure(load_weights(weights), load(heldout)) if heldout and heldout.is_dir() else None,
    }
    weights.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return card


def measure(classifier: LinearClassifier, examples: tuple[Example, ...]) -> dict[str, dict[str, float]]:
    """Shares of right readings by the model alone (no rules), a language each; `right` also counts further labels."""
    figures: dict[str, dict[str, float]] = {}
    for language in sorted({example.language for example in examples}):
        lines = [example for example in examples if example.language == language]
        best = [classifier.scores(normalise(line.text).text).ranking[0] for line in lines]
        strict = [found == line.intent for line, (found, _) in zip(lines, best, strict=True)]
        right = [
            found == line.intent or found in line.also for line, (found, _) in zip(lines, best, strict=True)
        ]
        figures[language] = {
            "lines": len(lines),
            "right": round(sum(right) / len(lines), 4),
            "right_strict": round(sum(strict) / len(lines), 4),
            "mean_confidence": round(sum(share for _, share in best) / len(lines), 4),
        }
    return figures


def _untrained(plain: list[str]) -> LinearClassifier:
    """Vocabulary and inverse document frequencies, with no weights yet."""
    lines = Counter(piece for text in plain for piece in pieces(text))
    kept = sorted(piece for piece, count in lines.items() if count >= SEEN_AT_LEAST)
    idf = [np.log((1 + len(plain)) / (1 + lines[piece])) + 1 for piece in kept]
    nothing = np.zeros((0, len(INTENTS)), np.float32)
    return LinearClassifier(
        NAME,
        INTENTS,
        {piece: n for n, piece in enumerate(kept)},
        np.asarray(idf, np.float32),
        nothing,
        nothing,
        SHARPNESS,
    )


def _write(path: Path, model: LinearClassifier, coefficients: Any, bias: Any) -> None:
    """Weights as 8-bit steps, a scale for each intent: a fourth of the size, no reading changes."""
    scale = np.abs(coefficients).max(axis=0) / 127
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        name=np.array(model.name),
        intents=np.array(" ".join(model.intents)),
        vocabulary=np.frombuffer("\n".join(model.vocabulary).encode(), np.uint8),
        idf=model.idf.astype(np.float16),
        weights=np.round(coefficients / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=np.asarray(bias, np.float32),
        sharpness=np.array(model.sharpness, np.float32),
    )
