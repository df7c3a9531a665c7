"""Wishes about rhythm: which texts are some, which only look like it, and that no opt-out is ever taken for one."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu import optout
from nlu.normalise import normalise
from nlu.reader import embedded_reader
from nlu.rhythm import DAY, WEEK, Rhythm, from_text, in_words, merged
from nlu.rhythm_wishes import _GAPS, read_rhythm
from tests.support.examples import examples

NO_SUNDAYS = (0, 1, 2, 3, 4, 5)
WEEKDAYS, WEEKENDS = (0, 1, 2, 3, 4), (5, 6)
NOON = 12 * 60


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("only twice a year", Rhythm(2, 365)),
        ("Once a month is enough", Rhythm(1, 30)),
        ("Text me only once a month please", Rhythm(1, 30)),
        ("max 2 texts a month", Rhythm(2, 30)),
        ("twice a year max", Rhythm(2, 365)),
        ("every other month is fine", Rhythm(1, 60)),
        ("once every 3 months is plenty, thanks!", Rhythm(1, 90)),
        ("only every six months", Rhythm(1, 180)),
        ("solo cada seis meses por favor", Rhythm(1, 180)),
        ("una vez al mes está bien", Rhythm(1, 30)),  # «es» is no word of «está»
        ("every twelve weeks is enough", Rhythm(1, 84)),
        ("I only want texts about coffee", Rhythm(topic="coffee")),
        ("text me every three weeks", Rhythm(1, 21)),
        ("cada tres meses basta", Rhythm(1, 90)),
        ("only monthly pls", Rhythm(1, 30)),
        ("not on Sundays", Rhythm(weekdays=NO_SUNDAYS)),
        ("Never on Mondays and Tuesdays 🙏", Rhythm(weekdays=(2, 3, 4, 5, 6))),
        ("only on weekends", Rhythm(weekdays=WEEKENDS)),
        ("please only text me on weekdays", Rhythm(weekdays=WEEKDAYS)),
        ("not before noon", Rhythm(from_minute=NOON)),
        ("not after 6", Rhythm(to_minute=18 * 60)),
        ("not before noon/after 6", Rhythm(from_minute=NOON, to_minute=18 * 60)),
        ("only between 9 and 5", Rhythm(from_minute=9 * 60, to_minute=17 * 60)),
        ("only text me after 6:30pm", Rhythm(from_minute=18 * 60 + 30)),
        ("after 6 only", Rhythm(from_minute=18 * 60)),
        ("text me on weekends", Rhythm(weekdays=WEEKENDS)),
        ("not on the weekend", Rhythm(weekdays=WEEKDAYS)),
        ("solo los lunes", Rhythm(weekdays=(0,))),
        ("evenings only", Rhythm(from_minute=17 * 60)),
        ("only coffee", Rhythm(topic="coffee")),
        ("only texts about decaf", Rhythm(topic="decaf")),
        (
            "only twice a year, never on sundays, and only coffee",
            Rhythm(2, 365, weekdays=NO_SUNDAYS, topic="coffee"),
        ),
        ("as before", Rhythm()),
        ("Text me as before", Rhythm()),
        ("solo dos veces al año", Rhythm(2, 365)),
        ("Una vez al mes basta, gracias", Rhythm(1, 30)),
        ("no más de una vez al mes", Rhythm(1, 30)),
        ("no los domingos", Rhythm(weekdays=NO_SUNDAYS)),
        ("los domingos no", Rhythm(weekdays=NO_SUNDAYS)),
        ("solo los fines de semana", Rhythm(weekdays=WEEKENDS)),
        ("no antes del mediodía", Rhythm(from_minute=NOON)),
        ("no después de las 6", Rhythm(to_minute=18 * 60)),
        ("Sólo café", Rhythm(topic="cafe")),
        ("como antes", Rhythm()),
        ("not on Sundays and not on Mondays", Rhythm(weekdays=(1, 2, 3, 4, 5))),
        ("not before 10. not after 6 pm", Rhythm(from_minute=10 * 60, to_minute=18 * 60)),
        ("only on weekends, not on Sundays", Rhythm(weekdays=(5,))),
        ("only twice a year, once a month is enough", Rhythm(2, 365)),
        ("solo de noche", Rhythm(from_minute=18 * 60)),
        ("not at night", Rhythm(to_minute=18 * 60)),
        ("solo de café", Rhythm(topic="cafe")),
        ("solo mensajes de vino", Rhythm(topic="vino")),
        ("not after 9 pm", Rhythm(to_minute=21 * 60)),
        ("not after 9 p.m.", Rhythm(to_minute=21 * 60)),
        ("don't text me past 10", Rhythm(to_minute=22 * 60)),
        ("nothing later than 8pm", Rhythm(to_minute=20 * 60)),
        ("only between 5 and 7", Rhythm(from_minute=17 * 60, to_minute=19 * 60)),
        ("can you only text between 9-5", Rhythm(from_minute=9 * 60, to_minute=17 * 60)),
        ("between 9 and 5 only", Rhythm(from_minute=9 * 60, to_minute=17 * 60)),
        ("only business hours", Rhythm(from_minute=9 * 60, to_minute=17 * 60)),
        ("text me mornings only", Rhythm(to_minute=NOON)),
        ("text me in the morning only", Rhythm(to_minute=NOON)),
        ("no antes de las 10", Rhythm(from_minute=10 * 60)),
        ("antes de las 10 no", Rhythm(from_minute=10 * 60)),
        ("no más tarde de las 9", Rhythm(to_minute=21 * 60)),
        ("de 5 a 7 nada más", Rhythm(from_minute=17 * 60, to_minute=19 * 60)),
        ("por favor no escriban de noche", Rhythm(to_minute=18 * 60)),
        ("solo mañanas", Rhythm(to_minute=NOON)),
    ],
)
def test_a_wish_is_read(text: str, wish: Rhythm) -> None:
    assert read_rhythm(normalise(text)) == wish
    assert from_text(wish.to_text()) == wish


@pytest.mark.parametrize(
    "text",
    [
        "never on weekdays, never on weekends",
        "never on weekdays or weekends",
        "only on weekends, not on weekends",
        "only mornings, not before 3 pm",
        *("only about nothing", "solo sobre nada", "just texts about none", "solo mensajes sobre nada"),
        *("only about removal", "only text me about removal", "only texts about unsubscribing"),
        *("only texts about birthdays", "solo mensajes sobre cobros"),
    ],
)
def test_a_wish_that_leaves_nothing_is_perhaps_an_opt_out(text: str) -> None:
    """R2, R145: never a rhythm, whatever the model thinks of it."""
    reading = embedded_reader(sure=0.6, unsure=0.4).read(text, today=date(2026, 3, 11))
    assert reading.opt_out in ("held", "opted_out")
    assert "rhythm" not in reading.slots


@pytest.mark.parametrize("text", ["I only want texts about restocks", "only texts about birthdays"])
def test_a_topic_that_nobody_knows_opts_nobody_out(text: str) -> None:
    assert embedded_reader(sure=0.55, unsure=0.3).read(text, today=date(2026, 3, 11)).opt_out == "held"


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("not on Sundays", "less_days=012345"),
        ("only on weekends", "days=56"),
        ("only on weekends, not on Sundays", "days=5"),
        ("not on Sundays, not before noon", "less_days=012345 less_minutes=720-1440"),
        ("only after 6, not on Sundays", "less_days=012345 minutes=1080-1440"),
    ],
)
def test_what_only_takes_away_says_so(text: str, slot: str) -> None:
    wish = read_rhythm(normalise(text))
    assert wish is not None
    assert wish.to_text() == slot
    assert from_text(slot).to_text() == slot


@pytest.mark.parametrize(
    "text",
    [
        *("only 2 bags please", "not on Sundays, is the shop open?", "only stop", "only kidding", "just looking"),
        *("only on sunday", "not on sunday", "same as before", "as usual", "once a month", "I drink it twice a day"),
        *("only 2", "just once", "max 2", "solo dos", "not today", "not before christmas", "only if free"),
        *("only whole bean", "text me tomorrow", "text me later", "just text me", "just coffee", "only weekends?"),
        *("are you closed on sundays", "send two a month please", "I love it but only on sundays", "no", "only you"),
        *("solo de vez en cuando", "solo textos de lunes", "solo de ida", "only about mornings"),
        *("only about discounts", "solo sobre ofertas"),
        *("text me on Monday", "text me after 6", "message me on the weekend", "no el lunes", "escribeme el domingo"),
        *("two a month please", "once a week please", "only monday"),
        *("only morning", "2 to 3 only", "send 2 to 3 only", "not business hours", "no mas tarde", "solo mañana"),
        *("only the decaf", "not after what happened", "how about only twice a year", ""),
    ],
)  # fmt: skip
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert read_rhythm(normalise(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        *("stop texting me at night", "stop texting me after 9", "no more texts after today", "no escriban", "no manden mensajes"),
        *("don't text me after 9 and don't text me again", "don't text me after this", "nada de mensajes nunca"),
        *("only stop", "stop", "stop, once a month is enough", "only once a year and then stop", "not on sundays. STOP"),
        *("don't text me on sunday", "no me escribas", "leave me alone, only weekends"),
    ],
)  # fmt: skip
def test_the_rules_of_opting_out_have_the_last_word(text: str) -> None:
    reader = embedded_reader(sure=0.6, unsure=0.4)
    reading = reader.read(text, today=date(2026, 3, 11))
    assert "rhythm" not in reading.slots
    assert optout.decide(text).outcome != "none"


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("No texts on Sunday", "less_days=012345"),
        ("no texts on Sundays please", "less_days=012345"),
        ("don't text me on Sundays", "less_days=012345"),
        ("no more texts on weekends", "less_days=01234"),
        ("no messages before 9am", "less_minutes=540-1440"),
        ("no more than one text a month", "most=1/30"),
        ("no more than 2 texts a week please", "most=2/7"),
        ("no me escribas los domingos", "less_days=012345"),
        ("no quiero mensajes los domingos", "less_days=012345"),
        ("nada de mensajes los domingos", "less_days=012345"),
        ("no más de un mensaje al mes", "most=1/30"),
    ],
)
def test_a_wish_that_begins_like_a_stop_is_a_wish(text: str, slot: str) -> None:
    assert optout.decide(text).outcome == "none"
    reading = embedded_reader(sure=0.6, unsure=0.4).read(text, today=date(2026, 3, 11))
    assert (reading.intent, reading.opt_out, reading.slots.get("rhythm")) == ("rhythm", "none", slot)


@pytest.mark.parametrize(
    "text",
    [
        *("no more texts", "no texts please", "no texts", "no more messages ever", "No more texts. Not on Sundays, not ever."),
        *("no texts on weekdays, no texts on weekends", "no texts on any day", "no texts today", "no more texts on sunday or any day"),
        *("don't text me on Sundays or ever again", "stop texting me on sundays", "no texts on Sundays. STOP", "no offers, no texts"),
        *("no more than zero texts a month, stop", "no más mensajes", "no me escriban", "no quiero mensajes", "no quiero más mensajes"),
        *("never send me texts", "no texts before or after anything, remove me"),
    ],
)  # fmt: skip
def test_a_stop_stays_a_stop_whatever_day_it_names(text: str) -> None:
    assert optout.decide(text).outcome == "opted_out"


def test_the_reader_says_the_wish_and_its_words() -> None:
    reading = embedded_reader(sure=0.6, unsure=0.4).read("Only twice a year", today=date(2026, 3, 11))
    assert (reading.intent, reading.understood, reading.opt_out) == ("rhythm", True, "none")
    assert reading.slots == {
        "rhythm": "most=2/365",
        "rhythm_en": "at most twice a year",
        "rhythm_es": "como mucho dos veces al año",
    }


@pytest.mark.parametrize(
    ("known", "wish", "after"),
    [
        (None, Rhythm(2, 365), Rhythm(2, 365)),
        (Rhythm(2, 365), Rhythm(1, 30), Rhythm(1, 30)),
        (Rhythm(2, 365), Rhythm(weekdays=NO_SUNDAYS), Rhythm(2, 365, weekdays=NO_SUNDAYS)),
        (Rhythm(from_minute=NOON), Rhythm(to_minute=18 * 60), Rhythm(to_minute=18 * 60)),
        (Rhythm(2, 365, topic="tea"), Rhythm(), None),
        (None, Rhythm(), None),
        # what only takes away, takes away from what was known
        (Rhythm(weekdays=NO_SUNDAYS), Rhythm(weekdays=(0, 1, 2, 3, 4, 6), less_days=True), Rhythm(weekdays=WEEKDAYS)),
        (Rhythm(weekdays=WEEKENDS), Rhythm(weekdays=NO_SUNDAYS, less_days=True), Rhythm(weekdays=(5,))),
        (Rhythm(weekdays=WEEKENDS), Rhythm(weekdays=WEEKDAYS), Rhythm(weekdays=WEEKDAYS)),
        (
            Rhythm(from_minute=NOON),
            Rhythm(to_minute=18 * 60, less_hours=True),
            Rhythm(from_minute=NOON, to_minute=18 * 60),
        ),
    ],
)  # fmt: skip
def test_the_last_wish_wins_where_both_speak_of_the_same(
    known: Rhythm | None, wish: Rhythm, after: Rhythm | None
) -> None:
    assert merged(known, wish) == after


@pytest.mark.parametrize(
    ("wish", "english", "spanish"),
    [
        (Rhythm(1, 730), "at most once in 2 years", "como mucho una vez en 2 años"),
        (Rhythm(weekdays=(*WEEKDAYS[1:], 5)), "never on Mondays or Sundays", "nunca los lunes ni los domingos"),
        (Rhythm(1, 60), "at most once in 2 months", "como mucho una vez en 2 meses"),
        (Rhythm(4, 7), "at most 4 times a week", "como mucho 4 veces por semana"),
        (Rhythm(weekdays=WEEKDAYS), "only on weekdays", "solo entre semana"),
        (Rhythm(weekdays=(0, 2)), "only on Mondays and Wednesdays", "solo los lunes y miércoles"),
        (Rhythm(weekdays=NO_SUNDAYS), "never on Sundays", "nunca los domingos"),
        (Rhythm(from_minute=NOON), "not before noon", "no antes de las 12"),
        (Rhythm(from_minute=13 * 60 + 30), "not before 1:30 pm", "no antes de las 13:30"),
        (Rhythm(2, 365, topic="tea"), "at most twice a year, only about tea", "como mucho dos veces al año, solo sobre tea"),
        (Rhythm(), "texts as before", "textos como antes"),
    ],
)  # fmt: skip
def test_a_wish_is_said_back(wish: Rhythm, english: str, spanish: str) -> None:
    assert (in_words(wish, "en"), in_words(wish, "es")) == (english, spanish)


_WORDS = "only just text me once twice a year month on not never sundays weekends before after noon 6 , . and or solo no los domingos al mes please coffee stop ? 2".split()


@settings(max_examples=examples(300))
@given(st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join))
def test_nothing_breaks_it_and_whatever_it_reads_is_a_whole_value(text: str) -> None:
    wish = read_rhythm(normalise(text))
    if wish is None:
        return
    assert from_text(wish.to_text()) == wish
    assert wish.impossible or (0 <= wish.from_minute < wish.to_minute <= DAY and wish.weekdays)
    assert set(wish.weekdays) <= set(WEEK)
    assert "?" not in text
    assert "stop" not in text.split()


@pytest.mark.parametrize(
    "word", ["please ", "only ", "on monday and ", "text me ", "i would like ", "not before "]
)
def test_no_text_takes_long(word: str) -> None:
    plain = normalise(word * 200)
    begun = time.process_time()
    read_rhythm(plain)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("gap", sorted(_GAPS))
@pytest.mark.parametrize("unit", ["weeks", "meses"])
def test_every_gap_that_the_grammar_knows_has_a_length(gap: str, unit: str) -> None:
    wish = read_rhythm(normalise(f"only every {gap} {unit}"))
    assert wish is not None
    assert (wish.at_most, wish.per_days) == (1, _GAPS[gap] * (7 if unit == "weeks" else 30))
