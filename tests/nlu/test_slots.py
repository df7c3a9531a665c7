"""Details read out of a text, relative to Saturday, 21 November 2026."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.language import language_of
from nlu.mood import mood_of
from nlu.normalise import normalise
from nlu.slots import later_until, percent, quantity

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("after payday", "2026-12-01"),
        ("when I get paid", "2026-12-01"),
        ("cuando me paguen", "2026-12-01"),
        ("en la quincena", "2026-12-01"),
        ("in march", "2027-03-01"),
        ("around Dec 4", "2026-12-04"),
        ("el 5 de enero", "2027-01-05"),
        ("in may maybe", "2027-05-01"),
        ("2 weeks", "2026-12-05"),
        ("give me a couple weeks", "2026-12-05"),
        ("en dos semanas", "2026-12-05"),
        ("in 10 days", "2026-12-01"),
        ("3 months from now", "2027-02-21"),
        ("next month", "2026-12-01"),
        ("el mes que viene", "2026-12-01"),
        ("next week", "2026-11-23"),
        ("la próxima semana", "2026-11-23"),
        ("end of the month", "2026-11-30"),
        ("a fin de mes", "2026-11-30"),
        ("tomorrow", "2026-11-22"),
        ("mañana", "2026-11-22"),
        ("on tuesday", "2026-11-24"),
        ("el viernes", "2026-11-27"),
        ("after christmas", "2026-12-26"),
        ("después de navidad", "2026-12-26"),
        ("next year", "2027-01-02"),
        ("on the 15th", "2026-12-15"),
        ("when i'm back", None),
        ("still have half a bag", None),
        ("later", None),
        ("I may order again", None),
        ("luego", None),
    ],
)
def test_a_time_is_read_when_it_is_named(text: str, until: str | None) -> None:
    found = later_until(normalise(text).text, TODAY)
    assert (found.isoformat() if found else None) == until


@pytest.mark.parametrize(
    ("today", "until"), [(date(2026, 11, 1), date(2026, 11, 15)), (date(2026, 11, 15), date(2026, 12, 1))]
)
def test_payday_is_the_next_first_or_fifteenth(today: date, until: date) -> None:
    assert later_until("after payday", today) == until


@given(
    st.dates(date(2020, 1, 1), date(2090, 1, 1)),
    st.sampled_from(
        [
            "31 jan",
            "feb 29",
            "end of the month",
            "on the 31st",
            "next month",
            "1 month",
            "payday",
            "in may",
            "weekend",
            "monday",
        ]
    ),
)
def test_the_time_is_always_after_today(today: date, text: str) -> None:
    until = later_until(normalise(text).text, today)
    assert until is not None
    assert until > today


@pytest.mark.parametrize(
    ("text", "count"),
    [("2 bags please", 2), ("send me 3", 3), ("two boxes", 2), ("quiero 4 bolsas", 4), ("dos cajas", 2), ("5", 5), ("x2", 2),
     ("same again", None), ("20% off", None), ("in 2 weeks", None), ("0 bags", None), ("order 4471", None)],
)  # fmt: skip
def test_how_many_is_read_when_it_is_said(text: str, count: int | None) -> None:
    assert quantity(normalise(text).text) == count


@pytest.mark.parametrize(
    ("text", "share"),
    [("25% off?", 25), ("give me 10 percent", 10), ("20 por ciento", 20), ("0%", None), ("a discount", None)],
)
def test_the_percentage_is_read(text: str, share: int | None) -> None:
    assert percent(normalise(text).text) == share


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my order", "en"),
        ("dónde está mi pedido", "es"),
        ("ya no quiero mas", "es"),
        ("thanks!", "en"),
        ("gracias", "es"),
        ("ok", None),
        ("👍", None),
        ("", None),
    ],
)
def test_the_language_is_told_or_left_open(text: str, language: str | None) -> None:
    assert language_of(text, normalise(text).words) == language


@pytest.mark.parametrize(
    ("text", "mood"),
    [("love it, thank you 😍", "pleased"), ("this is terrible", "upset"), ("WHERE IS MY ORDER!!", "upset"), ("same again", "neutral"),
     ("gracias, son los mejores", "pleased"), ("son unos ladrones", "upset"), ("not happy at all", "upset")],
)  # fmt: skip
def test_the_mood_is_a_hint(text: str, mood: str) -> None:
    plain = normalise(text)
    assert mood_of(text, plain.words, plain.text) == mood
