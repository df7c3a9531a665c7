"""What a consent is worth today: the proof's age (R28, R29), the quiet day of an opt-in (R12), who is asked (R155)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.compliance.facts import ConsentFact, Policy, SendFacts
from bot.compliance.gate import Allow, Defer, Deny, may_send
from bot.compliance.places import place_of
from tests.bot.compliance.sendfacts import MARKETING, NIGHT, NOON, answer, but, compliance, staff

EVENING = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""18:30 in New York."""


@pytest.mark.parametrize(
    ("facts", "allowed"),
    [
        pytest.param(but(MARKETING, proof_at=NOON - timedelta(days=540)), True, id="R29 on the last day"),
        pytest.param(but(MARKETING, proof_at=NOON - timedelta(days=541)), False, id="R29 a day later"),
        pytest.param(but(MARKETING, proof_at=None), False, id="nothing shows it: a missing fact denies"),
        pytest.param(
            but(MARKETING, proof_at=NOON + timedelta(days=1)), False, id="a sign of tomorrow is none"
        ),
        pytest.param(
            but(MARKETING, proof_at=None, policy=Policy(reverify_after_days=None)),
            True,
            id="the shop asks for none",
        ),
        pytest.param(
            but(MARKETING, proof_at=NOON - timedelta(days=100), policy=Policy(reverify_after_days=90)),
            False,
            id="the shop asks for a fresher one",
        ),
        pytest.param(answer(NOON, proof_at=None), True, id="an answer goes to whoever has the number"),
        pytest.param(staff(NOON, proof_at=None), True, id="so does a person's"),
        pytest.param(compliance(NOON, proof_at=None), True, id="and a compliance text"),
    ],
)
def test_r28_r29_marketing_needs_a_sign_that_the_number_is_still_theirs(
    facts: SendFacts, allowed: bool
) -> None:
    decision = may_send(facts, NOON)
    assert isinstance(decision, Allow) == allowed
    if isinstance(decision, Deny):
        assert decision.rule == "reverify"


@pytest.mark.parametrize("source", ["start", "join", "signup"])
def test_r12_who_has_just_come_back_hears_nothing_else_till_the_next_day_there(source: str) -> None:
    facts = but(MARKETING, consent=ConsentFact("written", NOON - timedelta(hours=1), source))
    decision = may_send(facts, NOON)
    assert isinstance(decision, Defer)
    assert decision.rule == "came_back"
    assert decision.until == datetime(2026, 11, 24, 14, 0, tzinfo=UTC), "nine in the morning, in New York"
    assert isinstance(may_send(facts, decision.until), Allow)


def test_the_day_is_the_one_where_they_are_the_latest_of_all_candidates() -> None:
    """A number of Tennessee may be in two zones; the day is over when it is over in both."""
    tennessee = place_of("+14235550123")
    assert len(tennessee.zones) > 1
    facts = but(MARKETING, place=tennessee, consent=ConsentFact("written", EVENING, "start"))
    decision = may_send(facts, EVENING)
    assert isinstance(decision, Defer)
    assert decision.until >= datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def test_an_import_of_today_is_no_opt_in_of_today() -> None:
    facts = but(MARKETING, consent=ConsentFact("written", NOON - timedelta(hours=1), "import"))
    assert isinstance(may_send(facts, NOON), Allow)


QUESTION = but(MARKETING, notice="confirm", consent=None, proof_at=None, arm=None, signed_up_at=NOON, signed_up_by="signup")  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "now", "allowed"),
    [
        pytest.param(QUESTION, NOON, True, id="R52 right after the sign-up"),
        pytest.param(but(QUESTION, signed_up_at=NIGHT), NIGHT, True, id="at night, too: they are waiting for it"),
        pytest.param(but(QUESTION, signed_up_at=NIGHT - timedelta(hours=1)), NIGHT, False, id="R23 an hour later not"),
        pytest.param(but(QUESTION, signed_up_at=NIGHT, signed_up_by="import"), NIGHT, False, id="R23 nobody waits for a file"),
        pytest.param(but(QUESTION, signed_up_at=NIGHT, signed_up_by=None), NIGHT, False, id="R23 nor where it is not known"),
        pytest.param(but(QUESTION, signed_up_by="import"), NOON, True, id="R155 whom a file names is asked by day"),
        pytest.param(but(QUESTION, signed_up_at=NOON - timedelta(days=9)), NOON, True, id="days later, by day"),
        pytest.param(but(QUESTION, signed_up_at=None), NOON, False, id="nobody signed up: nobody is asked"),
        pytest.param(but(QUESTION, suppression="opted_out"), NOON, False, id="R12 not after an opt-out"),
        pytest.param(but(QUESTION, suppression="held"), NOON, False, id="R145 nor in doubt"),
        pytest.param(but(QUESTION, number_state="moved"), NOON, False, id="R28 nor to a number that moved"),
        pytest.param(but(QUESTION, shop_state="paused"), NOON, False, id="nor by a paused shop"),
        pytest.param(
            but(QUESTION, place=place_of("+14165550123"), signed_up_at=NOON - timedelta(days=9)),
            NOON,
            False,
            id="R155 in Canada asking needs a consent",
        ),
        pytest.param(
            but(QUESTION, place=place_of("+14165550123")), NOON, True, id="R155 but not when they asked for it just now"
        ),
        pytest.param(but(QUESTION, marketing_at=(NOON - timedelta(hours=2),), signed_up_at=NOON - timedelta(days=9)),
                     NOON, False, id="caps count it"),
        pytest.param(but(QUESTION, offer="comeback", signed_up_at=NOON), NOON, False, id="an offer makes it marketing"),
    ],
)  # fmt: skip
def test_the_question_of_the_double_opt_in(facts: SendFacts, now: datetime, allowed: bool) -> None:
    assert isinstance(may_send(facts, now), Allow) == allowed


@pytest.mark.parametrize(
    ("facts", "allowed"),
    [
        pytest.param(answer(NOON, suppression="no_marketing"), True, id="R8 what they ask is answered"),
        pytest.param(but(MARKETING, suppression="no_marketing"), False, id="R9 marketing is over"),
        pytest.param(staff(NOON, suppression="no_marketing"), True, id="a person answers them, too"),
        pytest.param(
            staff(NOON - timedelta(hours=2), suppression="no_marketing"),
            False,
            id="and does not begin",
        ),
        pytest.param(
            answer(NOON, suppression="opted_out"), False, id="R9 a stop of everything is one of everything"
        ),
        pytest.param(answer(NOON, suppression="blocked"), False, id="R60 what Twilio blocks would come back"),
    ],
)
def test_r8_r9_a_stop_of_marketing_leaves_answers(facts: SendFacts, allowed: bool) -> None:
    assert isinstance(may_send(facts, NOON), Allow) == allowed
