"""The lines of six own intents in six trades: ten to teach and fifteen to judge of each, by one hand, in customers' words."""

from __future__ import annotations

from pathlib import Path

from bot.teaching.from_file import read_lines
from nlu.training_data import Example

FOLDER = Path(__file__).parent / "own" / "en"


def own_lines(which: str) -> tuple[Example, ...]:
    """Those to `teach`, or to `judge`."""
    path = FOLDER / f"{which}.yml"
    found, problems = read_lines(path.read_text("utf-8"), path.name, "en")
    assert not problems
    return found
