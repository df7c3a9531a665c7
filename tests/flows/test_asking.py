"""What is taken for a number, a date, a choice or a text, in both languages, and what is rather asked again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.asking import LONGEST_TEXT, distance, options_in_words, read_value
from flows.definition import Ask, AskKind
from tests.support.examples import examples

NOW = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
"""A Friday evening in New York, and Saturday already in Berlin."""
ZONE = "America/New_York"
ROASTS = {
    "light": ("light", "claro"),
    "medium": ("medium", "medio"),
    "dark": ("dark", "oscuro"),
    "extra_dark": ("extra dark", "muy oscuro"),
}


def value(ask: Ask, text: str, *, day_first: bool = False, zone: str = ZONE) -> object:
    found = read_value(ask, text, NOW, zone, day_first=day_first)
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("2 bags", 2),
        ("two please", 2),
        ("Twelve!", 12),
        ("$15", 15),
        ("1,000", 1000),
        ("1.000", 1000),
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("-3", -3),
        ("x2", 2),
        ("2x", 2),
        ("2️⃣", 2),
        ("２", 2),
        ("#4", 4),
        ("about 20%", 20),
        ("a couple", 2),
        ("a dozen", 12),
        ("half a dozen", 6),
        ("twenty-five", 25),
        ("twenty five", 25),
        ("I need seven of them", 7),
        ("2... yes 2", 2),
        ("dos bolsas", 2),
        ("Doce", 12),
        ("una docena", 12),
        ("media docena", 6),
        ("treinta y cinco", 35),
        ("dieciséis", 16),
        ("un par", 2),
        ("quiero una", 1),
        ("ninguna", 0),
        ("none", 0),
        ("just one", 1),
        # rather asked again
        ("2 or 3", None),
        ("two, no three", None),
        ("2-3", None),
        ("the big one", None),
        ("no one", None),
        ("some", None),
        ("3/14", None),
        ("10:30", None),
        ("the 3rd", None),
        ("1.2.3", None),
        ("lots", None),
        ("un poco", None),
        ("", None),
        ("99999999999999999999", None),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    found = value(Ask("n", "number"), text)
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize(
    ("text", "fits"), [("1", True), ("12", True), ("0", False), ("13", False), ("-1", False)]
)
def test_a_number_out_of_bounds_does_not_fit(text: str, fits: bool) -> None:
    assert (value(Ask("n", "number", low=1, high=12), text) is not None) is fits


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-01", "2026-12-01"),
        ("2026/12/1", "2026-12-01"),
        ("March 3", "2027-03-03"),
        ("march 3rd, 2028", "2028-03-03"),
        ("the 3rd of March", "2027-03-03"),
        ("Dec. 5", "2026-12-05"),
        ("5 dec", "2026-12-05"),
        ("3/14", "2027-03-14"),
        ("3/14/27", "2027-03-14"),
        ("14/3", "2027-03-14"),
        ("12-25", "2026-12-25"),
        ("11/20", "2026-11-20"),  # today counts
        ("11/19", "2027-11-19"),
        ("3 de marzo", "2027-03-03"),
        ("el 3 de marzo de 2028", "2028-03-03"),
        ("primero de enero", "2027-01-01"),
        ("1ro de enero", "2027-01-01"),
        ("tomorrow", "2026-11-21"),
        ("Mañana por la mañana", "2026-11-21"),
        ("pasado mañana", "2026-11-22"),
        ("the day after tomorrow", "2026-11-22"),
        ("today", "2026-11-20"),
        ("ayer", "2026-11-19"),
        ("friday", "2026-11-27"),  # said on a Friday
        ("next monday", "2026-11-23"),
        ("el miércoles", "2026-11-25"),
        ("in two weeks", "2026-12-04"),
        ("en 3 días", "2026-11-23"),
        ("the 25th", "2026-11-25"),
        ("el 15", "2026-12-15"),
        ("feb 29", "2028-02-29"),
        ("It's on May 4th", "2027-05-04"),
        # rather asked again
        ("feb 30", None),
        ("13/13", None),
        ("2026-02-29", None),
        ("March", None),
        ("soon", None),
        ("", None),
        ("31", None),
        ("0/0", None),
    ],
)
def test_dates(text: str, day: str | None) -> None:
    assert value(Ask("d", "date"), text) == day


def test_a_date_is_read_on_the_customers_calendar_and_in_their_order() -> None:
    assert value(Ask("d", "date"), "tomorrow", zone="Europe/Berlin") == "2026-11-22"
    assert value(Ask("d", "date"), "3/4") == "2027-03-04"
    assert value(Ask("d", "date"), "3/4", day_first=True) == "2027-04-03"
    assert value(Ask("d", "date"), "3/14", day_first=True) == "2027-03-14"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("March 3", "03-03"),
        ("3/14/1988", "03-14"),
        ("1988-03-14", "03-14"),
        ("feb 29", "02-29"),
        ("29 de febrero de 1992", "02-29"),
        ("my birthday is the 4th of July", "07-04"),
        ("tomorrow", "11-21"),
        ("feb 30", None),
    ],
)
def test_a_birthday_is_kept_without_its_year(text: str, day: str | None) -> None:
    assert value(Ask("birthday", "date"), text) == day


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("dark", "dark"),
        ("Dark.", "dark"),
        ("the dark one please", "dark"),
        ("oscuro por favor", "dark"),
        ("extra dark", "extra_dark"),
        ("extra-dark", "extra_dark"),
        ("I think the extra dark would be best", "extra_dark"),
        ("med", "medium"),
        ("l", "light"),
        ("drak", "dark"),
        ("ligth", "light"),
        ("mediun roast", "medium"),
        ("2", "medium"),
        ("#3", "dark"),
        ("the second one", "medium"),
        ("la segunda", "medium"),
        ("option 4", "extra_dark"),
        ("dos", "medium"),
        # rather asked again
        ("dark or light", None),
        ("not dark", None),
        ("5", None),
        ("0", None),
        ("blue", None),
        ("either", None),
        ("no", None),
        ("", None),
        ("👍", None),
    ],
)
def test_choices(text: str, choice: str | None) -> None:
    assert value(Ask("roast", "choice", choices=ROASTS), text) == choice


def test_yes_and_no_can_be_choices_and_numbers_can_be_their_words() -> None:
    plain = Ask("q", "choice", choices={"yes": ("yes", "si"), "no": ("no",)})
    assert [value(plain, text) for text in ("no", "Sí!", "yes please", "1")] == ["no", "yes", "yes", "yes"]
    sizes = Ask("q", "choice", choices={"big": ("24 oz", "2"), "small": ("12 oz", "1")})
    assert [value(sizes, text) for text in ("2", "1", "24 oz", "12oz")] == ["big", "small", "big", "small"]


@pytest.mark.parametrize(
    ("kind", "text", "whole"),
    [
        ("number", "2 bags", True),
        ("number", "is it 2?", False),
        ("number", "how much is it for 2", False),
        ("date", "on March 3", True),
        ("date", "what do you charge on March 3", False),
        ("choice", "the dark one", True),
        ("choice", "how much is the dark roast?", False),
    ],
)
def test_a_text_that_is_all_value_is_told_from_one_that_says_more(
    kind: AskKind, text: str, whole: bool
) -> None:
    """The first goes before what the reader took it for; the second does not."""
    found = read_value(
        Ask("x", kind, choices=ROASTS if kind == "choice" else {}), text, NOW, ZONE, day_first=False
    )
    assert found is not None
    assert found.whole is whole


def test_free_text_is_trimmed_and_has_an_end() -> None:
    ask = Ask("note", "text")
    assert value(ask, "  two \n lines\u200b ") == "two lines"
    assert value(ask, "x" * 1000) == "x" * LONGEST_TEXT
    assert value(ask, " \n\u200b") is None


def test_options_are_named_in_the_customers_language() -> None:
    ask = Ask("roast", "choice", choices=ROASTS)
    assert options_in_words(ask, "en") == "light, medium, dark or extra dark"
    assert options_in_words(ask, "es") == "claro, medio, oscuro o muy oscuro"
    assert options_in_words(Ask("n", "number"), "en") is None


@pytest.mark.parametrize(
    ("first", "second", "miss"),
    [("dark", "drak", 1), ("dark", "dark", 0), ("dark", "dar", 1), ("dark", "lark", 1), ("dark", "xy", 3)],
)
def test_typos_are_counted_with_neighbours_swapped(first: str, second: str, miss: int) -> None:
    assert distance(first, second, 2) == miss


_pieces = st.sampled_from(
    "2 two 3/14 march marzo 29 feb the el not dark extra , . - : $ # ? 1,000 99999999999999 de in days "
    "0 31 friday mañana medio oscuro 2️⃣ 🙏 th 2026 00 ½ ٣".split()
)


@settings(max_examples=examples(500))
@given(
    st.one_of(
        st.text(max_size=60), st.lists(_pieces, max_size=9).map(" ".join), st.lists(_pieces).map("".join)
    ),
    st.sampled_from(["number", "date", "choice", "text"]),
    st.booleans(),
)
def test_nothing_breaks_it_and_every_value_is_of_its_kind(text: str, kind: AskKind, day_first: bool) -> None:
    for name in ("x", "birthday"):
        ask = Ask(name, kind, low=-5, high=5000, choices=ROASTS if kind == "choice" else {})
        found = read_value(ask, text, NOW, ZONE, day_first=day_first)
        if found is None:
            continue
        match kind:
            case "number":
                assert isinstance(found.value, (int, float))
                assert -5 <= found.value <= 5000
            case "date":
                year = "2000-" if name == "birthday" else ""
                assert datetime.fromisoformat(f"{year}{found.value}")
            case "choice":
                assert found.value in ROASTS
            case "text":
                assert isinstance(found.value, str)
                assert 0 < len(found.value) <= LONGEST_TEXT
