"""Wishes for texts and their opposites, which share most of their words."""

from __future__ import annotations

import pytest

from nlu.optout import PERHAPS, WISH, OptOut, decide
from nlu.reader import _add

NO_WISHES = (
    "I really dont need your texts again",
    "dont want these messages back",
    "we never wanted those alerts again",
    "add my number to your do not text list please",
    "put me on the no contact list",
    "could you add us to your do-not-call list",
    "if you text again im reporting it",
    "agréguenme a su lista de no molestar",
    "ponme en la lista de no contactar",
    "nunca me vuelvan a escribir",
    "jamás vuelvan a enviarme nada",
    "si me vuelven a mandar otro los denuncio",
    "es el último texto que quiero recibir",
)
WISHES = (
    "put me back on the list",
    "add me to the list please",
    "unstop me",
    "take me off your do not text list",
    "me vuelven a mandar las promos?",
    "quiero recibir los mensajes otra vez",
    "keep me on the list",
)
STOPS_BESIDE_AN_ASK = (
    "STOP and where is my refund",
    "stop but can i still return the boots",
    "Stop, also when do I get my money back",
    "stop pero dónde está mi pedido",
    "ALTO y quiero mi reembolso",
)


@pytest.mark.parametrize("text", NO_WISHES)
def test_what_is_turned_round_is_no_wish_for_texts(text: str) -> None:
    assert decide(text).rule not in (WISH, PERHAPS)


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_for_texts_is_no_opt_out(text: str) -> None:
    found = decide(text)
    assert found.outcome == "none"
    assert found.rule in (WISH, PERHAPS)


@pytest.mark.parametrize(
    "text",
    ["put me on your do not contact list", "add me to the dont text list", "póngame en la lista de no molestar", "nunca me vuelvan a mandar un mensaje", "pls disconnect me", "no mor txts", "nomore texts", "delet me pls", "no mas txts", "quiero dejar de recibirlos", "cómo dejo de recibir estos"],
)  # fmt: skip
def test_it_is_an_opt_out_whatever_it_resembles(text: str) -> None:
    assert decide(text).outcome == "opted_out"


@pytest.mark.parametrize("text", STOPS_BESIDE_AN_ASK)
def test_a_stop_beside_an_ask_is_one(text: str) -> None:
    assert decide(text).outcome == "opted_out"


@pytest.mark.parametrize(
    "text",
    ["stop and shop", "stop and think", "omg stop , those are gorgeous", "ok ok stop i will watch the show"],
)
def test_a_stop_that_goes_on_about_something_else_is_none_or_in_doubt(text: str) -> None:  # fmt: skip
    found = decide(text)
    assert found.outcome != "opted_out"
    assert found.outcome == "none" or found.leans, "the model may agree"


@pytest.mark.parametrize(
    "text", ["cancel subscription", "cancel my subscription", "cancelar suscripción", "anular la suscripción"]
)
def test_of_which_subscription_a_person_must_see(text: str) -> None:  # fmt: skip
    assert decide(text).outcome == "held"


def test_what_takes_an_opt_out_back_is_never_opted_out_by_a_model_and_a_likely_wish_only_by_a_sure_one() -> (
    None
):
    assert _add(OptOut("none", WISH), 0.99).outcome == "held"
    assert _add(OptOut("none", PERHAPS), 0.75).outcome == "opted_out"
    assert _add(OptOut("none", PERHAPS), 0.5).outcome == "held"
