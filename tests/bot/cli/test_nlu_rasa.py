"""`winback nlu evaluate --model` and `winback nlu rasa`, as far as they go without Rasa (tests/nlu/test_served_rasa.py goes on)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.support.rasa import FakeRasa, fake_rasa

LINES = """{"text": "my cousin told me of the bags with the blue label", "intent": "reorder"}
{"text": "take me off your list", "intent": "stop"}
{"text": "you text too much", "intent": "no", "also": ["churn_reason"]}
"""


@pytest.fixture
def fake() -> Iterator[FakeRasa]:
    with fake_rasa() as server:
        yield server


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "lines.jsonl"
    path.write_text(LINES)
    return path


@pytest.fixture
def config(tmp_path: Path, fake: FakeRasa) -> Path:
    path = tmp_path / "config.yml"
    path.write_text(f"home: {tmp_path / 'home'}\nnlu: {{rasa_url: '{fake.url}', rasa_deadline_ms: 9000}}\n")
    return path


def call(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), "nlu", *arguments])


def test_the_rules_alone_know_stop_and_the_rest(config: Path, lines: Path) -> None:
    figures = json.loads(call(config, "evaluate", str(lines), "--model", "rules", "--json").output)
    assert figures["stop"] == {"lines": 1, "opted_out": 1, "held": 0, "missed": 0}
    assert figures["not_stop"] == {"lines": 2, "opted_out": 0, "held": 1}
    assert figures["right"] == pytest.approx(1 / 3, abs=0.001)


def test_rasa_is_measured_whoever_reads_otherwise(config: Path, lines: Path, fake: FakeRasa) -> None:
    result = call(config, "evaluate", str(lines), "--model", "rasa", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["by_intent"]["reorder"] == {"lines": 1, "right": 1}
    assert result.stderr == ""


def test_figures_are_not_given_under_rasa_s_name_while_it_does_not_answer(
    config: Path, lines: Path, fake: FakeRasa
) -> None:
    fake.status = 500
    result = call(config, "evaluate", str(lines), "--model", "rasa")
    assert result.exit_code == 1
    assert "it answers with status 500; start it with `winback nlu rasa run`" in result.output


def test_lines_that_rasa_did_not_read_are_counted(config: Path, lines: Path, fake: FakeRasa) -> None:
    def fail_in_the_middle(number: int) -> None:
        fake.status = 200 if number <= 2 else 500

    fake.before = fail_in_the_middle
    result = call(config, "evaluate", str(lines), "--model", "rasa", "--json")
    assert "readings are the embedded model's" in result.stderr
    assert "it answers with status 500" in result.stderr


def test_epochs_are_of_diet(config: Path) -> None:
    result = call(config, "rasa", "train", "--epochs", "3")
    assert result.exit_code == 2
    assert "--epochs is of --pipeline diet" in result.output
