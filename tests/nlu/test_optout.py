"""Who is opted out, who is held, and who must not be. Tables first; the figures on labelled lines are in test_heldout.py."""

from __future__ import annotations

import pytest

from nlu.optout import OptOut, decide

COURT_QUOTED = (  # sms-rules R140: true opt-outs that bots missed, as courts quoted them
    "I would appreciate if we discontinue any further texts",
    "Thank you but I would like the text messages to stop can we make this happen",
    "Take my contact info off please",
    "I want to confirm that I have been removed off your contacts",
    "I asked to be removed from this service a few times. Stop the messages.",
    "Again I want to stop this service thank you.",
    "I'd like my contact info to be removed",
    "Checking in today to see if my information is removed",
    "I've changed my mind and don't want to receive these anymore",
    "Please do not send any further messages",
    "I don't want these messages anymore. This is your last warning!",
)
NOT_OPT_OUTS = (  # R144 and their kin
    "stop by the store",
    "Can you stop by Tuesday?",
    "the stop sign",
    "Cancel that, I will come Tuesday",
    "I will end up needing two bags",
    "We had to cancel our trip",
    "No problem, send it",
    "unstoppable",
    "Can you remove the setup fee?",
    "Cancel my order",
    "don't stop",
    "please don't stop the deals",
    "never stop sending me these lol",
    "end of the month",
    "maybe at the weekend",
    "I can't stop drinking this coffee",
    "why did you stop texting me?",
    "put me back on the list, I hit stop by mistake",
    "don't take me off the list",
    "remove the mug from my order please",
    "stop shipping me the litter, I have too many bags",
    "no more coffee for me this month, thanks",
    "don't text me until friday, remind me then",
    "take 10 dollars off and I'm in",
    "where do I stop to pick it up",
    "no dejen de mandarme las promos",
    "no me mandaron mi pedido",
    "la caja es para mi mama",
    "cancelen mi pedido por favor",
    "quiero volver a recibir los mensajes",
)


@pytest.mark.parametrize("text", COURT_QUOTED)
def test_what_courts_called_an_opt_out_is_one(text: str) -> None:
    assert decide(text).outcome == "opted_out"


@pytest.mark.parametrize("text", NOT_OPT_OUTS)
def test_everyday_words_opt_nobody_out(text: str) -> None:
    assert decide(text).outcome == "none"


@pytest.mark.parametrize(
    "word", ["STOP", "StopAll", " unsubscribe ", "end", "Quit", "CANCEL", "revoke", "optout"]
)
def test_a_carrier_word_alone_opts_out_and_says_that_the_carrier_has_acted(word: str) -> None:
    assert decide(word) == OptOut("opted_out", "carrier word", "STOP")


@pytest.mark.parametrize(
    ("text", "keyword"), [("start", "START"), ("UNSTOP", "START"), ("HELP", "HELP"), ("info\n", "HELP")]
)
def test_start_and_help_words_are_named_and_opt_nobody_out(text: str, keyword: str) -> None:
    decided = decide(text)
    assert (decided.outcome, decided.keyword) == ("none", keyword)


@pytest.mark.parametrize(
    "text", ["STOP PLEASE", "Stop.", "stop!!", "opt out", "Please unsubscribe", "¡STOP!"]
)
def test_a_stop_word_with_anything_around_it_is_ours_to_answer(text: str) -> None:
    """The carrier matches the whole body only (R51), so no keyword is reported."""
    decided = decide(text)
    assert (decided.outcome, decided.keyword) == ("opted_out", None)


@pytest.mark.parametrize(
    ("given", "outcome"), [("STOP", "opted_out"), ("stop", "opted_out"), ("START", "none"), ("HELP", "none")]
)
def test_the_providers_word_is_believed_whatever_the_text_says(given: str, outcome: str) -> None:
    assert decide("bonjour", given) == OptOut(outcome, "provider", given.upper())  # type: ignore[arg-type]


def test_an_unknown_provider_word_changes_nothing() -> None:
    assert decide("stop", "SOMETHING") == decide("stop")
    assert decide("hi", "").outcome == "none"


@pytest.mark.parametrize(
    "text",
    [
        "st0p", "S T O P", "s.t.o.p", "STOOOOP", "ЅТОР", "ST\u200bOP", "𝐒𝐓𝐎𝐏", "🇸🇹🇴🇵", "$top", "unsub5cribe", "stpo", "STIP", "sotp texting me",
        "🛑", "stop ✋", "TAKE. ME. OFF. THE. LIST.", "stop2quit", "unsuscribe me pls", "dont txt me", "quit textin me",
    ],
)  # fmt: skip
def test_a_disguise_a_typo_or_a_sign_hides_no_stop(text: str) -> None:
    assert decide(text).outcome == "opted_out"


@pytest.mark.parametrize(
    "text",
    [
        "leave me alone", "lose my number", "take me off this list", "delete my number", "no more texts", "how do i get off this list", "get lost",
        "why am I still getting these", "I never signed up for this", "I already said stop", "wrong number, stop texting me", "blocking you now",
        "reported as spam", "i revoke my consent", "this is harassment", "why don't you stop texting me", "if you don't stop texting me I'll sue",
        "stop texting me but where is my refund", "turn these off", "am i off the list yet? asked yesterday", "cancel my text subscription",
    ],
)  # fmt: skip
def test_a_wish_to_be_left_alone_counts_in_any_words(text: str) -> None:
    assert decide(text).outcome == "opted_out"


@pytest.mark.parametrize(
    "text",
    [
        "BAJA", "no más", "ya no me manden mensajes", "bórrenme de su lista", "quítenme", "dejen de escribirme", "no me escriban más", "déjenme en paz",
        "dame de baja", "cómo me doy de baja de esto", "no quiero recibir más mensajes", "párenle ya", "basta de mensajes", "dejad de mandarme SMS",
        "borren mi número por favor", "este es el teléfono de un niño, no manden más", "ya les puse STOP y siguen mandando",
    ],
)  # fmt: skip
def test_spanish_in_any_country_counts(text: str) -> None:
    assert decide(text).outcome == "opted_out"


@pytest.mark.parametrize(
    "text",
    ["ARRET", "arrêter", "Stopp", "aufhören", "abmelden", "parar", "pare", "sair", "basta", "стоп", "СТОП!", "отписаться", "停止", "退订", "やめて", "그만",
     "توقف", "रोकें", "dừng lại", "στοπ", "rezygnuję", "uitschrijven", "stoppa", "itigil"],
)  # fmt: skip
def test_the_stop_word_of_another_language_counts_when_it_is_the_whole_text(text: str) -> None:
    assert decide(text).outcome == "opted_out"


@pytest.mark.parametrize(
    "text",
    [
        "fuck you",
        "go to hell",
        "goodbye",
        "stop my subscription",
        "you people stop",
        "email only please",
        "✋",
        "dejen eso, ya no",
    ],
)
def test_what_could_be_a_stop_is_held(text: str) -> None:
    assert decide(text).outcome == "held"


@pytest.mark.parametrize(
    "text",
    [
        'Disliked "We miss you! Reply STOP to opt out"',
        "Liked “Hi Ana, it's us. Reply STOP to end”",
        "Loved an image",
        "👎 to “Reply STOP to opt out”",
        "No le gusta «Responde BAJA para cancelar»",
        "Disliked “Hi Ana, reply STOP to opt o",
    ],
)
def test_a_reaction_to_our_text_is_not_the_customers_words(text: str) -> None:
    assert decide(text).outcome == "none"


def test_what_stands_behind_a_quoted_text_is_the_customers() -> None:
    assert decide('Disliked "Reply STOP to opt out" leave me alone').outcome == "opted_out"


def test_a_letter_away_from_stop_is_another_word() -> None:
    """«shop» is as near to «stop» as «st0p» is: nothing is matched by likeness."""
    for word in ("shop", "step", "top", "stock", "chop", "spot", "post"):
        assert decide(word).outcome == "none", word


def test_a_stop_at_the_end_of_an_endless_text_is_seen() -> None:
    assert decide("bla " * 2_400 + ". stop texting me").outcome == "opted_out"
