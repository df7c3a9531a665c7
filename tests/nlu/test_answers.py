"""Which fact of a shop answers a question: precise on what was never used for choosing, and by words alone without an encoder."""

from __future__ import annotations

import json

import pytest

from nlu import answers, answers_matters, cascade
from nlu.answers_train import common, labelled, measure
from nlu.classifier import Floats
from nlu.normalise import normalise

MODEL = cascade.load()
FACTS = {
    "shipping": "how long does shipping take\nwhat does delivery cost\nCDs leave within two days. Shipping is $2.99.",
    "returns": "what is your return policy\ncan i send a cd back\nSend it back within 30 days and we refund it.",
}


class Missing:
    """An encoder whose file is not there."""

    encoder = MODEL.encoder

    def meaning(self, text: str) -> Floats:
        """Nothing."""
        raise FileNotFoundError(text)


class Another(Missing):
    """An encoder that the file of matters was not made with."""

    encoder = "another"


def test_the_file_was_made_with_the_shipped_encoder() -> None:
    matters = answers_matters.load()
    assert matters is not None
    assert matters.encoder == MODEL.encoder, "run `python -m nlu.answers_train`"


@pytest.mark.slow
def test_answers_are_right_on_shops_that_nothing_was_chosen_by() -> None:
    found = measure([each for each in labelled() if each.part == "measured"], MODEL)
    given, right = (sum(int(each[name]) for each in found.values()) for name in ("given", "right"))
    assert right / given >= 0.83, json.dumps(found)
    assert given >= 50, json.dumps(found)


def test_no_labelled_question_is_among_the_common_ones() -> None:
    ours = {normalise(line).text.strip(" ?") for lines in common().values() for line in lines}
    assert not {each.text for each in labelled() if normalise(each.text).text.strip(" ?") in ours}


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("how long does shipping take to get here?", "shipping"),
        ("can i send a cd back", "returns"),
        ("does the deluxe edition come with a booklet?", None),
        ("are you hiring", None),
        ("", None),
        ("???", None),
    ],
)
def test_a_question_finds_its_fact_or_none(question: str, fact: str | None) -> None:
    found = answers.best_fact(question, FACTS, MODEL)
    assert (found.key if found else None) == fact
    if found:
        assert found.wording in FACTS[found.key].splitlines()


@pytest.mark.parametrize("model", [None, Missing(), Another()])
def test_without_the_encoder_words_alone_decide(model: Missing | None) -> None:
    found = answers.best_fact("what is your return policy", FACTS, model)
    assert found is not None
    assert found.key == "returns"
    assert answers.judge("are you hiring", FACTS, model).why.startswith(("by words alone", "no word"))


def test_no_facts_and_empty_facts_answer_nothing() -> None:
    assert answers.best_fact("do you ship", {}, MODEL) is None
    assert answers.best_fact("do you ship", {"shipping": ""}, MODEL) is None


@pytest.mark.parametrize(
    ("likeness", "sure", "slots"),
    [
        (0.95, True, {"fact": "shipping"}),
        (answers.PERHAPS, False, {"near_fact": "shipping"}),
        (answers.PERHAPS - 0.01, False, {}),
    ],
    ids=["sure", "perhaps", "hardly"],
)
def test_a_fact_is_said_hinted_at_or_left_out(likeness: float, sure: bool, slots: dict[str, str]) -> None:
    first = answers.Found("shipping", "how long", likeness)
    found, why = answers.found_in(answers.Judged((first,), sure, ""))
    assert found == slots
    assert bool(why) == bool(slots)
    assert answers.found_in(answers.Judged((), False, "nothing to compare")) == ({}, "")
