"""The rules of goodwill, each alone: what they hold, what they deny, and that whoever asks is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.compliance.facts import Policy
from bot.compliance.gate import Allow, Defer, Deny, may_send
from bot.compliance.rules.goodwill import FRESH_LOOK
from bot.sending.validity import CALL, with_validity
from nlu.rhythm import Rhythm
from tests.bot.compliance.sendfacts import MARKETING, NOON, answer, but, compliance, staff

DAY, WEEK = timedelta(days=1), timedelta(days=7)
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


NIGHT_OWL = Rhythm(from_minute=18 * 60)


@pytest.mark.parametrize(
    ("rhythm", "changes", "until"),
    [
        (Rhythm(1, 30), {}, None),
        (Rhythm(2, 365), {"marketing_at": (NOON - 20 * WEEK, NOON - 5 * WEEK)}, NOON - 20 * WEEK + 365 * DAY),
        (Rhythm(1, 30), {"marketing_at": (NOON - 29 * DAY,)}, NOON + DAY),
        (Rhythm(weekdays=(0,)), {}, None),
        (Rhythm(weekdays=(1, 2, 3, 4, 5, 6)), {}, datetime(2026, 11, 24, 14, tzinfo=UTC)),
        (NIGHT_OWL, {}, datetime(2026, 11, 23, 23, tzinfo=UTC)),
        (NIGHT_OWL, {"send_window": "mornings"}, "never"),
        (Rhythm(to_minute=12 * 60 + 1), {}, None),
        (Rhythm(to_minute=12 * 60), {}, datetime(2026, 11, 24, 14, tzinfo=UTC)),
        (Rhythm(topic="coffee"), {}, None),
        (Rhythm(topic="coffee"), {"off_topic": "Green Tea"}, "never"),
    ],
)
def test_the_customers_own_rhythm(rhythm: Rhythm, changes: dict[str, Any], until: object) -> None:
    """A Monday, noon in New York; it opens at 9 there."""
    decision = may_send(but(MARKETING, rhythm=rhythm, **changes), NOON)
    match until:
        case None:
            assert isinstance(decision, Allow)
        case "never":
            assert isinstance(decision, Deny)
        case _:
            assert isinstance(decision, Defer)
            assert decision.rule == "rhythm"
            assert decision.until == until


def test_a_rhythm_binds_nothing_that_was_asked_for() -> None:
    facts = answer(NOON, rhythm=Rhythm(1, 365, weekdays=(6,)), marketing_at=(NOON - DAY,))
    assert isinstance(may_send(facts, NOON), Allow)


def test_what_the_provider_may_try_ends_with_the_rhythm() -> None:
    facts = but(MARKETING, rhythm=Rhythm(to_minute=13 * 60))
    assert with_validity(may_send(facts, NOON), facts, NOON)[1] == 3600 - CALL.total_seconds()
    late = NOON + timedelta(minutes=59, seconds=50)
    decision, _ = with_validity(may_send(facts, late), facts, late)
    assert isinstance(decision, Defer)
    assert decision.until == datetime(2026, 11, 24, 14, tzinfo=UTC)


def test_a_flow_that_is_held_waits() -> None:
    decision = may_send(but(MARKETING, flow_held="9 of 100 opted out"), NOON)
    assert isinstance(decision, Defer)
    assert decision.rule == "breaker"
    assert isinstance(may_send(answer(NOON, flow_held="9 of 100 opted out"), NOON), Allow)


SECONDS = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"answers_at": tuple(NOON - 40 * SECONDS * n for n in range(1, 12))}, True),
        ({"answers_at": tuple(NOON - 40 * SECONDS * n for n in range(1, 13))}, False),
        ({"answers_at": tuple(NOON - 20 * MINUTE * n for n in range(1, 40))}, True),
        ({"answers_at": tuple(NOON - 20 * MINUTE * n for n in range(1, 41))}, False),
        ({"answers_at": tuple(NOON - 40 * MINUTE * n for n in range(1, 41))}, True),
        ({"answers_at": (NOON - MINUTE,) * 3, "policy": Policy(answers_per_day=3)}, False),
        ({"same_words": 4}, True),
        ({"same_words": 5}, False),
        ({"same_words": None}, False),
        ({"answers_at": None}, False),
    ],
)
def test_r103_two_machines_do_not_talk_for_ever(changes: dict[str, Any], allowed: bool) -> None:
    decision = may_send(answer(NOON, **changes), NOON)
    assert isinstance(decision, Allow) == allowed
    if isinstance(decision, Deny):
        assert decision.rule == "answers"
