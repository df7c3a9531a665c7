"""Every transcript in tests/flows/transcripts is what the engine says today. `--update` writes what it says now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from tests.flows.conversation import Conversation, facts_for

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.yml"))
OUTPUTS = ("at", "stands", "bot", "effects")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_conversation_goes_as_written(path: Path, request: pytest.FixtureRequest) -> None:
    """Texts, effects, node and phase after each step."""
    written = YAML(typ="safe").load(path.read_text("utf-8"))
    conversation = Conversation(
        written["flow"], facts_for(written.get("customer", {})), pool=written.get("codes", 5)
    )
    played = []
    for step in written["steps"]:
        said = {key: value for key, value in step.items() if key not in OUTPUTS}
        played.append({**said, **conversation.step(said)})
    if request.config.getoption("--update"):
        _write(path, {**written, "steps": played})
        return
    assert played == written["steps"]


def test_there_are_transcripts() -> None:
    """An empty folder must not look like a passed test."""
    assert len(TRANSCRIPTS) >= 10


def _write(path: Path, content: dict[str, Any]) -> None:
    yaml = YAML()
    yaml.width, yaml.indent(mapping=2, sequence=4, offset=2)  # type: ignore[func-returns-value]
    yaml.width = 118
    for step in content["steps"]:
        step.update(
            {"bot": [DoubleQuotedScalarString(text) for text in step["bot"]]} if "bot" in step else {}
        )
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
