"""The rules of sending by their R numbers, each with its sentence: docs/reference/sending-rules.md says where each is kept.

One table for each way in which a rule can be asked. Whoever adds a rule adds a row; what needs a whole application to
be seen is tested beside its code, and the page names the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.compliance.facts import ConsentFact, Policy, SendFacts
from bot.compliance.gate import Deny, may_send, name_of
from bot.compliance.places import place_of
from bot.keys import Keys
from bot.phones import BadPhone, parse_phone
from bot.sending.status import moves_forward
from bot.sending.twilio_errors import look_up
from bot.sending.validity import LONGEST_VALIDITY, with_validity
from flows.parser import courtesy, read_flow
from flows.segments import measure, tidy
from nlu.bare import bare_intent
from nlu.normalise import normalise
from nlu.optout import decide
from tests.bot.compliance.sendfacts import MARKETING, NIGHT, NOON, ago, answer, but, compliance, staff
from tests.flows.test_checks import GOOD

ALLOW, DEFER, DENY = "allow", "defer", "deny"
TORONTO, LONDON, DUBLIN, BERLIN = map(
    place_of, ("+14165550123", "+442079460000", "+353861234567", "+4915112345678")
)
TOLL_FREE, TALLAHASSEE, TEXAS = map(place_of, ("+18005550123", "+18505550123", "+17135550123"))
NAVAJO, SPAIN = place_of("+19285550123"), place_of("+34612345678")
SUMMER = datetime(2026, 7, 6, 15, 30, tzinfo=UTC)
"""Half past nine on the Navajo clock, half past eight in Phoenix."""
SUNDAY = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
"""Noon in New York on a Sunday."""


def consent(kind: str, **since: float) -> ConsentFact:
    return ConsentFact(kind, ago(NOON, **(since or {"days": 30})))


# number, what it says, facts, when, the gate's answer, the rule that gives it (None: none is against it)
GATE = [
    ("R1", "no marketing after a stop", but(MARKETING, suppression="opted_out"), NOON, DENY, "suppression"),
    ("R1", "no answer after a stop", answer(NOON, suppression="opted_out"), NOON, DENY, "suppression"),
    ("R2", "no marketing while a text is unread: it may be a stop in other words", but(MARKETING, unread_inbound=True), NOON, DEFER, "unread"),
    ("R5", "the confirmation leaves at once", compliance(NOON), NOON, ALLOW, None),
    ("R5", "after five minutes it is dropped", but(compliance(NOON), inbound_at=ago(NOON, minutes=5.1)), NOON, DENY, "confirmation"),
    ("R5", "an offer makes it marketing", compliance(NOON, offer="comeback"), NOON, DENY, "suppression"),
    ("R8", "a stop to marketing alone, where the shop's setting knows such", but(MARKETING, suppression="no_marketing"), NOON, DENY, "suppression"),
    ("R9", "leaves the answers to what they ask", answer(NOON, suppression="no_marketing"), NOON, ALLOW, None),
    ("R9", "while a stop to all leaves none", answer(NOON, suppression="opted_out"), NOON, DENY, "suppression"),
    ("R11", "an opt-out does not expire", but(MARKETING, suppression="opted_out", consent=consent("written", days=5000)), NOON, DENY, "suppression"),
    ("R12", "a purchase lifts no suppression", but(MARKETING, suppression="opted_out", last_order_at=ago(NOON, hours=1)), NOON, DENY, "suppression"),
    ("R12", "whoever came back today hears no offer today", but(MARKETING, consent=ConsentFact("written", ago(NOON, hours=2), "start")), NOON, DEFER, "came_back"),
    ("R20", "no consent, no marketing", but(MARKETING, consent=None), NOON, DENY, "consent"),
    ("R20", "express is not written", but(MARKETING, consent=consent("express")), NOON, DENY, "consent"),
    ("R20", "written consent is enough", but(MARKETING, consent=consent("written")), NOON, ALLOW, None),
    ("R23", "not before the hours", MARKETING, NIGHT, DEFER, "hours"),
    ("R24", "consent does not lift the hours", but(MARKETING, consent=consent("written", hours=20)), NIGHT, DEFER, "hours"),
    ("R25", "no reading by which texts have no hours is taken", but(staff(NIGHT), inbound_at=None), NIGHT, DEFER, "hours"),
    ("R26", "a flow that goes wrong waits for a person", but(MARKETING, flow_held="opt-outs"), NOON, DEFER, "breaker"),
    ("R27", "a ZIP beats the area code", but(MARKETING, place=place_of("+12125550123", postcode="94105")), datetime(2026, 11, 23, 15, 0, tzinfo=UTC), DEFER, "hours"),
    ("R28", "a number that changed hands", but(MARKETING, number_state="moved"), NOON, DENY, "number"),
    ("R29", "an old list is shown to be theirs first", but(MARKETING, proof_at=ago(NOON, days=800)), NOON, DENY, "reverify"),
    ("R30", "a wrong number is held", but(MARKETING, suppression="wrong_number"), NOON, DENY, "suppression"),
    ("R31", "a purchase alone is no consent", but(MARKETING, consent=consent("implied"), last_order_at=ago(NOON, days=10)), NOON, DENY, "consent"),
    ("R40", "Texas sleeps till noon on Sundays", but(MARKETING, place=TEXAS), SUNDAY, DEFER, "hours"),
    ("R41", "New York has no row: noon on Sundays too", MARKETING, datetime(2026, 11, 22, 16, 59, tzinfo=UTC), DEFER, "hours"),
    ("R41", "and open from then on", MARKETING, SUNDAY, ALLOW, None),
    ("R42", "three in 24 hours, staff's among them", but(MARKETING, marketing_at=(ago(NOON, hours=5),), staff_at=(ago(NOON, hours=6), ago(NOON, hours=7)), policy=Policy(9, 9, 9)), NOON, DEFER, "cap.law"),
    ("R43", "help is answered at night", compliance(NIGHT, notice="help"), NIGHT, ALLOW, None),
    ("R44", "an answer within minutes may leave at night", answer(NIGHT), NIGHT, ALLOW, None),
    ("R44", "an offer that nobody asked for waits", answer(NIGHT, offer="comeback"), NIGHT, DEFER, "hours"),
    ("R45", "nine in Madrid is eight in the Canaries", but(MARKETING, place=SPAIN, consent=consent("written")), datetime(2026, 11, 23, 8, 30, tzinfo=UTC), DEFER, "hours"),
    ("R46", "an area code over a line has both clocks", but(MARKETING, place=place_of("+14485550123")), datetime(2026, 11, 23, 13, 30, tzinfo=UTC), DEFER, "hours"),
    ("R47", "half past eight in Tallahassee is half past seven in Pensacola", but(MARKETING, place=TALLAHASSEE), datetime(2026, 11, 23, 13, 30, tzinfo=UTC), DEFER, "hours"),
    ("R48", "where nobody knows the clock, nothing leaves", but(MARKETING, place=TOLL_FREE), NOON, DENY, "hours"),
    ("R49", "summer: the Navajo Nation is open and Phoenix is not yet", but(MARKETING, place=NAVAJO, proof_at=ago(SUMMER, days=1), consent=ConsentFact("written", ago(SUMMER, days=30)), orders_known_at=SUMMER), SUMMER, DEFER, "hours"),
    ("R60", "a carrier's refusal counts as a stop for staff too", staff(NOON, suppression="opted_out"), NOON, DENY, "suppression"),
    ("R62", "to a suppressed number only help and the confirmation", compliance(NOON, notice="help", help_by_word=True), NOON, ALLOW, None),
    ("R62", "help, where they sent the word itself", compliance(NOON, notice="help", help_by_word=False), NOON, DENY, "suppression"),
    ("R62", "which has to be known", compliance(NOON, notice="help", help_by_word=None), NOON, DENY, "suppression"),
    ("R9", "and whoever only wants no marketing may ask who we are", compliance(NOON, notice="help", suppression="no_marketing", help_by_word=False), NOON, ALLOW, None),
    ("R62", "and nothing else", answer(NOON, suppression="opted_out"), NOON, DENY, "suppression"),
    ("R101", "1601 characters are too many parts for anybody", answer(NOON, parts=measure("a" * 1601).parts), NOON, DENY, "parts"),
    ("R103", "five bot texts in a minute are enough", answer(NOON, bot_texts_60s=5), NOON, DENY, "loop"),
    ("R105", "no profile, no text", answer(NOON, place=place_of("+4722334455")), NOON, DENY, "country"),
    ("R122", "help is answered, subscribed or not", compliance(NOON, notice="help", suppression=None), NOON, ALLOW, None),
    ("R125", "no public shortener, and no link of somebody else's", but(MARKETING, content=("a link of bit.ly",)), NOON, DENY, "content"),
    ("R126", "words that carriers refuse wait for a person", answer(NOON, content=("cannabis",)), NOON, DENY, "content"),
    ("R135", "marketing in two parts", but(MARKETING, parts=2), NOON, ALLOW, None),
    ("R135", "and not in three", but(MARKETING, parts=3), NOON, DENY, "parts"),
    ("R136", "counted on the text that leaves", but(MARKETING, parts=None), NOON, DENY, "parts"),
    ("R128", "a person passes the same gate: stop", staff(NOON, suppression="opted_out"), NOON, DENY, "suppression"),
    ("R128", "a person passes the same gate: hours", but(staff(NIGHT), inbound_at=ago(NIGHT, minutes=16)), NIGHT, DEFER, "hours"),
    ("R128", "and so does the API", but(answer(NIGHT), author="api"), NIGHT, DEFER, "hours"),
    ("R145", "doubt is held", but(MARKETING, suppression="held"), NOON, DENY, "suppression"),
    ("R150", "an existing customer in Britain", but(MARKETING, place=LONDON, consent=consent("soft")), NOON, ALLOW, None),
    ("R150", "not for ever", but(MARKETING, place=LONDON, consent=consent("soft"), last_order_at=ago(NOON, days=900)), NOON, DENY, "consent"),
    ("R151", "in Ireland for a year", but(MARKETING, place=DUBLIN, consent=consent("soft"), last_order_at=ago(NOON, days=370)), NOON, DENY, "consent"),
    ("R151", "in Germany not at all", but(MARKETING, place=BERLIN, consent=consent("soft")), NOON, DENY, "consent"),
    ("R152", "nobody who said no is asked back", but(MARKETING, suppression="opted_out", prompted_by=None), NOON, DENY, "suppression"),
    ("R155", "Canada: implied consent, 24 months after the last order", but(MARKETING, place=TORONTO, consent=consent("implied", days=729), last_order_at=ago(NOON, days=729)), NOON, ALLOW, None),
    ("R155", "and not a day longer", but(MARKETING, place=TORONTO, consent=consent("implied", days=731), last_order_at=ago(NOON, days=731)), NOON, DENY, "consent"),
    ("R155", "six months after an inquiry", but(MARKETING, place=TORONTO, consent=consent("implied", days=200), last_order_at=None), NOON, DENY, "consent"),
    ("R155", "asking for consent needs one", but(MARKETING, place=TORONTO, notice="confirm", consent=None, signed_up_at=ago(NOON, hours=3)), NOON, DENY, "consent"),
    ("R150", "in Britain too", but(MARKETING, place=LONDON, notice="confirm", consent=None, signed_up_at=ago(NOON, hours=3)), NOON, DENY, "consent"),
    ("R155", "the US may be asked later", but(MARKETING, notice="confirm", consent=None, signed_up_at=ago(NOON, hours=3)), NOON, ALLOW, None),
    ("R156", "the Bahamas are not the US", but(MARKETING, place=place_of("+12425550123")), NOON, DENY, "country"),
    ("R156", "nor is Guernsey Britain", but(MARKETING, place=place_of("+447911123456")), NOON, DENY, "country"),
    ("R165", "while a person has it the bot is silent", answer(NOON, holder="staff"), NOON, DENY, "holder"),
]  # fmt: skip

# number, a text of the customer, what the opt-out rules make of it
READ = [
    *[
        ("R1", word, "opted_out")
        for word in ("stop", "Quit.", "END", "revoke", "opt out", "Cancel!", "unsubscribe")
    ],
    ("R2", "please leave me alone", "opted_out"),
    ("R51", "STOP PLEASE", "opted_out"),
    ("R123", "please opt me out", "opted_out"),
    ("R140", "Take my contact info off please", "opted_out"),
    ("R142", "remove me", "opted_out"),
    ("R142", "lose my number", "opted_out"),
    ("R143", "STIP", "opted_out"),
    ("R143", "no mas", "opted_out"),
    ("R143", "S\u200bTOP", "opted_out"),
    ("R144", "Can you stop by Tuesday?", "none"),
    ("R144", "Cancel that, I will come Tuesday", "none"),
    ("R146", 'Liked "Same again? Reply STOP to opt out"', "none"),
    ("R147", "stop texting me, but where is my refund?", "opted_out"),
]

# number, a change to a flow that has no problems, the problem that it makes
FLOW = [
    ("R53", ("Same again?", "Say cancel to skip."), "carrier-word"),
    ("R121", ("{{ shop.text_name }}'s text bot", "Your text bot"), "opener-name"),
    ("R121", (" STOP to opt out.", ""), "opener-stop"),
    ("R160", ("text bot here", "shop here"), "opener-bot"),
    *[(number, ("text bot here", "shop here"), "opener-bot") for number in ("R161", "R162", "R163", "R164", "R166")],
    ("R122", ("coupon: deal", "help: deal"), "protected-intent"),
    ("R124", ("coupon: deal", "stop: deal"), "protected-intent"),
]  # fmt: skip

# number, a text, its encoding, its parts
PARTS = [
    ("R130", "a" * 160, "GSM-7", 1),
    ("R130", "a" * 161, "GSM-7", 2),
    ("R130", "а" * 71, "UCS-2", 2),
    ("R131", "€" * 80, "GSM-7", 1),
    ("R131", "€" * 81, "GSM-7", 2),
    ("R132", "it’s here", "UCS-2", 1),
    ("R132", "é ñ ¿ ¡ ü", "GSM-7", 1),
    ("R136", "Hi Íñigo, " + "a" * 80, "UCS-2", 2),
    ("R133", "👨‍👩‍👧" * 9, "UCS-2", 2),
]

# number, a code of Twilio's, what is done
CODES = [
    ("R60", "21610", "suppress"),
    ("R91", "20429", "retry"),
    ("R101", "21617", "drop"),
    ("R108", "99999", "drop"),
    ("R105", "30450", "drop"),
    ("R103", "14107", "slow_down"),
]


def ids(rows: Sequence[tuple[object, ...]]) -> list[str]:
    """Number and sentence."""
    return [" ".join(str(part) for part in row[:2])[:80] for row in rows]


@pytest.mark.parametrize(("facts", "now", "decision", "rule"), [row[2:] for row in GATE], ids=ids(GATE))
def test_the_gate(facts: SendFacts, now: datetime, decision: str, rule: str | None) -> None:
    answered = may_send(facts, now)
    assert name_of(answered) == decision, answered
    assert rule == (None if decision == ALLOW else answered.rule)  # type: ignore[union-attr]


@pytest.mark.parametrize(("text", "outcome"), [row[1:] for row in READ], ids=ids(READ))
def test_what_a_customer_says(text: str, outcome: str) -> None:
    assert decide(text).outcome == outcome


@pytest.mark.parametrize(("change", "code"), [row[1:] for row in FLOW], ids=ids(FLOW))
def test_what_a_flow_may_not_say(change: tuple[str, str], code: str) -> None:
    assert change[0] in GOOD
    assert code in {problem.code for problem in read_flow(GOOD.replace(*change, 1), "small.yml")[1]}


@pytest.mark.parametrize(("text", "encoding", "parts"), [row[1:] for row in PARTS], ids=ids(PARTS))
def test_what_a_text_costs(text: str, encoding: str, parts: int) -> None:
    assert (measure(text).encoding, measure(text).parts) == (encoding, parts)


@pytest.mark.parametrize(("code", "action"), [row[1:] for row in CODES], ids=ids(CODES))
def test_what_a_refusal_means(code: str, action: str) -> None:
    assert look_up(code).action == action


def test_r6_r124_the_confirmation_does_not_ask_before_it_takes_effect() -> None:
    node = courtesy().nodes["opted_out"]
    assert node.notice == "opted_out"
    assert not node.waits
    assert node.offer is None


def test_r163_r164_are_you_a_bot_is_answered_by_a_text_that_says_so() -> None:
    assert bare_intent(normalise("are you a bot")) is not None
    assert "help" in str(bare_intent(normalise("are you a bot")))
    assert "bot" in str(courtesy().nodes["help"].say).lower()


@pytest.mark.parametrize(("text", "keyword"), [("STOP", "STOP"), ("stop please", None)])
def test_r7_r51_only_a_bare_stop_has_been_answered_by_the_carrier(text: str, keyword: str | None) -> None:
    assert decide(text).outcome == "opted_out"
    assert decide(text).keyword == keyword


def test_r134_look_alikes_cost_nothing_once_they_are_tidied() -> None:
    assert measure("it’s – fine…").encoding == "UCS-2"
    assert measure(tidy("it’s – fine…")).encoding == "GSM-7"


def test_r10_a_sender_that_can_t_be_answered_is_refused() -> None:
    with pytest.raises(BadPhone):
        parse_phone("JUNIPER", "US")


def test_r54_the_carriers_own_word_is_believed_and_its_silence_proves_nothing() -> None:
    assert decide("whatever", provider_type="STOP").outcome == "opted_out"
    assert decide("stop", provider_type=None).outcome == "opted_out"


def test_r58_an_opt_out_is_the_shops_whatever_number_it_came_to() -> None:
    keys = Keys(b"5" * 32)
    assert keys.phone_key(1, "+12125550123") == keys.phone_key(1, "+12125550123")
    assert keys.phone_key(1, "+12125550123") != keys.phone_key(2, "+12125550123")


def test_r95_the_provider_may_not_try_past_the_end_of_the_hours() -> None:
    late = datetime(2026, 11, 24, 0, 59, tzinfo=UTC)  # 19:59 in New York, which closes at 20:00
    _, seconds = with_validity(may_send(MARKETING, late), MARKETING, late)
    assert seconds is not None
    assert 0 < seconds <= 60
    _, noon = with_validity(may_send(MARKETING, NOON), MARKETING, NOON)
    assert noon is not None
    assert 3600 < noon <= LONGEST_VALIDITY


def test_r98_r99_a_report_that_comes_late_or_twice_moves_nothing_back() -> None:
    assert moves_forward("queued", "sent")
    assert moves_forward("sent", "delivered")
    assert not moves_forward("delivered", "sent")
    assert not moves_forward("delivered", "delivered")
    assert not moves_forward("undelivered", "delivered")


def test_r148_kind_words_around_a_stop_take_nothing_back() -> None:
    assert decide("stop, thanks, I love you").outcome == "opted_out"
    assert decide("stop START").outcome == "held"


@pytest.mark.parametrize("name", ["place", "marketing_at", "shop_state", "number_state", "holder"])
def test_r22_a_text_that_can_t_be_shown_to_be_lawful_does_not_leave(name: str) -> None:
    assert isinstance(may_send(but(MARKETING, **{name: None}), NOON), Deny)
