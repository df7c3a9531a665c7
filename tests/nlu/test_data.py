"""The examples: their format, their labels, no duplicates, and nothing held out that was trained on."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from nlu.normalise import normalise
from nlu.training_data import DATA, INTENTS, Example, load

HELDOUT = Path(__file__).parent / "heldout"
TRAINED = load(DATA)
HELD = load(HELDOUT)


def key(example: Example) -> tuple[str | None, str]:
    plain = normalise(example.text)
    return plain.reaction, plain.bare or plain.text


def test_the_heldout_set_mirrors_the_examples_file_by_file() -> None:
    expected = {f"{language}/{intent}.yml" for language in ("en", "es") for intent in INTENTS}
    for folder in (DATA, HELDOUT):
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.yml")} == expected


def test_there_are_enough_lines() -> None:
    count = Counter(example.language for example in TRAINED)
    assert count["en"] >= 6_000
    assert count["es"] >= 1_500
    fewest = min(Counter((example.language, example.intent) for example in TRAINED).values())
    assert fewest >= 60


def test_no_line_can_be_taken_for_rasa_markup_or_is_empty() -> None:
    for example in (*TRAINED, *HELD):
        assert example.text
        assert example.text == example.text.strip()
        assert not set(example.text) & set("[]{}"), example


def test_no_line_stands_twice() -> None:
    assert [line for line, times in Counter(map(key, TRAINED)).items() if times > 1] == []


def test_no_heldout_line_was_trained_on() -> None:
    trained = set(map(key, TRAINED))
    assert [example.text for example in HELD if key(example) in trained] == []


def test_no_heldout_line_is_nearly_one_that_was_trained_on() -> None:
    """Four words or more, of which four in five are shared."""
    bags = [frozenset(normalise(example.text).words) for example in TRAINED]
    holding: defaultdict[str, list[int]] = defaultdict(list)
    for number, bag in enumerate(bags):
        for word in bag:
            holding[word].append(number)
    near = []
    for example in HELD:
        bag = frozenset(normalise(example.text).words)
        if len(bag) < 4:
            continue
        shared = Counter(number for word in bag for number in holding[word])
        near += [
            example.text
            for number, count in shared.items()
            if len(bags[number]) >= 4 and count / len(bag | bags[number]) >= 0.8
        ]
    assert near == []


def test_a_foreign_label_is_refused_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "x.yml").write_text('version: "3.1"\nnlu:\n- intent: bogus\n  examples: |\n    - hi\n')
    with pytest.raises(ValueError, match=r"x\.yml: 'bogus'"):
        load(tmp_path)


def test_further_labels_are_read_from_the_metadata() -> None:
    assert any(example.also for example in HELD)
