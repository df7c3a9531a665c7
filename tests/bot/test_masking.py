"""I12: phone numbers and bodies never reach a log unmasked."""

from __future__ import annotations

import logging

import pytest
import structlog

from bot.phones import BadPhone, country_of, mask, mask_in, parse_phone
from bot.processes.logs import set_up
from bot.settings import LogSettings


@pytest.mark.parametrize(
    ("raw", "country", "phone"),
    [
        ("(415) 555-0123", "US", "+14155550123"),
        ("+44 7911 123456", None, "+447911123456"),
        ("07911 123456", "GB", "+447911123456"),
        ("0044 7911 123456", "US", "+447911123456"),
        ("'+14155550123", "US", "+14155550123"),
        ("14155550123.0", "US", "+14155550123"),
    ],
)
def test_numbers_are_read_with_the_habits_of_their_country(raw: str, country: str | None, phone: str) -> None:
    """E.164, or a reason."""
    assert parse_phone(raw, country) == phone


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("1.4155E+10", "scientific"),
        ("1,4155E+10", "scientific"),
        ("", "empty"),
        ("hello", "not a phone number"),
        ("555", "too short"),
    ],
)
def test_what_is_no_number_says_why(raw: str, reason: str) -> None:
    """The person who typed it reads this."""
    with pytest.raises(BadPhone, match=reason):
        parse_phone(raw, "US")


def test_plus_one_is_three_countries() -> None:
    """R156."""
    assert [country_of(phone) for phone in ("+14155550123", "+14165550123", "+18765550123")] == [
        "US",
        "CA",
        "JM",
    ]


def test_masked_numbers_cannot_be_texted() -> None:
    """Enough to recognise, too little to text."""
    assert mask("+14155550123") == "+1415*****23"
    assert "5550123" not in mask_in("call +1 (415) 555-0123 now")


def test_a_log_line_has_no_number_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever writes it, ours or a library's."""
    root = logging.getLogger()
    kept = (root.handlers[:], root.level)
    try:
        set_up(LogSettings(format="json"))
        structlog.get_logger("sending").warning(
            "a text to +14155550123", body="call me at 415-555-0123", to="+14155550123"
        )
        logging.getLogger("library").warning("posting to %s", "+14155550123")
    finally:
        root.handlers[:], root.level = kept[0], kept[1]
        structlog.reset_defaults()
    written = capsys.readouterr()
    assert "posting to" in written.err + written.out
    assert "5550123" not in (written.err + written.out).replace("-", "")
