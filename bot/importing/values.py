"""Cells into values: money, numbers, yes and no, names, countries, anything.

Owns the parsers of single cells, all pure. A cell that cannot be read raises BadCell with the reason for the person who
has to mend the file. Dates are in bot.importing.dates, phones in bot.phones.
Names and amounts repeat in a file: what was read last is remembered.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from bot.importing.countries import BY_NAME, CODES
from flows.values import Scalar

MAX_CENTS = 10**12


class BadCell(ValueError):
    """The cell cannot be what its column says. The message is the reason."""


_MONEY = re.compile(r"\d[\d.,' \u00a0\u202f]*")


@functools.lru_cache(4_096)
def parse_money(raw: str) -> int:
    """Cents of `$1,234.50`, `12,50`, `1.234,50 €`, `(3.00)`, `USD 12`. Halves of a cent go up.

    The last of point and comma is the decimal sign; a single comma before exactly three digits parts thousands; a single
    point is always decimal (`12.0000` is what some platforms write).
    """
    text = raw.strip()
    found = _MONEY.findall(text)
    if len(found) != 1:
        raise BadCell(f"«{_short(raw)}» is not an amount of money")
    around = text.replace(found[0], "", 1)
    if re.search(r"[\d%]", around) or len(re.sub(r"[^A-Za-z]", "", around)) > 4:
        raise BadCell(f"«{_short(raw)}» is not an amount of money")
    number = re.sub(r"[' \u00a0\u202f]", "", found[0]).rstrip(".,")
    comma, point = number.rfind(","), number.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "," if point > comma else "."
        number = number.replace(thousands, "")
    elif number.count(".") > 1:
        number = number.replace(".", "")
    elif number.count(",") > 1 or re.fullmatch(r"[1-9]\d{0,2},\d{3}", number):
        number = number.replace(",", "")
    number = number.replace(",", ".")
    if number.count(".") > 1:
        raise BadCell(f"«{_short(raw)}» is not an amount of money")
    cents = int((Decimal(number) * 100).to_integral_value(ROUND_HALF_UP))
    if cents > MAX_CENTS:
        raise BadCell(f"«{_short(raw)}» is too much to be an amount")
    return -cents if re.search(r"[-−(]", around) else cents


def parse_count(raw: str) -> int:
    """A whole number: `2`, `2.0`, `1,250`. Raises BadCell."""
    text = re.sub(r"[.,]0+$", "", raw.strip())
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise BadCell(f"«{_short(raw)}» is not a whole number")
    return int(text)


YES = frozenset(["yes", "y", "true", "t", "1", "x", "on", "si", "sí", "oui", "ja", "checked"])
NO = frozenset(["no", "n", "false", "f", "0", "off", "non", "nein", "none", "never"])


def parse_yes(raw: str) -> bool | None:
    """True, False, or None for a blank or a word that is neither."""
    word = raw.strip().casefold()
    return True if word in YES else False if word in NO else None


_RUBBISH = frozenset(
    [
        "n/a",
        "na",
        "none",
        "null",
        "nil",
        "undefined",
        "unknown",
        "test",
        "tester",
        "testing",
        "guest",
        "customer",
        "anonymous",
        "name",
        "first",
        "firstname",
        "first_name",
        "last",
        "lastname",
        "no",
        "nobody",
        "noname",
        "user",
        "admin",
        "x",
        "xx",
        "xxx",
        "asdf",
        "qwerty",
        "mr",
        "mrs",
        "ms",
        "dr",
        "sir",
        "madam",
        "nan",
        "tbd",
        "-",
        "--",
        ".",
        "cliente",
        "invitado",
        "prueba",
    ]
)


@functools.lru_cache(4_096)
def clean_name(raw: str) -> str | None:
    """A name that could be said to somebody, or None: rubbish («N/A», «test», an e-mail, digits) counts as absent.

    A name in capitals throughout is written as a name.
    """
    name = re.sub(r"\s+", " ", raw).strip(" \t\"'«».,;-_*")
    if not name or len(name) > 60 or name.casefold() in _RUBBISH or raw.strip().casefold() in _RUBBISH:
        return None
    if re.search(r"[@/\\<>{}\[\]|=]|\d|https?:", name) or not any(letter.isalpha() for letter in name):
        return None
    if re.search(r"\b(llc|inc|ltd|gmbh|corp)\b\.?$", name, re.IGNORECASE):
        return None
    letters = [letter for letter in name if letter.isalpha()]
    if len(letters) < 2 and letters[0].isascii():
        return None
    if len(letters) > 2 and (name.isupper() or name.islower()):
        name = re.sub(r"[^\W_]+", lambda word: word.group().capitalize(), name)
    return name


def split_name(raw: str) -> tuple[str | None, str | None]:
    """First and last name of a full one; `Doe, Jane` is turned."""
    if "@" in raw or raw.count(",") > 1:
        return None, None
    if "," in raw:
        last, first = raw.split(",", 1)
        return clean_name(first), clean_name(last)
    parts = raw.split(None, 1)
    first_name = clean_name(parts[0]) if parts else None
    return first_name, clean_name(parts[1]) if first_name and len(parts) == 2 else None


_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}")


def clean_email(raw: str) -> str | None:
    """The address in small letters, or None when it isn't one."""
    text = raw.strip().strip("<>\"'").casefold()
    return text if _EMAIL.fullmatch(text) and len(text) <= 200 else None


def parse_country(raw: str) -> str | None:
    """ISO code of a code or a name, in English and what else exports write; None for anything else."""
    text = raw.strip()
    return text.upper() if text.upper() in CODES else BY_NAME.get(text.casefold())


def slug(name: str) -> str:
    """A column's name as texts and audiences write it: `Skin Type (quiz)` is `skin_type_quiz`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].rstrip("_")
    return f"c_{text}" if not text or text[0].isdigit() else text


def parse_any(raw: str) -> Scalar:
    """A cell of an unknown column: a number where it is one (no leading zeros), true and false, else the text."""
    text = raw.strip()
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})", text):
        return int(text)
    if re.fullmatch(r"-?(0|[1-9]\d{0,11})\.\d{1,6}", text):
        return float(text)
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    return text[:300]


def _short(raw: str) -> str:
    text = raw.strip()
    return text if len(text) <= 30 else text[:29] + "…"
