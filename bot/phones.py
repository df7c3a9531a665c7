"""Phone numbers: into E.164 at the edge, masked wherever a person or a log reads them.

Owns parsing and masking. Where a number's owner may be (zones, states) is bot.compliance.places.
"""

from __future__ import annotations

import re
from typing import Literal

import phonenumbers

_NORTH_AMERICAN = re.compile(r"\+1[2-9]\d{9}")
_TOLL_FREE = re.compile(r"\+1(800|833|844|855|866|877|888)\d{7}")
_SHORT_CODE = re.compile(r"\+?\d{3,6}")
_NUMBER = re.compile(r"\+?\d[\d\s().-]{5,}\d")


class BadPhone(ValueError):
    """Not a number that could be texted. The message says what is wrong, for the person who typed it."""


def parse_phone(raw: str, country: str | None) -> str:
    """The E.164 form of `raw`, read with the country's habits when it has no plus sign.

    Raises BadPhone with the reason, e.g. Excel's 1.4155E+10, too short, no such area code.
    """
    if _NORTH_AMERICAN.fullmatch(raw):
        return (
            raw  # as the provider writes them; the library would take a hundred times as long to say the same
        )
    text = raw.strip().strip("'\"")
    if not text:
        raise BadPhone("empty")
    if re.fullmatch(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}", text):
        raise BadPhone("a spreadsheet turned it into scientific notation; export the column as text")
    if re.fullmatch(r"\d{7,15}\.0", text):  # a number column, exported with one decimal
        text = text[:-2]
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        if not text.startswith("+") and country is None:
            raise BadPhone("no country code, and the row has no country") from error
        raise BadPhone("not a phone number") from error
    if not phonenumbers.is_possible_number(number):
        raise BadPhone("too short or too long for a phone number there")
    if number.country_code != 1 and not phonenumbers.is_valid_number(number):
        raise BadPhone("no such number range")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country_of(phone: str) -> str | None:
    """ISO country of an E.164 number; +1 is split into US, CA and the Caribbean by area code (R156)."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )


def kind_of_number(number: str) -> Literal["long_code", "toll_free", "short_code"]:
    """What a sender is: providers and networks treat the three differently (R50, R56, R57)."""
    if _TOLL_FREE.fullmatch(number):
        return "toll_free"
    return "short_code" if _SHORT_CODE.fullmatch(number) else "long_code"


def mask(phone: str | None) -> str:
    """`+14155550123` as `+1415*****23`: enough to recognise, too little to text."""
    if not phone:
        return "(no number)"
    return phone if len(phone) < 8 else f"{phone[:5]}{'*' * (len(phone) - 7)}{phone[-2:]}"


def mask_in(text: str) -> str:
    """The text with every phone number in it masked."""
    return _NUMBER.sub(lambda found: mask(re.sub(r"[^\d+]", "", found.group())), text)
