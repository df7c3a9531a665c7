"""Floors on the held-out lines: modest, so that they catch a breakage and not a retraining. Figures: docs/reference/reading.md."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nlu.classifier import WEIGHTS, load
from nlu.confusion import confusion_table
from nlu.evaluate import Line, evaluate, lines_of
from nlu.reader import embedded_reader
from nlu.training_data import INTENTS, digest

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

HELDOUT = Path(__file__).parent / "heldout"
SECOND = Path(__file__).parent / "second"
THIRD = Path(__file__).parent / "third"
FOURTH = Path(__file__).parent / "fourth"
REAL_MESSAGES = Path(__file__).parents[3] / "shared" / "data" / "ham_uci.jsonl"
READER = embedded_reader(sure=0.55, unsure=0.30)
TODAY = date(2026, 11, 21)


def figures(folder: Path, language: str) -> dict[str, Any]:
    lines = [line for path in sorted((folder / language).glob("*.yml")) for line in lines_of(path)]
    return evaluate(READER, lines, TODAY).values


@pytest.mark.parametrize(
    ("folder", "language", "right", "opted_out", "missed"),
    [
        (HELDOUT, "en", 0.89, 0.92, 0.02),
        (HELDOUT, "es", 0.87, 0.92, 0.02),
        (SECOND, "en", 0.86, 0.80, 0.08),
        (SECOND, "es", 0.87, 0.80, 0.05),
        (THIRD, "en", 0.90, 0.85, 0.02),
        (THIRD, "es", 0.88, 0.85, 0.02),
        (FOURTH, "en", 0.86, 0.95, 0.005),
        (FOURTH, "es", 0.84, 0.95, 0.02),
    ],
)
def test_most_heldout_lines_are_read_right(
    folder: Path, language: str, right: float, opted_out: float, missed: float
) -> None:
    found = figures(folder, language)
    stop, others = found["stop"], found["not_stop"]
    assert found["right"] >= right
    assert stop["opted_out"] / stop["lines"] >= opted_out
    assert stop["missed"] / stop["lines"] <= missed
    assert others["opted_out"] / others["lines"] <= 0.02


@pytest.mark.skipif(not REAL_MESSAGES.exists(), reason="the real messages are not beside this checkout")
def test_real_messages_opt_nobody_out() -> None:
    found = evaluate(READER, lines_of(REAL_MESSAGES), TODAY).values["not_stop"]
    assert found["opted_out"] / found["lines"] <= 0.005


def test_the_shipped_model_was_trained_on_the_shipped_examples() -> None:
    card = json.loads(WEIGHTS.with_suffix(".json").read_text("utf-8"))
    assert card["data_sha256"] == digest(), "run `winback nlu train --shipped`"
    assert load().intents == INTENTS
    assert load().name == card["model"]
    assert WEIGHTS.stat().st_size < 6_000_000


def test_figures_count_further_labels_and_leave_doubtful_lines_out_of_consent() -> None:
    lines = [
        Line("stop", "stop"),
        Line("same again please", "yes", ("reorder",)),
        Line("leave me alone", "other", ("stop",)),
        Line("hello there friend", None),
    ]
    found = evaluate(READER, lines, TODAY)
    assert (found.values["lines"], found.values["right"], found.values["right_strict"]) == (
        4,
        1.0,
        pytest.approx(1 / 3, abs=1e-4),
    )
    assert found.values["stop"] == {"lines": 1, "opted_out": 1, "held": 0, "missed": 0}
    assert found.values["not_stop"]["lines"] == 2
    assert confusion_table(found.confusion).count("\n") == 3


@pytest.mark.parametrize("row", ['{"intent": "stop"}', "not json", '{"text": "x", "intent": "bogus"}', "[1]"])
def test_a_bad_line_is_named_with_its_place(tmp_path: Path, row: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "ok", "intent": "yes"}\n' + row + "\n")
    with pytest.raises(ValueError, match=r"x\.jsonl:2"):
        lines_of(path)
