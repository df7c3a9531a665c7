"""Makes the file that answers are found by, and measures them: `python -m nlu.answers_train [--measure]`, about half a minute.

Owns the fitting: the space of common questions (differences within a matter shrunk by their covariance), weights by logistic
regression and the threshold, both on the questions marked `choosing` alone. To be run again whenever the encoder is made
anew: until then words alone decide. Needs the extra `train`; nothing at run time imports this.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from nlu import answers, answers_matters, cascade
from nlu.answers_matters import FILE, Matters, stems_of
from nlu.classifier import Floats
from nlu.training_data import load as load_lines

COMMON = Path(__file__).parent / "questions" / "common.yml"
LABELLED = Path("tests/nlu/questions")
SHRINK = 0.2
"""How far the covariance within matters is drawn to a round one: there are fewer lines than would fix it."""
PRECISION = 0.90
"""Share of the answers given that have to be right, on the questions for choosing. What is wrong is a fact quoted beside the point, never an
invention; at 0.97 hardly anything is answered, and one odd question moves the threshold by half."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One labelled question, and the facts of the shop that it is asked. `fact` None: no fact answers it."""

    language: str
    part: str
    text: str
    fact: str | None
    facts: dict[str, str]


def labelled(folder: Path = LABELLED) -> list[Asked]:
    """The questions of `folder`, a file a language."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for shop in YAML(typ="safe").load(path):
            facts = {
                key: "\n".join([*each["asked_as"], each["answer"]]) for key, each in shop["facts"].items()
            }
            for key, texts in shop["questions"].items():
                fact = None if key == "nothing" else key
                found += [Asked(path.stem, shop["part"], text, fact, facts) for text in texts]
    return found


def common(path: Path = COMMON) -> dict[str, list[str]]:
    """The common questions by matter."""
    return {matter: text.split("\n")[:-1] for matter, text in YAML(typ="safe").load(path).items()}


def fit(model: cascade.Cascade, questions: Sequence[Asked]) -> Matters:
    """The space, the weights and the threshold. Same lines and encoder, same result."""
    from sklearn.linear_model import LogisticRegression

    matters = common()
    vectors = [np.array([model.meaning(line) for line in lines]) for lines in matters.values()]
    every = np.concatenate(vectors)
    mean = every.mean(axis=0)
    within = np.concatenate([each - each.mean(axis=0) for each in vectors])
    spread = within.T @ within / len(within)
    spread = (1 - SHRINK) * spread + SHRINK * np.trace(spread) / len(spread) * np.eye(len(spread))
    size, direction = np.linalg.eigh(spread)
    onto = (direction * size**-0.5) @ direction.T
    lines = (every - mean) @ onto
    lines /= np.linalg.norm(lines, axis=1, keepdims=True)
    stems = [frozenset[str]().union(*map(stems_of, each)) for each in matters.values()]
    seen = [stems_of(line.text) for line in load_lines() if line.intent == "question"]
    seen += [stems_of(line) for each in matters.values() for line in each]
    counts = Counter(stem for each in seen for stem in each)
    made = Matters(
        encoder=model.encoder,
        names=tuple(matters),
        mean=mean.astype(np.float32),
        onto=onto.astype(np.float32),
        lines=lines.astype(np.float32),
        starts=tuple(int(n) for n in np.cumsum([0, *map(len, vectors[:-1])])),
        stems=tuple(stems),
        says={
            stem: round(math.log((1 + len(seen)) / (1 + count)), 2) for stem, count in sorted(counts.items())
        },
        unheard=round(math.log(1 + len(seen)), 2),
        weights=(0.0,) * 5,
        bias=0.0,
        enough=1.0,
    )
    choosing = [each for each in questions if each.part == "choosing"]
    found = [answers.figures(each.text, each.facts, model, made) for each in choosing]
    right = np.array([key == each.fact for (key, _), each in zip(found, choosing, strict=True)])
    rows = np.array([figures for _, figures in found])
    judge = LogisticRegression(C=10.0, max_iter=1000).fit(rows, right)
    shares = judge.predict_proba(rows)[:, 1]
    return _with(made, judge.coef_[0], float(judge.intercept_[0]), threshold(shares, right))


def threshold(shares: Floats, right: Floats) -> float:
    """The lowest share from which enough of the answers given are right."""
    order = np.argsort(-shares, kind="stable")
    precise = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(precise >= PRECISION)
    return float(shares[order[enough[-1]]]) if len(enough) else 1.0


def _with(made: Matters, weights: Floats, bias: float, enough: float) -> Matters:
    from dataclasses import replace

    told = tuple(round(float(weight), 4) for weight in weights)
    return replace(made, weights=told, bias=round(bias, 4), enough=math.floor(enough * 1000) / 1000)


def write(made: Matters, path: Path = FILE) -> None:
    """Keep it for `nlu.answers_matters.load`."""
    told = {
        name: getattr(made, name)
        for name in ("encoder", "names", "starts", "says", "unheard", "weights", "bias", "enough")
    } | {"stems": [sorted(each) for each in made.stems]}
    np.savez_compressed(
        path,
        mean=made.mean,
        onto=made.onto.astype(np.float16),
        lines=made.lines.astype(np.float16),
        told=np.array(json.dumps(told, ensure_ascii=False)),
    )
    answers_matters.load.cache_clear()


def measure(questions: Sequence[Asked], model: cascade.Cascade | None) -> dict[str, dict[str, float]]:
    """By part and language: questions, those with an answer, answers given, and those right. No `model`: by words alone."""
    figures: dict[str, Counter[str]] = {}
    for each in questions:
        found = answers.best_fact(each.text, each.facts, model)
        count = figures.setdefault(f"{each.part} {each.language}", Counter())
        count.update(questions=1, answerable=each.fact is not None)
        count.update(given=found is not None, right=found is not None and found.key == each.fact)
    return {
        name: {
            **count,
            "precision": round(count["right"] / count["given"], 3) if count["given"] else 1.0,
            "recall": round(count["right"] / count["answerable"], 3) if count["answerable"] else 0.0,
        }
        for name, count in sorted(figures.items())
    }


def main() -> None:
    """Make the file, unless `--measure`; print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true", help="Make nothing: measure what is there.")
    parser.add_argument("--questions", type=Path, default=LABELLED, help="Folder of labelled questions.")
    arguments = parser.parse_args()
    model, questions = cascade.load(), labelled(arguments.questions)
    if not arguments.measure:
        write(fit(model, questions))
    told = {"words and meaning": measure(questions, model), "words alone": measure(questions, None)}
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
