"""The gate, rule by rule. Each case names the rule of sms-rules that it is about."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.compliance.facts import AtMost, ConsentFact, Policy, SendFacts, kind_of
from bot.compliance.gate import Allow, Defer, Deny, may_send, name_of, receipt_of
from bot.compliance.places import place_of
from bot.compliance.rules import RULES
from bot.compliance.windows import window_at
from tests.bot.compliance.sendfacts import MARKETING, NIGHT, NOON, ago, answer, but, compliance, staff

HELD, WRONG, OUT = "held", "wrong_number", "opted_out"


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        pytest.param(MARKETING, "marketing", id="an opener"),
        pytest.param(answer(NOON), "answer", id="R44 an answer"),
        pytest.param(answer(NOON, offer="comeback"), "marketing", id="R44 an offer that nobody asked for"),
        pytest.param(but(answer(NOON), prompted_by="coupon", offer="comeback"), "answer", id="R44 an offer asked for"),
        pytest.param(but(answer(NOON), prompted_by="yes", offer="comeback"), "answer", id="R44 yes to an offer"),
        pytest.param(but(answer(NOON), inbound_at=ago(NOON, minutes=10)), "answer", id="R44 after 10 minutes"),
        pytest.param(but(answer(NOON), inbound_at=ago(NOON, minutes=10.1)), "marketing", id="R44 too late to be an answer"),
        pytest.param(but(answer(NOON), inbound_at=None), "marketing", id="R44 answers nothing"),
        pytest.param(but(answer(NOON), inbound_at=ago(NOON, minutes=-5)), "marketing", id="an inbound of the future"),
        pytest.param(but(answer(NOON), prompted_by=None), "marketing", id="R44 a nudge soon after an inbound"),
        pytest.param(but(answer(NOON), author="api"), "marketing", id="R128 the API can't declare an answer"),
        pytest.param(compliance(NOON), "compliance", id="R43 opt-out confirmation"),
        pytest.param(compliance(NOON, notice="help"), "compliance", id="R122 help"),
        pytest.param(compliance(NOON, offer="comeback"), "marketing", id="R5 no promotion in a confirmation"),
        pytest.param(compliance(NOON, author="api"), "marketing", id="R128 the API can't declare compliance"),
        pytest.param(compliance(NOON, notice="please", prompted_by=None), "marketing", id="an unknown notice"),
        pytest.param(staff(NOON, notice="opted_out"), "staff", id="R128 staff stay staff"),
    ],
)  # fmt: skip
def test_the_kind_is_derived(facts: SendFacts, kind: str) -> None:
    assert kind_of(facts, NOON) == kind


ALLOWED = [
    ("R20 written consent, inside the hours", MARKETING, NOON),
    ("R20 express consent where the shop takes it", but(MARKETING, consent=ConsentFact("express", ago(NOON, days=9)), policy=Policy(accept_express_consent=True)), NOON),
    ("R20 an answer needs no consent", answer(NOON, consent=None), NOON),
    ("R20 staff, the customer wrote this week", staff(NOON, consent=None) , NOON),
    ("R43 a compliance text at night", compliance(NIGHT), NIGHT),
    ("R44 an answer at night", answer(NIGHT), NIGHT),
    ("R44 staff's answer at night, 15 minutes", but(staff(NIGHT), inbound_at=ago(NIGHT, minutes=15)), NIGHT),
    ("R62 help for a suppressed number", compliance(NOON, notice="help"), NOON),
    ("R122 help from an unsubscribed number", compliance(NOON, notice="help", suppression=None), NOON),
    ("R5 confirmed after 5 minutes", but(compliance(NOON), inbound_at=ago(NOON, minutes=5)), NOON),
    ("R42 two in 24 hours, and goodwill is off", but(MARKETING, marketing_at=(ago(NOON, hours=3), ago(NOON, hours=5)), policy=Policy(9, 9, 9)), NOON),
    ("R42 exactly a day later", but(MARKETING, marketing_at=(ago(NOON, days=1),)), NOON),
    ("R48 an answer to a toll-free number", answer(NOON, place=place_of("+18005550123")), NOON),
    ("R30 an answer to whoever wrote from a bad number", answer(NOON, number_state="bad"), NOON),
    ("R103 four in the last minute", answer(NOON, bot_texts_60s=4), NOON),
    ("R155 Canada, implied consent of a year ago", but(MARKETING, place=place_of("+14165550123"), consent=ConsentFact("implied", ago(NOON, days=365))), NOON),
    ("R155 Canada, an order of last year renews an old consent", but(MARKETING, place=place_of("+14165550123"), last_order_at=ago(NOON, days=400), consent=ConsentFact("implied", ago(NOON, days=1500))), NOON),
    ("R155 Canada, an inquiry of last month", but(MARKETING, place=place_of("+14165550123"), last_order_at=None, consent=ConsentFact("implied", ago(NOON, days=30))), NOON),
    ("R150 Britain, soft opt-in", but(MARKETING, place=place_of("+442079460000"), consent=ConsentFact("soft", ago(NOON, days=90))), NOON),
    ("R151 France, express consent", but(MARKETING, place=place_of("+33612345678"), consent=ConsentFact("express", ago(NOON, days=900))), NOON),
    ("test shop to its own phone", but(MARKETING, shop_state="test", to_is_confirmed_phone=True), NOON),
    ("paused shop, compliance", compliance(NOON, shop_state="paused"), NOON),
    ("handed off: the bot may still say so", answer(NOON, holder="nobody"), NOON),
    ("staff hold: staff write", staff(NOON), NOON),
    ("staff hold: a compliance text", compliance(NOON, holder="staff"), NOON),
    ("a complaint is open: an answer", answer(NOON, open_matter="complaint"), NOON),
    ("front desk answers without an arm", answer(NOON, arm=None), NOON),
    ("the API's marketing has no arm", but(MARKETING, author="api", arm=None), NOON),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "now"), [row[1:] for row in ALLOWED], ids=[row[0] for row in ALLOWED])
def test_allow(facts: SendFacts, now: datetime) -> None:
    decision = may_send(facts, now)
    assert isinstance(decision, Allow), decision


DENIED = [
    ("R1 opted out: marketing", but(MARKETING, suppression=OUT), "suppression"),
    ("R62 opted out: an answer", answer(NOON, suppression=OUT), "suppression"),
    ("R128 opted out: staff", staff(NOON, suppression=OUT), "suppression"),
    ("R145 held", but(MARKETING, suppression=HELD), "suppression"),
    ("R30 wrong number", but(MARKETING, suppression=WRONG), "suppression"),
    ("R5 confirmation after 5 minutes", but(compliance(NOON), inbound_at=ago(NOON, minutes=5.1)), "confirmation"),
    ("R5 confirmation of nothing", but(compliance(NOON), inbound_at=None), "confirmation"),
    ("R20 no consent", but(MARKETING, consent=None), "consent"),
    ("R20 express consent", but(MARKETING, consent=ConsentFact("express", ago(NOON, days=9))), "consent"),
    ("R20 implied consent in the US", but(MARKETING, consent=ConsentFact("implied", ago(NOON, days=9))), "consent"),
    ("R20 consent of tomorrow", but(MARKETING, consent=ConsentFact("written", ago(NOON, days=-1))), "consent"),
    ("R20 a cold text by staff", but(staff(NOON, consent=None), inbound_at=None), "consent"),
    ("R20 staff, the customer wrote a month ago", but(staff(NOON, consent=None), inbound_at=ago(NOON, days=30)), "consent"),
    ("R155 implied consent, no order for three years", but(MARKETING, place=place_of("+14165550123"), last_order_at=ago(NOON, days=1095), consent=ConsentFact("implied", ago(NOON, days=1095))), "consent"),
    ("R155 an inquiry of seven months ago", but(MARKETING, place=place_of("+14165550123"), last_order_at=None, consent=ConsentFact("implied", ago(NOON, days=210))), "consent"),
    ("R150 soft consent is nothing in the US", but(MARKETING, consent=ConsentFact("soft", ago(NOON, days=9))), "consent"),
    ("R150 nor for a text in Germany", but(MARKETING, place=place_of("+4915112345678"), consent=ConsentFact("soft", ago(NOON, days=9))), "consent"),
    ("R150 Ireland, a sale of 13 months ago", but(MARKETING, place=place_of("+353861234567"), last_order_at=ago(NOON, days=395), consent=ConsentFact("soft", ago(NOON, days=9))), "consent"),
    ("R150 Britain, implied consent", but(MARKETING, place=place_of("+442079460000"), consent=ConsentFact("implied", ago(NOON, days=9))), "consent"),
    ("R28 reassigned number", but(MARKETING, number_state="moved"), "number"),
    ("bad number", but(MARKETING, number_state="bad"), "number"),
    ("R156 Caribbean", but(MARKETING, place=place_of("+12425550123")), "country"),
    ("R156 no profile yet", answer(NOON, place=place_of("+4712345678")), "country"),
    ("R156 Guernsey is not Britain", answer(NOON, place=place_of("+447911123456")), "country"),
    ("R48 toll-free", but(MARKETING, place=place_of("+18005550123")), "hours"),
    ("R103 five in the last minute", answer(NOON, bot_texts_60s=5), "loop"),
    ("R103 two bots that say help", compliance(NOON, notice="help", bot_texts_60s=5), "loop"),
    ("paused shop, an answer to a toll-free number", answer(NOON, shop_state="paused", place=place_of("+18005550123")), "shop"),
    ("test shop to a stranger", answer(NOON, shop_state="test"), "shop"),
    ("test shop, compliance to a stranger", compliance(NOON, shop_state="test"), "shop"),
    ("a state nobody knows", but(MARKETING, shop_state="closed"), "shop"),
    ("control arm", but(MARKETING, arm="control"), "holdout"),
    ("control arm, an answer", answer(NOON, arm="control"), "holdout"),
    ("I6 a person holds: an answer", answer(NOON, holder="staff"), "holder"),
    ("I6 a person holds: marketing", but(MARKETING, holder="staff"), "holder"),
    ("I16 it waits for a person", but(MARKETING, holder="nobody"), "holder"),
    ("I16 a complaint is open", but(MARKETING, open_matter="complaint"), "matter"),
    ("an unknown send window", but(MARKETING, send_window="lunch"), "hours"),
    ("a limit of none", but(MARKETING, policy=Policy(marketing_per_day=0)), "cap.day"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "rule"), [row[1:] for row in DENIED], ids=[row[0] for row in DENIED])
def test_deny(facts: SendFacts, rule: str) -> None:
    decision = may_send(facts, NOON)
    assert isinstance(decision, Deny), decision
    assert decision.rule == rule


def ny(text: str) -> datetime:
    return datetime.fromisoformat(text + "-05:00").astimezone(UTC)


DEFERRED = [
    ("R23 marketing at 3 am", MARKETING, NIGHT, "hours", "2026-11-23T09:00"),
    ("R44 an unasked offer at 3 am", answer(NIGHT, offer="comeback"), NIGHT, "hours", "2026-11-23T09:00"),
    ("R44 an answer that comes too late", but(answer(NIGHT), inbound_at=ago(NIGHT, minutes=11)), NIGHT, "hours", "2026-11-23T09:00"),
    ("R128 staff at 3 am, 16 minutes later", but(staff(NIGHT), inbound_at=ago(NIGHT, minutes=16)), NIGHT, "hours", "2026-11-23T09:00"),
    ("R24 written consent does not lift the hours", but(MARKETING, consent=ConsentFact("written", ago(NIGHT, days=1))), NIGHT, "hours", "2026-11-23T09:00"),
    ("send window", but(MARKETING, send_window="evenings_and_weekends"), NOON, "hours", "2026-11-23T17:00"),
    ("goodwill, a day", but(MARKETING, marketing_at=(ago(NOON, hours=20),)), NOON, "cap.day", "2026-11-23T16:00"),
    ("goodwill, a day, and then it is night", but(MARKETING, marketing_at=(ago(NOON, hours=14),)), NOON, "cap.day", "2026-11-24T09:00"),
    ("goodwill, a week", but(MARKETING, marketing_at=tuple(ago(NOON, days=n) for n in (2, 4, 6))), NOON, "cap.week", "2026-11-24T12:00"),
    ("goodwill, a month", but(MARKETING, marketing_at=tuple(ago(NOON, days=n) for n in (8, 9, 10, 20, 28, 29.5))), NOON, "cap.month", "2026-11-24T09:00"),
    ("R42 three in 24 hours, staff's among them", but(MARKETING, marketing_at=(ago(NOON, hours=22),), staff_at=(ago(NOON, hours=1), ago(NOON, hours=2)), policy=Policy(9, 9, 9)), NOON, "cap.law", "2026-11-23T14:00"),
    ("R42 staff's unasked text", but(staff(NOON), inbound_at=ago(NOON, hours=5), staff_at=(ago(NOON, hours=1), ago(NOON, hours=2), ago(NOON, hours=21))), NOON, "cap.law", "2026-11-23T15:00"),
    ("the flow's own limit", but(MARKETING, at_most=AtMost(2, 7), flow_at=(ago(NOON, days=5), ago(NOON, days=6))), NOON, "cap.flow", "2026-11-24T12:00"),
    ("I2 an unread text", but(MARKETING, unread_inbound=True), NOON, "unread", "2026-11-23T12:01"),
    ("paused shop: held, not thrown away", but(MARKETING, shop_state="paused"), NOON, "shop", "2026-11-23T13:00"),
    ("paused shop, staff", staff(NOON, shop_state="paused"), NOON, "shop", "2026-11-23T13:00"),
    ("paused shop, an answer at night is too late by then", answer(NIGHT, shop_state="paused"), NIGHT, "shop", "2026-11-23T09:00"),
    ("a pause", but(MARKETING, paused_until=ny("2026-12-04T03:00")), NOON, "pause", "2026-12-04T09:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "now", "rule", "until"), [row[1:] for row in DEFERRED], ids=[row[0] for row in DEFERRED]
)
def test_defer(facts: SendFacts, now: datetime, rule: str, until: str) -> None:
    decision = may_send(facts, now)
    assert isinstance(decision, Defer), decision
    assert (decision.rule, decision.until) == (rule, ny(until))
    assert facts.place is not None
    assert window_at(facts.place, decision.until, facts.send_window)


NEEDED = [
    ("shop_state", MARKETING),
    ("number_state", MARKETING),
    ("place", MARKETING),
    ("arm", MARKETING),
    ("holder", MARKETING),
    ("unread_inbound", MARKETING),
    ("bot_texts_60s", MARKETING),
    ("marketing_at", MARKETING),
    ("staff_at", MARKETING),
    ("flow_at", but(MARKETING, at_most=AtMost(3, 7))),
    ("to_is_confirmed_phone", but(MARKETING, shop_state="test", to_is_confirmed_phone=True)),
    ("consent", MARKETING),
    ("staff_at", but(staff(NOON), inbound_at=ago(NOON, hours=3))),
    ("place", answer(NOON)),
    ("holder", answer(NOON)),
    ("bot_texts_60s", answer(NOON)),
    ("number_state", answer(NOON)),
    ("shop_state", compliance(NOON)),
    ("place", compliance(NOON)),
    ("bot_texts_60s", compliance(NOON)),
    ("inbound_at", compliance(NOON)),
]


@pytest.mark.parametrize(
    ("name", "facts"), NEEDED, ids=[f"I5 {kind_of(f, NOON)} without {n}" for n, f in NEEDED]
)
def test_a_missing_fact_denies(name: str, facts: SendFacts) -> None:
    assert isinstance(may_send(facts, NOON), Allow)
    assert isinstance(may_send(but(facts, **{name: None}), NOON), Deny)


def test_a_deny_beats_a_defer() -> None:
    assert isinstance(may_send(but(MARKETING, suppression="opted_out"), NIGHT), Deny)


def test_a_receipt_shows_every_rule_and_is_plain_json() -> None:
    facts = but(MARKETING, at_most=AtMost(3, 7), flow_at=(ago(NOON, hours=30),))
    decision = may_send(facts, NIGHT)
    receipt = receipt_of(decision, facts)
    assert set(receipt) == {"decision", "until", "kind", "rules", "facts", "data_version"}
    assert [row["id"] for row in receipt["rules"]] == [verdict.id for verdict in decision.rules]
    assert len({row["id"] for row in receipt["rules"]}) == len(RULES)
    assert receipt["decision"] == name_of(decision) == "defer"
    assert receipt["until"] == ny("2026-11-23T09:00")
    plain = json.loads(json.dumps({**receipt, "until": None}))
    assert plain["facts"]["place"]["regions"] == ["NY"]
    assert len(receipt["data_version"]) <= 64


def test_a_receipt_holds_nothing_personal() -> None:
    shown = json.dumps(receipt_of(may_send(MARKETING, NOON), MARKETING), default=str)
    assert "+1" not in shown
    assert "5550123" not in shown


def test_the_same_facts_give_the_same_answer() -> None:
    assert may_send(MARKETING, NOON) == may_send(MARKETING, NOON + timedelta(0))
