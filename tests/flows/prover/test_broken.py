"""One broken flow for each class of mistake, caught with its code at exactly the right place.

Owns tests/flows/prover/broken: the first line of a file says what is expected of it, `# expect: CODE LINE:COLUMN`; nothing
else may be found in it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flows.parser import read_flow
from flows.problems import CODES

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yml"))

NOT_IN_A_FILE = {
    "too-big": "needs 40 kB: test_rubbish",
    "not-proved": "needs a large flow: test_rubbish",
    "no-person": "the language sees to it: test_promises",
    "opt-out": "the language sees to it: test_promises",
    "after-the-end": "the language sees to it: test_promises",
    "content-word": "said of a shop's texts: bot.compliance.content",
    "shortener": "said of a shop's texts: bot.compliance.content",
    "foreign-link": "said of a shop's texts: bot.compliance.content",
    "window-never-opens": "said of a shop: bot.compliance.windows",
    **dict.fromkeys(
        ("not-lines", "own-name", "not-taught", "line", "taught-twice"), "said of lines: bot.teaching"
    ),
}


def expected(file: Path) -> tuple[str, int, int]:
    """What the first line asks for."""
    found = re.match(r"# expect: ([a-z-]+) (\d+):(\d+)\n", file.read_text("utf-8"))
    assert found, file
    return found[1], int(found[2]), int(found[3])


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_each_class_of_mistake_is_caught_where_it_is_and_nothing_else_is_said(file: Path) -> None:
    problems = read_flow(file.read_text("utf-8"), file.name)[1]
    found = [(problem.code, problem.line, problem.column) for problem in problems]
    assert found == [expected(file)], "\n".join(map(str, problems))
    assert all(problem.message and problem.remedy for problem in problems)


def test_every_code_has_a_broken_flow_or_a_reason_to_have_none() -> None:
    shown = {expected(file)[0] for file in BROKEN}
    assert shown | set(NOT_IN_A_FILE) == set(CODES)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("offer_over_by_then", ["7 days pass (the offer has ended)", "bot: (offer.percent is missing)"]),
        ("better_follows", ["customer: (coupon)", "9 days pass", "bot: Tern & Tide: 20% off till"]),
        ("endless_silence", ["8 days pass"]),
        ("too_many_texts", ["4 days pass"]),
        ("opener_by_branch", ["bot: Tern & Tide's text bot: you have 120 points."]),
    ],
)
def test_what_the_walk_found_is_shown_as_the_conversation_that_suffers(name: str, lines: list[str]) -> None:
    file = Path(__file__).parent / "broken" / f"{name}.yml"
    problem = read_flow(file.read_text("utf-8"), file.name)[1][0]
    told = "\n".join(problem.transcript)
    assert all(line in told for line in lines), told
