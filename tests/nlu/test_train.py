"""Training: the same examples give the same bytes, and what was trained can be loaded and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.classifier import load
from nlu.normalise import normalise
from nlu.train import train
from nlu.training_data import INTENTS

pytestmark = pytest.mark.slow


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Three lines an intent."""
    folder = tmp_path / "data" / "en"
    folder.mkdir(parents=True)
    for intent in INTENTS:
        word = intent.replace("_", " ")
        lines = "".join(f"      - {line}\n" for line in (word, f"{word} please", f"the {word} again"))
        (folder / f"{intent}.yml").write_text(
            f'version: "3.1"\n\nnlu:\n  - intent: {intent}\n    examples: |\n{lines}'
        )
    return folder.parent


def test_the_same_examples_give_the_same_bytes(examples: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "one" / "w.npz", tmp_path / "two" / "w.npz"
    card = train(examples, first, heldout=examples)
    assert train(examples, second, heldout=examples) == card
    assert first.read_bytes() == second.read_bytes()
    assert first.with_suffix(".json").read_text() == second.with_suffix(".json").read_text()


def test_what_was_trained_can_be_read_with(examples: Path, tmp_path: Path) -> None:
    train(examples, tmp_path / "w.npz")
    scores = load(tmp_path / "w.npz").scores(normalise("wrong number").text)
    assert scores.ranking[0][0] == "wrong_number"
    assert sum(share for _, share in scores.ranking) == pytest.approx(1, abs=1e-5)
    assert scores.strongest


def test_a_text_of_unknown_pieces_is_scored_all_the_same(examples: Path, tmp_path: Path) -> None:
    train(examples, tmp_path / "w.npz")
    scores = load(tmp_path / "w.npz").scores("§§ ٣٣")
    assert len(scores.ranking) == len(INTENTS)
    assert scores.strongest == ()
