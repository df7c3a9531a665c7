"""The gate over random texts, by a second working-out of the law; and every fact of it missing, one at a time.

`python -m benchmarks.gate_cases` tries a million of the same cases; docs/benchmarks.md has what came of it.
"""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.gate_cases import run
from benchmarks.gate_oracle import holidays
from bot.compliance.book import book
from bot.compliance.facts import AtMost, Kind, SendFacts
from bot.compliance.gate import Allow, may_send
from bot.compliance.hypothetical import Supposed, supposed_facts
from tests.bot.compliance.sendfacts import NOON, ago, but
from tests.support.examples import examples

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

NONE_IS_A_VALUE = {
    # the fact -> what None says. Whoever adds a fact whose absence denies need not touch this.
    "prompted_by": "no reply asked for it",
    "offer": "none in it",
    "notice": "no such text",
    "to_is_confirmed_phone": "asked only while the shop is in test",
    "suppression": "not suppressed",
    "open_matter": "nothing is open",
    "inbound_at": "the customer wrote nothing",
    "at_most": "the flow has no limit",
    "flow_at": "asked only with such a limit",
    "send_window": "any hour that the law allows",
    "paused_until": "no pause",
    "marketing_paused_until": "nor one by staff",
    "returned_at": "people never gave it back",
    "owed_since": "nothing is owed by people",
    "last_order_at": "no order is known",
    "rhythm": "the customer set none",
    "rhythm_at": "nor said when",
    "off_topic": "it names no other product",
    "flow_held": "the flow is not held",
    "signed_up_at": "no sign-up waits",
    "help_by_word": "asked only where the number is suppressed",
    "signed_up_by": "nor is it known how",
}
NOT_ASKED: dict[Kind, set[str]] = {
    # what these kinds have no need of
    "marketing": {"answers_at", "same_words"},
    "staff": {
        *("arm", "holder", "unread_inbound", "bot_texts_60s", "opener", "orders_known_at", "last_order_refunded"),
        *("silent_texts", "proof_at", "answers_at", "same_words"),
    },
}  # fmt: skip
MISSING = sorted(
    {field.name for field in dataclasses.fields(SendFacts)} - {"author", "policy"} - set(NONE_IS_A_VALUE)
)


@settings(max_examples=examples(40))
@given(st.integers(0, 10**9))
def test_no_fault_in_random_cases(seed: int) -> None:
    _, faults, _ = run(seed, 25)
    assert faults == []


def test_the_cases_are_not_all_refused() -> None:
    """A gate that lets nothing through has no fault either."""
    counts, faults, _ = run(1, 1500)
    assert faults == []
    for answer in ("allow marketing", "allow staff", "allow answer", "allow compliance", "defer marketing"):
        assert counts[answer] > 10, counts
    assert counts["allow marketing"] > 100


@pytest.mark.parametrize("name", MISSING)
@pytest.mark.parametrize("kind", ["marketing", "staff"])
def test_an_allow_never_follows_from_a_missing_fact(kind: Kind, name: str) -> None:
    facts = but(supposed_facts(Supposed(phone="+12125550123", kind=kind), NOON))
    assert isinstance(may_send(facts, NOON), Allow)
    without = may_send(but(facts, **{name: None}), NOON)
    assert isinstance(without, Allow) == (name in NOT_ASKED[kind]), without


def test_where_a_limit_or_a_test_asks_for_a_fact_it_is_needed_too() -> None:
    facts = supposed_facts(Supposed(phone="+12125550123", kind="marketing"), NOON)
    limited = but(facts, at_most=AtMost(3, 7), flow_at=(ago(NOON, days=2),))
    in_test = but(facts, shop_state="test", to_is_confirmed_phone=True)
    for given_, name in ((limited, "flow_at"), (in_test, "to_is_confirmed_phone")):
        assert isinstance(may_send(given_, NOON), Allow)
        assert not isinstance(may_send(but(given_, **{name: None}), NOON), Allow)


@pytest.mark.parametrize("name", sorted(book().holidays))
def test_two_ways_of_reckoning_holidays_agree_for_thirty_years(name: str) -> None:
    calendar = book().holidays[name]
    for year in range(2015, 2045):
        first = date(year, 1, 1)
        days = {first + timedelta(days=number) for number in range(366)}
        assert {day for day in days if day.year == year and calendar.falls_on(day)} == holidays(name, year)
