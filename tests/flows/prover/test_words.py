"""Words that carriers take, ends that are none, and tone: what is caught, and what is left alone."""

from __future__ import annotations

import pytest

from flows.parser import read_flow
from tests.flows.test_checks import GOOD

PROMPTS = {
    "Reply CANCEL to keep your old cart.": "carrier-word",
    "Say 'end' and I go.": "carrier-word",
    'Want it, or "cancel"?': "carrier-word",
    "Want the cart, or QUIT?": "carrier-word",
    "Responde CANCEL para otro mes.": "carrier-word",
    "Text back UNSUBSCRIBE for the smaller bag.": "carrier-word",
    "Answer: REVOKE.": "carrier-word",
    "Reply OPT OUT to skip this month.": "carrier-word",
    "Reply STOP to hold your order.": "carrier-word",
    "CANCEL to skip it.": "carrier-word",
    "Reply CANCEL to skip. STOP to opt out.": "carrier-word",
    "Text END if not interested. STOP to opt out.": "carrier-word",
    "Say cancel to skip. STOP to opt out.": "carrier-word",
    "Responde CANCEL para dejarlo.": "carrier-word",
    "It waits till {{ offer.ends | day }}:": "no-default",
    "It costs {{ last_order.total | money }}:": "no-default",
    "Text INFO for the menu.": "carrier-word",
    "Reply YES and it ships.": "carrier-yes",
    "Say yes and it ships.": "carrier-yes",
    "Text START to see it.": "carrier-yes",
    "Reply UNSTOP for more.": "carrier-yes",
}
FINE = [
    "STOP to opt out.",
    "Text STOP to end these texts.",
    "Reply END to stop these texts.",
    "Responde STOP para salir.",
    "Say STOP any time.",
    "STOP: baja.",
    "Text me at the end of the month.",
    "Say so, and I cancel it.",
    "HELP for help.",
    "Shall I send it, yes or no?",
    'Say "same again" and it ships.',
    "Responde SI y va en camino.",
]
ENDS = [
    "Last chance.",
    "Final call.",
    "This ends tonight.",
    "Only today.",
    "Today only.",
    "Only 2 left.",
    "Hurry.",
    "Limited time.",
    "Expires soon.",
    "Sólo hoy.",
    "Solo hasta mañana.",
    "Última oportunidad.",
    "La oferta termina el lunes.",
    "Últimas horas.",
]
TRUE_ENOUGH = [
    "Your last order was a good one.",
    "Same as last time.",
    "No hurry.",
    "I only text now and then.",
    "Only for you.",
    "The weekend is near.",
    "Tu último pedido te espera.",
    "Finally here.",
    "It ships from NY, US.",
    "The US VIP list.",
]
TONE = {
    "It is WAITING.": "capitals",
    "BUY NOW.": "capitals",
    "Here!!": "exclamation",
    "We're sad.": "guilt",
    "Don't leave us.": "guilt",
    "You forgot us.": "guilt",
    "Nos olvidaste.": "guilt",
    "No nos dejes.": "guilt",
    "Estamos tristes.": "guilt",
    "Same? Or new?": "two-questions",
    "Msg & data rates may apply.": "fees",
    "Pueden aplicar tarifas.": "fees",
}


def codes_of(words: str) -> list[str]:
    """What is said of the good flow with these words in its cart."""
    source = GOOD.replace(
        '"Here: {{ link.reorder }}"', "'" + words.replace("'", "''") + " {{ link.reorder }}'"
    )
    return [problem.code for problem in read_flow(source, "x.yml")[1]]


@pytest.mark.parametrize(("words", "code"), [*PROMPTS.items(), *TONE.items()])
def test_r52_r53_words_that_do_harm_or_make_one_wince_are_named(words: str, code: str) -> None:
    assert codes_of(words) == [code]


@pytest.mark.parametrize("words", ENDS)
def test_an_end_that_is_none_is_an_error(words: str) -> None:
    assert codes_of(words) == ["no-such-end"]


@pytest.mark.parametrize("words", [*FINE, *TRUE_ENOUGH])
def test_what_is_meant_otherwise_is_left_alone(words: str) -> None:
    assert codes_of(words) == []


def test_questions_in_two_branches_of_one_text_are_one_question() -> None:
    assert codes_of("{% if last_order.product %}Same again?{% else %}Anything new?{% endif %}") == []
    assert codes_of("{% if last_order.product %}Same? Again?{% endif %}") == ["two-questions"]


@pytest.mark.parametrize(
    ("condition", "text", "fine"),
    [
        ("{ customer.first_name: present }", "Hi {{ customer.first_name }}.", True),
        ("{ customer.points: present }", "Hi {{ customer.first_name }}.", False),
        ("{ customer.points: '>= 100' }", "You have {{ customer.points }} points.", True),
        ("{ last_order.product: present }", "{{ last_order.product }} again.", True),
        ("{ customer.attributes.roast: present }", "{{ customer.attributes.roast }} roast.", True),
        ("{ customer.attributes.roast: present }", "{{ customer.attributes.grind }} bag.", False),
    ],
)
def test_a_condition_before_a_text_is_as_good_as_a_default(condition: str, text: str, fine: bool) -> None:
    branch = f"when:\n      - if: {condition}\n        go: sure\n    say: Well then.\n    end: x\n  sure:\n    say: '{text}'"
    source = GOOD.replace('say: "Here: {{ link.reorder }}"', branch)
    found = [problem.code for problem in read_flow(source, "x.yml")[1]]
    assert found == ([] if fine else ["no-default"])


def test_an_audience_is_as_good_as_a_condition() -> None:
    named = GOOD.replace(
        '"Here: {{ link.reorder }}"', '"Here, {{ customer.first_name }}: {{ link.reorder }}"'
    )
    assert [problem.code for problem in read_flow(named, "x.yml")[1]] == ["no-default"]
    only = named.replace("start: hello", "audience: { customer.first_name: present }\nstart: hello")
    assert read_flow(only, "x.yml")[1] == []
