"""The flows that we ship: proved, tested by their own tests, and each of their questions answered in a dozen ways.

A table a flow: question node -> answer -> the node that answers it, with `> person` where a person has it then. The
answers are read by the real reader.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.compliance.facts import ASKS_FOR_OFFER as GATE_ASKS_FOR_OFFER
from flows.intents import ASKS_FOR_OFFER
from flows.parser import library, read_flow
from flows.play.script import Case, cases_in, run
from flows.segments import measure
from tests.flows.library.answering import READS, Step, answer, before, questions, shipped

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

FLOWS = tuple(name for name in library() if name != "front_desk")
TABLES = sorted(Path(__file__).parent.glob("*.yml"))
LANGUAGES = {"en": 12, "es": 6}
"""How many answers each question is tested with, at least."""

PRAISE = ("loved it", "me encantó")
SO_SO = ("it was ok I guess", "más o menos")
COMPLAINTS = (
    "arrived broken",
    "llegó roto",
    "any discount? my last bag was stale",
    "algún descuento? el último café estaba rancio",
)
LOSSES = ("my husband passed away, he drank it", "mi esposo falleció, él lo tomaba")
OWN_WORDS = {("winback_long", "a_wish")}
"""Questions to which anything is an answer, and goes to the shop: praise and so-so too."""
PARTING = {("winback_offer", "ask_why"), ("winback_long", "why")}
"""Asked of somebody who has said no: praise is thanked for, and sells nothing."""


@cache
def table(name: str) -> dict[str, dict[str, Any]]:
    written = YAML(typ="safe").load((Path(__file__).parent / f"{name}.yml").read_text("utf-8"))
    assert written["flow"] == name
    found: dict[str, dict[str, Any]] = written["questions"]
    return found


def asked(name: str) -> list[tuple[str, str, str]]:
    return [(name, node, language) for node in table(name) for language in LANGUAGES]


EVERY_QUESTION = [each for path in TABLES for each in asked(path.stem)]


@cache
def answers(name: str, node: str, language: str, *then: str) -> dict[str, Step]:
    """What each answer of the table leads to; with `then`, when so much is said after it."""
    row = table(name)[node]
    player, _ = before(shipped(name), node, {**row.get("customer", {}), "language": language})
    standing = player.standing
    return {text: answer(player, standing, text, *then) for text in row[language]}


@pytest.mark.parametrize("name", library())
def test_a_shipped_flow_has_no_problem_at_all(name: str) -> None:
    flow, problems = read_flow(library()[name], f"{name}.yml")
    assert (problems, flow is not None) == ([], True)


def test_the_prover_and_the_gate_agree_on_what_asks_for_an_offer() -> None:
    assert ASKS_FOR_OFFER == GATE_ASKS_FOR_OFFER


def own_tests() -> list[tuple[str, Case]]:
    return [(name, case) for name in FLOWS for case in cases_in(library()[name], f"{name}.yml")[0]]


@pytest.mark.parametrize(
    ("name", "case"), own_tests(), ids=lambda given: getattr(getattr(given, "test", None), "test", given)
)
def test_its_own_tests_go_as_written(name: str, case: Case) -> None:
    done = run(shipped(name), case, READS)
    assert done.passed, [problem.message for problem in done.problems]


def test_every_shipped_flow_has_a_table_and_tests_of_its_own() -> None:
    assert [path.stem for path in TABLES] == sorted(FLOWS)
    assert {name for name, _ in own_tests()} == set(FLOWS)


@pytest.mark.parametrize("name", FLOWS)
def test_every_question_is_in_the_table(name: str) -> None:
    assert set(table(name)) == set(questions(shipped(name)))
    for node, row in table(name).items():
        for language, least in LANGUAGES.items():
            assert len(row[language]) >= least, node


@pytest.mark.slow
@pytest.mark.parametrize(("name", "node", "language"), EVERY_QUESTION)
def test_an_answer_leads_where_the_table_says(name: str, node: str, language: str) -> None:
    came = {
        text: step.to + (" > person" if step.stands == "handed_off" else "")
        for text, step in answers(name, node, language).items()
    }
    assert came == table(name)[node][language]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "node", "language"), EVERY_QUESTION)
def test_the_next_step_is_fitting(name: str, node: str, language: str) -> None:
    """Praise leads to the cart, so-so to a person, a complaint never to a discount, a loss to one kind line and silence."""
    found = answers(name, node, language)
    for text, step in found.items():
        assert all(measure(body).parts == 1 for body in step.texts), step.texts
        body = " ".join(step.texts)
        if text in PRAISE and (name, node) not in OWN_WORDS | PARTING:
            agreed = answers(name, node, language, "yes")[
                text
            ]  # to «shall I send it?», which is no offer yet
            assert "https://jun.pr/l/" in body + " ".join(agreed.texts), step
        if text in SO_SO and (name, node) not in OWN_WORDS:
            assert step.stands == "handed_off", step
        if text in SO_SO + COMPLAINTS + LOSSES:
            assert not any(sign in body for sign in ("%", "$", "http")), step
        if text in COMPLAINTS:
            assert step.stands == "handed_off", step
        if text in LOSSES:
            assert (step.to, step.stands, len(step.texts)) == ("courtesy.condolence", "ended", 1), step


@pytest.mark.parametrize("name", FLOWS)
def test_every_text_is_there_in_both_languages(name: str) -> None:
    for node in shipped(name).nodes.values():
        for words in node.say.variants if node.say else ():
            assert set(words) == {"en", "es"}, node.name


@pytest.mark.parametrize("name", FLOWS)
def test_every_offer_ends_and_has_an_end_to_its_cost(name: str) -> None:
    for offer in shipped(name).offers.values():
        assert 0 < offer.valid_for_seconds <= 7 * 86_400
        assert offer.budget is not None or (name, offer.name) == ("winback_offer", "comeback")
