"""docs/reference/sending-rules.md says what the program does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.compliance.book import book
from bot.compliance.gate import may_send
from tests.bot.compliance.sendfacts import MARKETING, NOON

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "sending-rules.md").read_text("utf-8")


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
