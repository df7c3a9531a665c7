"""The reader: what decides first, what the model may add, and what is left open."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from nlu import optout
from nlu.bare import KNOWN
from nlu.interpretation import Interpretation
from nlu.optout import OptOut
from nlu.reader import MODEL_HOLDS, MODEL_OPTS_OUT, _add, embedded_reader
from nlu.training_data import INTENTS

TODAY = date(2026, 11, 21)
READER = embedded_reader(sure=0.55, unsure=0.30)
FACTS = {
    "shipping": "How long does delivery take?\nDo you ship to Alaska?\nWe ship in 2 days, anywhere in the US.",
    "hours": "When are you open?\n¿A qué hora abren?\nMonday to Saturday, 9 to 5.",
    "grind": "Can you grind it?\nYes, for espresso, filter or French press.",
}


def read(text: str, **changes: object) -> Interpretation:
    return READER.read(text, today=TODAY, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("START", "start"), ("help", "help"), ("stop", "stop"), ("yes please", "yes"), ("👍", "yes"), ("nope", "no"), ("👎", "no"), ("gracias", "smalltalk"),
        ("same again please", "reorder"), ("where is my package, it's been two weeks", "order_issue"), ("can I talk to a real person", "human"),
        ("do you have any discount codes", "coupon"), ("how much is shipping to Canada", "question"), ("you have the wrong number", "wrong_number"),
        ("maybe after the holidays", "later"), ("ya compré ayer con ustedes", "already_bought"), ("¿quién me escribe?", "help"),
    ],
)  # fmt: skip
def test_plain_replies_are_read(text: str, intent: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.understood) == (intent, True)
    assert reading.why
    assert reading.model


@pytest.mark.parametrize(
    ("text", "intent"),
    [('Liked "Hi"', "smalltalk"), ("Loved “Hi”", "smalltalk"), ('Disliked "Reply STOP"', "other")],
)
def test_a_reaction_to_our_text_agrees_to_nothing(text: str, intent: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.opt_out) == (intent, "none")
    assert "reaction" in reading.why[0]


def test_a_reaction_with_a_question_is_answered_by_what_the_customer_wrote() -> None:
    """The words quoted are ours: here they ask about delivery, and the customer about grinding."""
    text = 'Loved "Orders leave in 2 days. How long does delivery take? I can tell you" can you grind it'
    assert read(text, answers=FACTS).slots.get("fact") == "grind"


def test_an_opt_out_rule_decides_alone_and_is_named() -> None:
    reading = read("please take me off your list")
    assert (reading.intent, reading.confidence, reading.opt_out) == ("stop", 1.0, "opted_out")
    assert reading.why[0].startswith("opt-out rule: ")


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("stop texting me, but where is my refund?", "order_issue"),
        ("stop texting me", None),
        ("Dejen de escribirme, pero ¿dónde está mi pedido?", "order_issue"),
    ],
)
def test_what_else_a_stop_asks_is_kept_for_people(text: str, also: str | None) -> None:
    reading = read(text)
    assert (reading.intent, reading.also) == ("stop", also)


def test_the_model_only_adds() -> None:
    sure, some, little = MODEL_OPTS_OUT, MODEL_HOLDS, MODEL_HOLDS / 2
    assert _add(OptOut("opted_out", "x"), little).outcome == "opted_out"
    assert _add(OptOut("held", "x"), little).outcome == "held"
    assert _add(OptOut("none"), sure).outcome == "opted_out"
    assert _add(OptOut("none"), some).outcome == "held"
    assert _add(OptOut("none"), little).outcome == "none"


def test_somebody_who_asks_for_texts_is_never_opted_out_by_the_model() -> None:
    assert _add(OptOut("none", optout.WISH), 0.99).outcome == "held"


def test_nothing_to_read_is_not_understood() -> None:
    assert not read("").understood
    assert not read("  \u200b ").understood


def test_a_reading_below_the_threshold_is_not_understood() -> None:
    strict = embedded_reader(sure=1.0, unsure=1.0).read(
        "what about the tall blue thing over there", today=TODAY
    )
    assert not strict.understood
    assert any("not understood" in why for why in strict.why)


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("ask me again in two weeks", "later_until", "2026-12-05"),
        ("same again, 2 bags", "quantity", 2),
        ("can you do 25% off?", "percent", 25),
    ],
)
def test_details_come_with_the_intent(text: str, slot: str, value: object) -> None:
    assert read(text).slots[slot] == value


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("how long does delivery take?", "shipping"),
        ("are you open on monday?", "hours"),
        ("can you grind it for espresso?", "grind"),
    ],
)
def test_a_question_finds_the_fact_that_answers_it(text: str, fact: str) -> None:
    assert read(text, answers=FACTS).slots.get("fact") == fact


@pytest.mark.parametrize("text", ["is it vegan?", "do you sell gift cards?", "what is the caffeine content?"])
def test_a_question_without_a_fact_is_never_guessed(text: str) -> None:
    assert "fact" not in read(text, answers=FACTS).slots


def test_bare_words_name_real_intents_and_no_opt_out() -> None:
    assert set(KNOWN.values()) <= set(INTENTS) - {"stop"}
    assert [line for line in KNOWN if optout.decide(line).outcome != "none"] == []


def test_many_threads_may_read_at_once() -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(read("same again please").intent)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["reorder"] * 8
