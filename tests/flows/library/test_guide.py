"""The conversations in docs/how-to/library.md are what the engine says today. `--update` writes what it says now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flows.parser import library
from flows.play.script import cases_in, run
from tests.flows.library.answering import READS, shipped

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "library.md"
_PLACE = re.compile(r"<!-- (?P<flow>\w+): (?P<test>.+?) -->\n(?:```text\n.*?```\n)?", re.DOTALL)


def played(flow: str, test: str) -> str:
    """A test of the flow's own as one reads it, the gift named as the demo shop calls it."""
    case = next(case for case in cases_in(library()[flow], flow)[0] if case.test.test == test)
    done = run(shipped(flow), case, READS)
    assert done.passed, done.problems
    lines = [re.sub(r"^customer: (.*) \([^()]*\)$", r"Ana: \1", line) for line in done.transcript]
    return "\n".join(re.sub(r"^bot: ", "Bot: ", line).replace("filters-100", "filters") for line in lines)


@pytest.mark.slow
def test_the_guide_shows_what_is_said(request: pytest.FixtureRequest) -> None:
    written = GUIDE.read_text("utf-8")
    shown = _PLACE.sub(
        lambda found: (
            f"<!-- {found['flow']}: {found['test']} -->\n```text\n{played(found['flow'], found['test'])}\n```\n"
        ),
        written,
    )
    if request.config.getoption("--update"):
        GUIDE.write_text(shown, "utf-8")
        return
    assert written == shown


def test_the_guide_tells_of_every_flow() -> None:
    written = GUIDE.read_text("utf-8")
    for name in library():
        assert name == "front_desk" or f"\n## {name}\n" in written
