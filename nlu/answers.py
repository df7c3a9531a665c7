"""Finds the shop's fact that answers a question, by words and meaning together. Never makes up an answer; None when not sure.

Owns the judgement. A fact is its wordings (how customers ask, and the answer), and those of the common questions about the
same matter (`nlu.answers_matters`). Three figures tell whether it answers: how far the question is nearer to it than to any
matter that no fact of the shop is about; than to the shop's second fact; and how much of what the question's words say is
known to it: «do you have *student* discounts» is near to discounts for teachers, and not answered by them. Weights and
threshold are chosen on labelled questions by `python -m nlu.answers_train`. Without the encoder, words alone decide.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nlu import answers_matters
from nlu.answers_matters import Matters, stems_of
from nlu.classifier import Floats

ADOPTS = 0.40
"""Nearness from which a wording is taken to be about the common matter that is nearest to it."""
ALIKE_HELPS, KNOWN_HELPS = 0.3, 0.2
"""How much words count beside nearness in finding the fact; whether it answers is judged apart."""
ENOUGH = 0.80
"""By words alone: share of the question's weight that a fact's wordings must cover."""
CLEARLY = 1.25
"""By words alone: how much better than the second fact the best one must be."""
LIKE = 0.55
"""By words alone: how much alike question and fact must be."""

PERHAPS = 0.5
"""How likely a fact must be to answer, so that a person is told of it; it is not said for that."""

SAME = 0.66
"""Nearness from which two questions are the same one."""
LOOKED_AT = 8
"""Other questions that meaning is asked of, those with the most words in common first: each costs a run of the encoder."""


class Meanings(Protocol):
    """Gives the meaning of a text as a unit vector; `nlu.cascade` does. Safe to share between threads."""

    def __hash__(self) -> int:
        """By identity: what was made ready with one encoder is not taken for another's."""
        ...

    @property
    def encoder(self) -> str:
        """Names what made the vectors."""
        ...

    def meaning(self, text: str) -> Floats:
        """What a text is about. Raises FileNotFoundError when the encoder is not there."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A fact, the wording that is nearest to the question, and how surely it answers (0 to 1)."""

    key: str
    wording: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What was made of a question: the nearest facts first, whether the first answers, and in words why."""

    ranking: tuple[Found, ...]
    sure: bool
    why: str


@dataclass(frozen=True, slots=True)
class _Fact:
    """One fact of a shop, made ready: its wordings, where they lie, the matters it is about and the stems that it knows."""

    key: str
    wordings: tuple[str, ...]
    places: Floats
    matters: tuple[int, ...]
    stems: frozenset[str]


def best_fact(question: str, facts: Mapping[str, str], model: Meanings | None = None) -> Found | None:
    """The fact that answers; None when none surely does. `facts` maps a key to its wordings, one a line."""
    judged = judge(question, facts, model)
    return judged.ranking[0] if judged.sure else None


def found_in(judged: Judged) -> tuple[dict[str, str], str]:
    """The slots of a reading, and why: `fact` is said to the customer; `near_fact` is not, it is a hint for a person."""
    first = judged.ranking[0] if judged.ranking else None
    if first is None or not (judged.sure or first.likeness >= PERHAPS):
        return {}, ""
    slot, said = ("fact", "shop fact") if judged.sure else ("near_fact", "not sure, perhaps shop fact")
    return {slot: first.key}, f"{said} {first.key}: likeness {first.likeness:.2f}, as «{first.wording}»"


def judge(question: str, facts: Mapping[str, str], model: Meanings | None = None) -> Judged:
    """All facts, the nearest first, and whether that answers. Never raises for a text."""
    facts = {key: text for key, text in facts.items() if text.strip()}
    if not facts or not question.strip():
        return Judged((), False, "nothing to compare")
    matters = answers_matters.load()
    if model is None or matters is None or model.encoder != matters.encoder:
        return _by_words(stems_of(question), facts)
    try:
        return _by_both(question, _ready(tuple(facts.items()), model, matters), model, matters)
    except FileNotFoundError:  # installed without the encoder
        return _by_words(stems_of(question), facts)


def figures(question: str, facts: Mapping[str, str], model: Meanings, matters: Matters) -> tuple[str, Floats]:
    """Key of the nearest fact, and the three figures that tell whether it answers."""
    facts_ready = _ready(tuple(facts.items()), model, matters)
    ranking, found = _figures(question, matters.place(model.meaning(question)), facts_ready, matters)
    return ranking[0][1].key, found


def _figures(
    question: str, place: Floats, facts: tuple[_Fact, ...], matters: Matters
) -> tuple[list[tuple[float, _Fact]], Floats]:
    near = matters.nearness(place)
    asked = stems_of(question)
    says = sum(matters.weight(stem) for stem in asked) or 1.0
    known = {fact.key: sum(matters.weight(stem) for stem in asked & fact.stems) / says for fact in facts}
    alike = {each.key: each.likeness for each in _by_words(asked, _wordings(facts)).ranking}
    alike = {fact.key: alike.get(fact.key, 0.0) for fact in facts}
    nearness = {
        fact.key: max([float((fact.places @ place).max()), *(float(near[n]) for n in fact.matters)])
        for fact in facts
    }
    ranking = sorted(
        ((nearness[fact.key], fact) for fact in facts),
        key=lambda each: (
            -each[0] - ALIKE_HELPS * alike[each[1].key] - KNOWN_HELPS * known[each[1].key],
            each[1].key,
        ),
    )
    best, fact = ranking[0]
    taken = {number for each in facts for number in each.matters}
    elsewhere = max((float(share) for number, share in enumerate(near) if number not in taken), default=0.0)
    second = ranking[1][0] if len(ranking) > 1 else 0.0
    found = [best, best - elsewhere, best - second, alike[fact.key], known[fact.key]]
    return ranking, np.array(found, np.float32)


def _by_both(question: str, facts: tuple[_Fact, ...], model: Meanings, matters: Matters) -> Judged:
    place = matters.place(model.meaning(question))
    ranking, found = _figures(question, place, facts, matters)
    sure = 1 / (1 + math.exp(-(float(np.dot(found, matters.weights)) + matters.bias)))
    told = [
        Found(fact.key, fact.wordings[int((fact.places @ place).argmax())], round(max(near, 0.0), 3))
        for near, fact in ranking
    ]
    told[0] = Found(told[0].key, told[0].wording, round(sure, 3))
    why = (
        f"near by {found[0]:.2f}, nearer than what no fact is about by {found[1]:.2f}, than the second by {found[2]:.2f}; "
        f"words {found[3]:.0%} alike, {found[4]:.0%} known: {sure:.2f} of {matters.enough:.2f}"
    )
    return Judged(tuple(told), sure >= matters.enough, why)


@functools.lru_cache(maxsize=128)
def _ready(facts: tuple[tuple[str, str], ...], model: Meanings, matters: Matters) -> tuple[_Fact, ...]:
    """A shop says the same lines all day; what customers say is never kept."""
    ready = []
    for key, text in facts:
        wordings = tuple(line.strip() for line in text.splitlines() if line.strip())
        places = np.array([_place(wording, model, matters) for wording in wordings])
        about = set()
        for place in places:
            near = matters.nearness(place)
            if near.max() >= ADOPTS:
                about.add(int(near.argmax()))
        stems = frozenset[str]().union(*map(stems_of, wordings), *(matters.stems[number] for number in about))
        ready.append(_Fact(key, wordings, places, tuple(sorted(about)), stems))
    return tuple(ready)


@functools.lru_cache(maxsize=4096)
def _place(wording: str, model: Meanings, matters: Matters) -> Floats:
    """Where a shop's wording lies: one that is changed does not cost the others their run of the encoder."""
    return matters.place(model.meaning(wording))


def _wordings(facts: tuple[_Fact, ...]) -> dict[str, str]:
    return {fact.key: "\n".join(fact.wordings) for fact in facts}


def _by_words(asked: frozenset[str], facts: Mapping[str, str]) -> Judged:
    """By the overlap of stems, weighed by how few of the shop's facts have them."""
    if not asked:
        return Judged((), False, "no word that says anything")
    wordings = {key: [line for line in text.splitlines() if line.strip()] for key, text in facts.items()}
    stems = {key: [_stems_of_shop(line) for line in lines] for key, lines in wordings.items()}
    known = Counter(stem for lines in stems.values() for stem in frozenset[str]().union(*lines))
    weight = {stem: 1.0 + math.log((1 + len(facts)) / (1 + known[stem])) for stem in asked}
    total = sum(weight.values())
    scores = []
    for key, lines in stems.items():
        likeness = [_likeness(asked, line, weight) for line in lines] or [0.0]
        closest = max(likeness)
        covered = sum(weight[stem] for stem in asked & frozenset[str]().union(*lines)) / total
        wording = wordings[key][likeness.index(closest)] if wordings[key] else key
        scores.append((0.6 * closest + 0.4 * covered, covered, Found(key, wording, 0.0)))
    scores.sort(key=lambda score: (-score[0], score[2].key))
    best = scores[0]
    second = scores[1][0] if len(scores) > 1 else 0.0
    sure = best[1] >= ENOUGH and best[0] >= CLEARLY * second and best[0] >= LIKE
    ranking = tuple(Found(each.key, each.wording, round(min(score, 1.0), 3)) for score, _, each in scores)
    return Judged(
        ranking, sure, f"by words alone: {best[0]:.2f} alike, the second {second:.2f}, covers {best[1]:.0%}"
    )


def _likeness(asked: frozenset[str], line: frozenset[str], weight: Mapping[str, float]) -> float:
    """Weighted overlap of two sets of stems, relative to both (a long answer isn't like every question)."""
    if not line:
        return 0.0
    shared = sum(weight[stem] for stem in asked & line)
    return 2 * shared / (sum(weight.values()) + sum(weight.get(stem, 1.0) for stem in line))


@functools.lru_cache(maxsize=2048)
def _stems_of_shop(line: str) -> frozenset[str]:
    """A shop says the same lines all day; what customers say is never kept."""
    return stems_of(line)


def same_question(question: str, others: Mapping[int, str], model: Meanings | None = None) -> int | None:
    """Which of the others asks the same; None: none does. Nothing of it is kept."""
    asked = stems_of(question)
    common = {
        key: len(asked & stems_of(text)) / (len(asked | stems_of(text)) or 1) for key, text in others.items()
    }
    nearest = sorted((key for key in common if common[key] > 0), key=lambda key: (-common[key], key))[
        :LOOKED_AT
    ]
    if nearest and common[nearest[0]] == 1.0:
        return nearest[0]
    matters = answers_matters.load()
    if not nearest or model is None or matters is None or model.encoder != matters.encoder:
        return None
    try:
        place = matters.place(model.meaning(question))
        likeness = {key: float(matters.place(model.meaning(others[key])) @ place) for key in nearest}
    except FileNotFoundError:
        return None
    best = max(nearest, key=lambda key: likeness[key])
    return best if likeness[best] >= SAME else None
