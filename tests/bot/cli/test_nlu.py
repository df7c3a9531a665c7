"""`winback nlu`: reads a text, measures a file, names what is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An empty configuration: reading needs neither database nor secrets."""
    path = tmp_path / "config.yml"
    path.write_text(f"home: {tmp_path / 'home'}\n")
    return path


def call(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), "nlu", *arguments])


def test_read_explains_one_reading(config: Path) -> None:
    result = call(config, "read", "stop texting me, but where is my refund?")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("stop (1.00)")
    assert "opted out" in result.output
    assert "order_issue" in result.output


def test_read_gives_json(config: Path) -> None:
    reading = json.loads(call(config, "read", "same again, 2 bags", "--json").output)
    assert (reading["intent"], reading["slots"]) == ("reorder", {"quantity": 2})


def test_evaluate_gives_the_published_keys(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(
        '{"text": "stop", "intent": "stop"}\n{"text": "yes please", "intent": "yes", "also": []}\n'
    )
    figures = json.loads(call(config, "evaluate", str(path), "--json").output)
    assert list(figures) == [
        "lines",
        "right",
        "right_strict",
        "stop",
        "not_stop",
        "by_intent",
        "p50_ms",
        "mean_ms",
        "p99_ms",
    ]
    assert figures["stop"] == {"lines": 1, "opted_out": 1, "held": 0, "missed": 0}
    assert figures["not_stop"] == {"lines": 1, "opted_out": 0, "held": 0}


def test_evaluate_prints_a_table_and_the_misread_lines(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"text": "wrong number", "intent": "yes"}\n')
    result = call(config, "evaluate", str(path), "--wrong")
    assert "label down, reading across" in result.output
    assert "read as wrong_number" in result.output


def test_evaluate_names_the_place_of_a_bad_line(config: Path, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text("nonsense\n")
    result = call(config, "evaluate", str(path))
    assert result.exit_code == 2
    assert "lines.jsonl:1" in result.output
