"""docs/reference/sending-rules.md says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.compliance.book import book
from bot.compliance.gate import may_send
from tests.bot.compliance.sendfacts import MARKETING, NOON

ROOT = Path(__file__).parents[3]
TESTS = ROOT / "tests"
PAGE = (ROOT / "docs" / "reference" / "sending-rules.md").read_text("utf-8")


@pytest.mark.parametrize("rule", [verdict.id for verdict in may_send(MARKETING, NOON).rules])
def test_every_rule_is_on_the_page(rule: str) -> None:
    assert f"| `{rule}` |" in PAGE


def test_the_rules_stand_in_the_gates_own_order() -> None:
    places = [PAGE.index(f"| `{verdict.id}` |") for verdict in may_send(MARKETING, NOON).rules]
    assert places == sorted(places)


@pytest.mark.parametrize("state", sorted(book().states))
def test_every_state_with_hours_of_its_own_is_on_the_page(state: str) -> None:
    rows = [row.split("|")[1] for row in PAGE.splitlines() if row.startswith("|")]
    assert any(state in row.replace(",", " ").split() for row in rows)


@pytest.mark.parametrize("window", sorted(book().send_windows))
def test_every_send_window_is_on_the_page(window: str) -> None:
    assert f"`{window}`" in PAGE


ELSEWHERE = {
    # tests that keep a rule without naming its number: rule -> file::function, below tests/
    "R4": "bot/conversations/test_loop.py::test_stop_is_in_force_in_the_commit_that_stores_it",
    "R56": "bot/conversations/test_loop.py::test_a_bare_stop_is_answered_by_the_provider_alone",
    "R57": "bot/conversations/test_loop.py::test_a_bare_stop_is_answered_by_the_provider_alone",
    "R70": "webhooks/test_twilio_door.py::test_rubbish_is_forbidden_and_never_an_error",
    "R72": "webhooks/test_standin.py::test_a_webhook_may_come_twice_with_one_id_or_get_lost",
    "R73": "webhooks/test_inbound_kept.py::test_ten_webhooks_at_once_for_one_text_keep_it_once",
    "R76": "webhooks/test_twilio_door.py::test_the_same_body_without_the_right_signature_does_not",
    "R78": "webhooks/test_inbound_kept.py::test_a_text_rings_the_bell_and_its_repeat_does_not",
    "R80": "webhooks/test_twilio_door.py::test_the_token_before_counts_while_keys_are_rotated",
    "R90": "bot/conversations/test_loop.py::test_a_sender_that_dies_leaves_unknown_not_ready",
    "R92": "bot/sending/test_unknowns.py::test_nothing_of_it_is_due_to_be_sent",
    "R93": "bot/sending/test_twilio.py::test_only_a_certain_no_may_be_tried_again",
    "R94": "bot/conversations/test_loop.py::test_try_later_is_tried_later_with_the_same_row",
    "R96": "bot/sending/test_validity.py::test_at_the_last_moment_it_waits_for_the_next_window",
    "R100": "flows/test_segments.py::test_measure",
    "R101": "bot/cli/test_twilio.py::test_an_address_that_twilio_cannot_reach_is_said_before_it_is_written",
    "R107": "webhooks/test_standin.py::test_a_wrong_token_gets_nowhere",
    "R127": "bot/conversations/test_who_is_heard.py::test_the_answer_comes_from_the_number_that_was_texted",
    "R134": "flows/test_segments.py::test_tidy",
    "R141": "nlu/test_optout.py::test_a_wish_to_be_left_alone_counts_in_any_words",
}
NUMBERS = [*range(1, 13), *range(20, 32), *range(40, 50), *range(50, 63), *range(70, 81), *range(90, 109)]
NUMBERS += [*range(120, 137), *range(140, 149), *range(150, 157), *range(160, 167)]
MATRIX = {
    cells[1].strip(): cells
    for cells in (line.split("|") for line in PAGE.splitlines() if re.match(r"\| R\d+ \|", line))
}


def test_every_number_stands_in_the_matrix_once() -> None:
    listed = [line.split("|")[1].strip() for line in PAGE.splitlines() if re.match(r"\| R\d+ \|", line)]
    assert listed == [f"R{number}" for number in NUMBERS]


@pytest.mark.parametrize("number", list(MATRIX))
def test_what_is_kept_is_tested_by_its_number_and_what_is_left_has_a_reason(number: str) -> None:
    _, _, short, kept, last, _ = MATRIX[number]
    assert short.strip()
    if kept.strip() == "left to the operator":
        assert len(last.strip()) > 20, "why?"
        return
    files = re.findall(r"[\w/]+\.py", last.replace("../../tests/", ""))
    assert files
    names = [file for file in files if _names(number, file)]
    elsewhere, _, function = ELSEWHERE.get(number, "::").partition("::")
    assert names or elsewhere, f"no test of {files} names {number}"
    if elsewhere:
        assert f"def {function}(" in (TESTS / elsewhere).read_text("utf-8")


@pytest.mark.parametrize("number", list(MATRIX))
def test_the_files_that_the_matrix_names_exist(number: str) -> None:
    _, _, _, kept, last, _ = MATRIX[number]
    for file in re.findall(r"`([\w/]+\.(?:py|yml))`", kept):
        assert (ROOT / file).exists() or list((ROOT / "bot").rglob(file)), file
    for file in re.findall(r"`([\w/]+\.py)`", last):
        assert (TESTS / file).exists(), file


def _names(number: str, file: str) -> bool:
    """Whether a test file has the number as a word of its own, in whatever case."""
    words = (TESTS / file).read_text("utf-8").replace("_", " ")
    return re.search(rf"(?i)(?<![a-z0-9]){number}(?![0-9])", words) is not None
