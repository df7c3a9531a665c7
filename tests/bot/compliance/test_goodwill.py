"""The rules of goodwill, each alone: what they hold, what they deny, and that whoever asks is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.compliance.facts import Policy
from bot.compliance.gate import Allow, Defer, Deny, may_send
from bot.compliance.rules.goodwill import FRESH_LOOK
from tests.bot.compliance.sendfacts import MARKETING, NOON, answer, but, compliance, staff

WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"orders_known_at": NOON - WEEK}, False),
        ({"orders_known_at": NOON - WEEK - MINUTE}, True),
        ({"orders_known_at": None}, True),
        ({"orders_known_at": NOON - WEEK - MINUTE, "opener": False}, False),
        ({"orders_known_at": None, "policy": Policy(order_data_days=None)}, False),
        ({"orders_known_at": NOON - WEEK - MINUTE, "policy": Policy(order_data_days=14)}, False),
    ],
)
def test_an_opener_waits_for_order_data(changes: dict[str, Any], held: bool) -> None:
    decision = may_send(but(MARKETING, **changes), NOON)
    if held:
        assert isinstance(decision, Defer)
        assert (decision.rule, decision.until) == ("freshness", NOON + FRESH_LOOK)
    else:
        assert isinstance(decision, Allow)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"last_order_refunded": True}, "refunded"),
        ({"last_order_refunded": None}, "refunded"),
        ({"silent_texts": 6}, "let_go"),
        ({"silent_texts": None}, "let_go"),
        ({"silent_texts": 2, "policy": Policy(silent_texts=2)}, "let_go"),
        ({"opener": None}, "freshness"),
    ],
)
def test_marketing_is_denied(changes: dict[str, Any], rule: str) -> None:
    decision = may_send(but(MARKETING, **changes), NOON)
    assert isinstance(decision, Deny)
    assert decision.rule == rule


def test_the_sixth_text_in_a_row_may_leave() -> None:
    assert isinstance(may_send(but(MARKETING, silent_texts=5), NOON), Allow)


@pytest.mark.parametrize("make", [answer, compliance, staff])
def test_whoever_asks_is_answered_all_the_same(make: Any) -> None:
    facts = make(NOON, last_order_refunded=True, silent_texts=9, orders_known_at=None, opener=None)
    assert isinstance(may_send(facts, NOON), Allow)
