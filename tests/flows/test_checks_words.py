"""What is said of a flow's words before anybody gets them: cost, words that carriers obey, what the law asks for."""

from __future__ import annotations

import pytest

from flows.effects import SendText
from flows.facts import CustomerFacts, LinkFacts, OrderFacts, ShopFacts
from flows.facts import Facts as AllFacts
from flows.parser import courtesy, load_yaml, published, read_flow
from flows.problems import CODES, Problem
from flows.prover.notices import missing
from flows.render import Rendered, render_within
from flows.sample import NOW
from flows.segments import measure
from tests.flows.test_checks import GOOD

LONG = (
    "and a long rest that goes on until it does not fit into one part of a text any more, not even nearly so"
)


def problems_of(source: str) -> list[Problem]:
    """What `winback flow check` would print of the language's own checks."""
    return read_flow(source, "small.yml")[1]


def say(words: str) -> str:
    """The good flow with other words for its cart."""
    return GOOD.replace('"Here: {{ link.reorder }}"', f'"{words}"')


@pytest.mark.parametrize(
    ("words", "code", "severity"),
    [
        (f"Here: {{{{ link.reorder }}}} {LONG} {LONG}", "parts", "warning"),
        ("🎉 here is your cart with everything in it, as ever: {{ link.reorder }}", "parts", "warning"),
        (" ".join([LONG] * 16), "parts", "error"),
        ("It’s here – your cart, with everything that you had in it: {{ link.reorder }}", "look-alikes", "warning"),
        ("Reply CANCEL to forget the cart: {{ link.reorder }}", "carrier-word", "error"),
        ("Say 'end' and I go: {{ link.reorder }}", "carrier-word", "error"),
        ("Responde QUIT: {{ link.reorder }}", "carrier-word", "error"),
    ],
)  # fmt: skip
def test_r53_r134_r135_r136_words_that_cost_or_do_harm_are_named(
    words: str, code: str, severity: str
) -> None:
    found = problems_of(say(words))
    assert [(problem.code, problem.severity, problem.line) for problem in found] == [(code, severity, 14)]
    assert code in CODES


@pytest.mark.parametrize(
    "words",
    ["Text me at the end of it: {{ link.reorder }}", "STOP to opt out, HELP for help: {{ link.reorder }}"],
)
def test_r53_the_same_words_said_of_something_else_are_left_alone(words: str) -> None:
    assert problems_of(say(words)) == []


def test_r134_the_saving_is_said_once_for_all_texts() -> None:
    curly = "It’s here, with everything that you had in it the last time: {{ link.reorder }}"
    both = say(curly).replace('"{{ offer.percent }}% off', f'"{curly} {{{{ offer.percent }}}}% off')
    found = [problem for problem in problems_of(both) if problem.code == "look-alikes"]
    assert [problem.message[:47] for problem in found] == ["2 texts would cost 5 parts instead of 2, for cu"]


@pytest.mark.parametrize(
    ("name", "words", "lacks"),
    [
        ("opted_out", "You're out. Text START to come back.", "the shop's name"),
        ("opted_out", "{{ shop.name }}: you're out. Here's 20% off.", "sells (R5)"),
        ("opted_out", "{{ shop.name }}: you're out. {{ link.shop }}", "sells (R5)"),
        ("wrong_number", "Sorry! Here's our sale anyway.", "sells (R5)"),
        ("help", "{{ shop.name }}: STOP to opt out.", "whom to reach"),
        ("help", "{{ shop.name }}: {{ shop.contact }}", "how to stop"),
        ("opted_in", "{{ shop.name }}: you're in. HELP for help, STOP to stop. Msg&data rates may apply.", "how often"),
        ("opted_in", "{{ shop.name }}: 6 texts a month. HELP for help, STOP to stop.", "rates may apply"),
        ("opted_in", "{{ shop.name }}: 6 texts a month. STOP to stop. Msg&data rates may apply.", "HELP"),
    ],
)  # fmt: skip
def test_r5_r120_r122_what_the_law_asks_for_keeps_its_contents(name: str, words: str, lacks: str) -> None:
    found = problems_of(GOOD.replace("start: hello", f'words:\n  {name}: "{words}"\nstart: hello'))
    assert [problem.code for problem in found] == ["notice"]
    assert lacks in found[0].message
    assert found[0].severity == "error"


def test_r5_r120_r122_what_comes_with_the_language_has_it_all_in_both_languages() -> None:
    from importlib.resources import files

    from flows.source import CourtesySource

    source = files("flows").joinpath("courtesy.yml").read_text("utf-8")
    document, _ = load_yaml(source, "courtesy.yml")
    assert missing(CourtesySource.model_validate(document)) == []
    for name in ("opted_out", "opted_in", "reachable", "help", "wrong_number"):
        words = courtesy().nodes[name].say
        assert words is not None
        assert set(words.variants[0]) == {"en", "es"}


def test_a_shop_that_words_a_text_in_english_keeps_the_spanish_one() -> None:
    flow = published(
        GOOD.replace("start: hello", 'words:\n  human: "Sure, somebody will text you."\nstart: hello')
    )
    human, built_in = flow.courtesy.nodes["human"].say, courtesy().nodes["human"].say
    assert human is not None
    assert built_in is not None
    assert human.variants[0] == {**built_in.variants[0], "en": "Sure, somebody will text you."}


FACTS = AllFacts(
    customer=CustomerFacts("k", "Łucja", orders=2),
    shop=ShopFacts("Tern & Tide", "Tern & Tide", "https://tern.example", "hello@tern.example"),
    link=LinkFacts("https://t.example/l/a", "https://t.example/l/b", "https://t.example/l/c"),
    zone="America/New_York",
    last_order=OrderFacts("Żubrówka Grass Tea", 1, 900, NOW),
)
OPENER = (
    'Hi {{ customer.first_name | default: "there" }}, Tern & Tide\'s text bot here. Low on '
    '{{ last_order.product | default: "your usual" }}? Say "same again". STOP to opt out.'
)


@pytest.mark.parametrize(
    ("parts", "names"),
    [(2, ("Łucja", "Żubrówka Grass Tea")), (1, ("there", "your usual"))],
)
def test_r135_r136_what_is_too_long_with_a_customers_data_is_said_without(
    parts: int, names: tuple[str, str]
) -> None:
    words = render_within(SendText(0, "hello", OPENER, "en", None), FACTS, NOW, parts)
    assert isinstance(words, Rendered)
    assert measure(words.body).parts == parts
    assert all(name in words.body for name in names)


def test_an_answer_is_never_cut_down() -> None:
    words = render_within(SendText(0, "x", OPENER, "en", "question"), FACTS, NOW, 1)
    assert isinstance(words, Rendered)
    assert "Łucja" in words.body
