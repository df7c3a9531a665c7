"""The examples: their format, their labels, no duplicates, and nothing held out that was trained on."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from nlu.normalise import Plain, normalise
from nlu.training_data import DATA, INTENTS, Example, load

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

HELDOUT = Path(__file__).parent / "heldout"
SECOND = Path(__file__).parent / "second"
"""Written later, by somebody who had seen neither the training lines nor the first set."""
THIRD = Path(__file__).parent / "third"
"""Later still, by another hand that had seen nothing of ours; nobody has looked at it but to count."""
FOURTH = Path(__file__).parent / "fourth"
"""By a further hand, in the proportions in which customers write; labelled by another, who saw no reading. Three intents are
not in it."""


@pytest.fixture(scope="module")
def trained() -> Sequence[Example]:
    """What the model was trained on."""
    return load(DATA)


@pytest.fixture(scope="module")
def held() -> Sequence[Example]:
    """What it was measured on."""
    return (*load(HELDOUT), *load(SECOND), *load(THIRD), *load(FOURTH))


@functools.cache
def plain(text: str) -> Plain:
    """Once a line, for all tests."""
    return normalise(text)


def key(example: Example) -> tuple[str | None, str]:
    return plain(example.text).reaction, plain(example.text).bare or plain(example.text).text


def test_the_heldout_sets_mirror_the_examples_file_by_file() -> None:
    expected = {f"{language}/{intent}.yml" for language in ("en", "es") for intent in INTENTS}
    for folder in (DATA, HELDOUT, SECOND, THIRD):
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.yml")} == expected
    assert {path.relative_to(FOURTH).as_posix() for path in FOURTH.rglob("*.yml")} <= expected


def test_there_are_enough_lines(trained: Sequence[Example]) -> None:
    count = Counter(example.language for example in trained)
    assert count["en"] >= 6_000
    assert count["es"] >= 1_500
    fewest = min(Counter((example.language, example.intent) for example in trained).values())
    assert fewest >= 60


def test_no_line_can_be_taken_for_rasa_markup_or_is_empty(
    trained: Sequence[Example], held: Sequence[Example]
) -> None:
    for example in (*trained, *held):
        assert example.text
        assert example.text == example.text.strip()
        assert not set(example.text) & set("[]{}"), example


def test_no_line_stands_twice(trained: Sequence[Example]) -> None:
    assert [line for line, times in Counter(map(key, trained)).items() if times > 1] == []


def test_no_heldout_line_was_trained_on(trained: Sequence[Example], held: Sequence[Example]) -> None:
    known = set(map(key, trained))
    assert [example.text for example in held if key(example) in known] == []


def test_no_heldout_line_is_nearly_one_that_was_trained_on(
    trained: Sequence[Example], held: Sequence[Example]
) -> None:
    """Four words or more, of which four in five are shared."""
    bags = [frozenset(plain(example.text).words) for example in trained]
    holding: defaultdict[str, list[int]] = defaultdict(list)
    for number, bag in enumerate(bags):
        for word in bag:
            holding[word].append(number)
    near = []
    for example in held:
        bag = frozenset(plain(example.text).words)
        if len(bag) < 4:
            continue
        # it may lack a fifth of these, so it has one of any fifth-and-one-more: the rarest find the fewest lines
        rarest = sorted(bag, key=lambda word: len(holding[word]))[: len(bag) // 5 + 1]
        near += [
            example.text
            for number in {number for word in rarest for number in holding[word]}
            if len(bags[number]) >= 4 and len(bag & bags[number]) / len(bag | bags[number]) >= 0.8
        ]
    assert near == []


def test_a_foreign_label_is_refused_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "x.yml").write_text('version: "3.1"\nnlu:\n- intent: bogus\n  examples: |\n    - hi\n')
    with pytest.raises(ValueError, match=r"x\.yml: 'bogus'"):
        load(tmp_path)


def test_further_labels_are_read_from_the_metadata(held: Sequence[Example]) -> None:
    assert any(example.also for example in held)
