"""A merchant's tests: what passes, and that a failure points at its line and says what was expected and what was said."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from flows.events import Reading
from flows.parser import library, published
from flows.play.came import Heard
from flows.play.script import Result, cases_beside, cases_in, run
from tests.flows.play.small import SMALL

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOW = published(SMALL)
BEFORE = SMALL.count("\n")


def first_result(steps: str, customer: str = "") -> Result:
    """The result of one test made of these steps; its `test:` line is BEFORE + 2."""
    source = f"{SMALL}tests:\n  - test: it goes so\n{customer}    steps:\n{steps}"
    cases, problems = cases_in(source, "small.yml")
    assert not problems, problems
    return run(FLOW, cases[0], _reads_yes)


def _reads_yes(text: str, today: date, answers: Mapping[str, str]) -> Heard:
    return Heard(Reading("yes", 0.9))


PASSING = {
    "the first text": "      - expects: shall i FILL a cart\n",
    "curly quotes count as straight ones": "      - expects: “Hi from Juniper’s text bot”\n".replace(
        "“", ""
    ).replace("”", ""),
    "read by whoever reads": "      - { says: sure, expects: Here it is, at: cart }\n",
    "an intent given": "      - { says: nah, intent: no, expects: All right, at: bye, stands: ended, outcome: declined }\n",
    "a silence": "      - { silence: true, within: 4 days, expects: [], outcome: silent }\n",
    "an order": "      - { orders: true, expects: [], outcome: ordered }\n",
    "a wait that begins": "      - { says: ok, within: 3 days }\n",
    "no codes": "      - { no_codes: true, says: code?, intent: coupon, at: cart }\n",
    "time": "      - { after: 3 days, expects: [], at: hello }\n      - { after: 2 days, outcome: silent }\n",
    "a doubt": "      - { says: enough, intent: perhaps_stop, expects: [], stands: handed_off }\n"
    "      - { hand_back: hello, expects: Shall I }\n",
    "a person": "      - { says: a person please, intent: human, stands: handed_off }\n      - { hand_back: true, stands: waiting }\n",
}


@pytest.mark.parametrize("name", PASSING)
def test_it_goes_as_written(name: str) -> None:
    result = first_result(PASSING[name])
    assert result.passed, result.problems
    assert result.line == BEFORE + 2


FAILING = {
    # name: steps, line counted from `steps:`, what the message has in it
    "other words": (
        "      - says: ok\n        expects: goodbye\n",
        2,
        "Expected «goodbye», but the bot said «Here it is",
    ),
    "nothing said": (
        "      - silence: true\n        expects: hello\n",
        2,
        "but nothing was said (the conversation has ended: silent)",
    ),
    "said after all": ("      - says: ok\n        expects: []\n", 2, "Expected no text, but the bot said"),
    "one of several": (
        "      - says: ok\n        expects:\n          - There it is\n",
        3,
        "Expected «There it is», but the bot said «Here it is",
    ),
    "too many": ("      - says: ok\n        expects: [Here, there]\n", 2, "Expected 2 texts"),
    "another place": ("      - says: ok\n        at: bye\n", 2, "stands at `cart`, not at `bye`"),
    "no such place": ("      - says: ok\n        at: byebye\n", 2, "There is no node `byebye`"),
    "not over": ("      - says: ok\n        stands: ended\n", 2, "is waiting, not ended"),
    "another end": (
        "      - says: no\n        intent: no\n        outcome: told_why\n",
        3,
        "ended as `declined`",
    ),
    "too long a wait": (
        "      - silence: true\n        within: 3 days\n",
        2,
        "The wait lasts 4 days, longer than 3 days",
    ),
    "nothing to wait for": (
        "      - { says: no, intent: no }\n      - silence: true\n",
        2,
        "Nothing is waited for here (the conversation has ended: declined)",
    ),
    "no such intent": ("      - says: ok\n        intent: maybe\n", 2, "There is no intent `maybe`"),
    "the second step": (
        "      - says: ok\n\n      # so\n      - says: ok\n        at: bye\n",
        5,
        "not at `bye`",
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_failure_says_where_and_what(name: str) -> None:
    steps, line, message = FAILING[name]
    result = first_result(steps)
    assert [problem.code for problem in result.problems] == ["test-failed"]
    assert message in result.problems[0].message
    assert result.problems[0].line == BEFORE + 3 + line
    assert result.problems[0].file == "small.yml"
    assert any(text.startswith("bot: Hi from Juniper") for text in result.problems[0].transcript)


def test_a_reading_by_the_model_is_told_with_the_failure() -> None:
    result = first_result("      - { says: mm, expects: goodbye }\n")
    assert "It was read as yes" in result.problems[0].remedy


def test_a_fact_that_no_customer_has_is_told_at_its_place() -> None:
    result = first_result("      - expects: Hi\n", customer="    customer: { hat: red }\n")
    assert "no fact `hat`" in result.problems[0].message
    assert result.problems[0].line == BEFORE + 3


def test_a_test_beside_is_read_alike_and_a_wrong_one_is_a_list_of_problems() -> None:
    cases, problems = cases_beside(
        "tests:\n  - test: a\n    steps:\n      - expects: Hi\n", "small.tests.yml"
    )
    assert not problems
    assert run(FLOW, cases[0]).passed
    for text in ("tests: 3", "nodes: {}", "tests:\n  - test: a\n", "- a", "tests:\n\t- a"):
        cases, problems = cases_beside(text, "small.tests.yml")
        assert not cases
        assert problems[0].file == "small.tests.yml"


def test_one_step_is_one_happening() -> None:
    _, problems = cases_beside("tests:\n  - test: a\n    steps:\n      - { says: a, orders: true }\n", "f")
    assert "one of says, silence, orders" in problems[0].message


def test_words_without_an_intent_need_a_reader() -> None:
    cases, _ = cases_beside("tests:\n  - test: a\n    steps:\n      - says: ok\n", "f")
    assert "Nothing says how this is read" in run(FLOW, cases[0]).problems[0].message


@pytest.mark.parametrize("name", sorted(library()))
def test_the_reference_of_tests_holds_for_shipped_flows(name: str) -> None:
    """Whatever tests a shipped flow has are read without a problem."""
    _, problems = cases_in(library()[name], f"{name}.yml")
    assert not problems
