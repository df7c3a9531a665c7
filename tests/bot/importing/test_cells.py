"""Single cells, as spreadsheets and platforms write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.importing.values import (
    BadCell,
    clean_email,
    clean_name,
    parse_any,
    parse_count,
    parse_country,
    parse_money,
    parse_yes,
    slug,
    split_name,
)

MONEY = [
    ("$1,234.50", 123450),
    ("12,50", 1250),
    ("1.234,50 €", 123450),
    ("1 234,50", 123450),
    ("1\u202f234,50", 123450),
    ("1'234.50", 123450),
    ("USD 12", 1200),
    ("12.0000", 1200),
    ("1,234", 123400),
    ("1,234,567", 123456700),
    ("1.234.567", 123456700),
    ("0,5", 50),
    ("12.345", 1235),
    ("(3.00)", -300),
    ("-$5", -500),
    ("5.00-", -500),
    ("0", 0),
    ("12.", 1200),
]


@pytest.mark.parametrize(("raw", "cents"), MONEY)
def test_money_is_read_as_it_is_written(raw: str, cents: int) -> None:
    assert parse_money(raw) == cents


@pytest.mark.parametrize(
    "raw", ["", "free", "12 of 15", "10%", "1.2.3,4,5", "1e5", "NaN", "2026-01-02", "9" * 20]
)
def test_what_is_no_money_is_refused_with_a_reason(raw: str) -> None:
    with pytest.raises(BadCell, match="amount"):
        parse_money(raw)


@given(st.integers(0, 10**9), st.sampled_from(["{:,.2f}", "{:.2f}", "${:,.2f}", "{:,.2f} USD", "{:.4f}"]))
def test_what_was_formatted_in_the_american_way_comes_back(cents: int, form: str) -> None:
    assert parse_money(form.format(cents / 100)) == cents


@given(st.integers(0, 10**9))
def test_what_was_formatted_in_the_european_way_comes_back(cents: int) -> None:
    american = f"{cents / 100:,.2f}"
    assert parse_money(american.replace(",", " ").replace(".", ",").replace(" ", ".") + " €") == cents


@given(st.text(max_size=40))
def test_no_cell_breaks_a_parser(raw: str) -> None:
    for parse in (parse_money, parse_count):
        with contextlib.suppress(BadCell):
            assert isinstance(parse(raw), int)
    for careless in (clean_name, clean_email, parse_country, parse_yes, split_name, parse_any, slug):
        careless(raw)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Ana", "Ana"),
        ("  ana  ", "Ana"),
        ("MARY ANN", "Mary Ann"),
        ("O'Neil", "O'Neil"),
        ("José", "José"),
        ("McKay", "McKay"),
        ("李", "李"),
        ("N/A", None),
        ("test", None),
        ("TEST", None),
        ("-", None),
        ("", None),
        ("12345", None),
        ("ana@example.com", None),
        ("x", None),
        ("J", None),
        ("Guest", None),
        ("Fern Tea LLC", None),
        ("https://spam.example", None),
        ("{{ customer.first_name }}", None),
        ("a" * 100, None),
    ],
)
def test_a_name_is_one_that_can_be_said(raw: str, name: str | None) -> None:
    assert clean_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("Ana Lopez", ("Ana", "Lopez")),
        ("Lopez, Ana", ("Ana", "Lopez")),
        ("Ana", ("Ana", None)),
        ("Ana Maria Lopez Diaz", ("Ana", "Maria Lopez Diaz")),
        ("N/A", (None, None)),
        ("ana@example.com", (None, None)),
    ],
)
def test_a_full_name_is_parted(raw: str, names: tuple[str | None, str | None]) -> None:
    assert split_name(raw) == names


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        ("United States", "US"),
        ("United States (US)", "US"),
        ("Estados Unidos", "US"),
        ("USA", "US"),
        ("England", "GB"),
        ("Deutschland", "DE"),
        ("Mexico", "MX"),
        ("Nowhere", None),
        ("", None),
        ("12", None),
    ],
)
def test_countries_by_code_and_by_name(raw: str, code: str | None) -> None:
    assert parse_country(raw) == code


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("12.5", 12.5),
        ("007", "007"),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("dark", "dark"),
        ("1e5", "1e5"),
        ("nan", "nan"),
        ("1234567890123456789", "1234567890123456789"),
    ],
)
def test_a_cell_of_an_unknown_column_keeps_its_kind(raw: str, value: object) -> None:
    found = parse_any(raw)
    assert found == value
    assert type(found) is type(value)


def test_a_columns_name_becomes_a_word_for_texts() -> None:
    assert [slug(name) for name in ("Skin Type (quiz)", "Größe", "2nd choice", "???")] == [
        "skin_type_quiz",
        "groe",
        "c_2nd_choice",
        "c_",
    ]
