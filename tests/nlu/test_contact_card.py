"""«Save your number» is a wish, and «remove me from your contacts» is an opt-out."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.reader import embedded_reader

READER = embedded_reader(sure=0.55, unsure=0.30)
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    [
        "send me your contact",
        "Can you send me your contact card?",
        "Send me your contact info so I can save it",
        "Send a vCard please",
        "save your number",
        "How do I save this number?",
        "can i add you to my contacts",
        "mándame tu contacto",
        "Me puedes enviar tu tarjeta de contacto?",
        "quiero guardar tu número",
    ],
)
def test_the_wish_for_a_card_is_a_question_with_an_answer(text: str) -> None:
    found = READER.read(text, today=TODAY)
    assert (found.intent, found.slots, found.opt_out) == ("question", {"fact": "contact_card"}, "none")


@pytest.mark.parametrize(
    "text",
    [
        "remove me from your contacts",
        "Take my contact info off please",
        "delete my contact",
        "don't contact me",
        "stop using my contact",
        "I save your number for later complaints",
        "give me a contact person",
        "how do I contact you?",
    ],
)
def test_what_only_speaks_of_contacts_is_something_else(text: str) -> None:
    assert READER.read(text, today=TODAY).slots.get("fact") is None


@pytest.mark.parametrize(
    "text", ["remove me from your contacts", "Take my contact info off please", "don't contact me"]
)
def test_r140_an_opt_out_stays_one(text: str) -> None:
    assert READER.read(text, today=TODAY).opt_out == "opted_out"
