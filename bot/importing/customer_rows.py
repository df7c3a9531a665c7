"""Rows of a customers' file into customers. Owns the reading of one row and what makes it unusable. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.importing.columns import Columns
from bot.importing.consents import read_consent
from bot.importing.csvfile import Row
from bot.importing.dates import parse_birthday
from bot.importing.plan import Reading
from bot.importing.units import Code, CustomerRow, Rejected, Unit
from bot.importing.values import (
    BadCell,
    clean_email,
    clean_name,
    parse_any,
    parse_count,
    parse_country,
    split_name,
)
from bot.phones import BadPhone, country_of, parse_phone
from flows.values import Scalar

_LANGUAGES = {
    "english": "en",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
    "french": "fr",
    "german": "de",
}


def customer_units(found: Iterable[Row], columns: Columns, how: Reading) -> Iterator[Unit]:
    """The file's customers. Keeps the numbers and ids that it has seen (about 150 bytes a row), to tell repeats."""
    phones: dict[int, int] = {}
    ids: dict[int, int] = {}
    for row in found:
        unit = read_customer(row, columns, how)
        taken = unit.taken
        if isinstance(taken, CustomerRow):
            earlier = phones.setdefault(hash(taken.phone), row.line)
            if earlier != row.line:
                unit = _repeat(unit, taken, columns.name("phone"), f"line {earlier} has the same number")
            elif taken.external_id:
                earlier = ids.setdefault(hash(taken.external_id), row.line)
                if earlier != row.line:
                    column = columns.name("external_id")
                    unit = _repeat(unit, taken, column, f"line {earlier} has the same id and another number")
        yield unit


def read_customer(row: Row, columns: Columns, how: Reading) -> Unit:
    """One row. Without a number that can be texted there is no customer."""
    if row.bad:
        return Unit(row.last_line, None, Rejected(row.line, "", "shape", row.bad, row.cells))
    cells = row.cells
    phone, wrong = read_phone(columns, cells, how)
    if wrong or phone is None:
        column, why = wrong or (columns.name("phone"), "no phone number")
        code: Code = "bad_phone" if wrong else "no_phone"
        return Unit(row.last_line, None, Rejected(row.line, column, code, why, cells))
    first, last = read_names(columns, cells)
    customer = CustomerRow(
        line=row.line,
        phone=phone,
        country=country_of(phone) or how.country,
        cells=cells,
        external_id=_id(columns.get(cells, "external_id")),
        first_name=first,
        last_name=last,
        email=clean_email(columns.get(cells, "email")),
        language=_language(columns.get(cells, "language")),
        region=_short(columns.get(cells, "region"), 8),
        postcode=_short(columns.get(cells, "postcode"), 16),
        points=_points(columns.get(cells, "points")),
        attributes=_attributes(columns, cells, how),
        stated=read_consent(columns, cells, how),
    )
    return Unit(row.last_line, customer)


def read_phone(
    columns: Columns, cells: Sequence[str], how: Reading
) -> tuple[str | None, tuple[str, str] | None]:
    """The first number of the row that can be read, by the row's country, and else what is wrong with the first one
    (column, reason). Neither when the row has none."""
    filled = columns.every(cells, "phone")
    if not filled:
        return None, None
    country = next(
        (code for _, cell in columns.every(cells, "country") if (code := parse_country(cell))), how.country
    )
    wrong: tuple[str, str] | None = None
    for column, cell in filled:
        try:
            return parse_phone(cell, country), None
        except BadPhone as error:
            wrong = wrong or (column, str(error))
    return None, wrong


def read_names(columns: Columns, cells: Sequence[str]) -> tuple[str | None, str | None]:
    """First and last name, from their own columns or from the full one; rubbish counts as absent."""
    first = clean_name(columns.get(cells, "first_name"))
    last = clean_name(columns.get(cells, "last_name"))
    if first is None and last is None:
        return split_name(columns.get(cells, "full_name"))
    return first, last


def read_customer_id(cell: str) -> str | None:
    """The customer's id, or None; WooCommerce gives every guest the id 0."""
    return _id(cell)


def _repeat(unit: Unit, taken: CustomerRow, column: str, why: str) -> Unit:
    rejected = Rejected(taken.line, column, "repeated", why, taken.cells)
    if taken.stated is None or taken.stated.says != "out":
        return Unit(unit.last_line, None, rejected)
    only = CustomerRow(taken.line, taken.phone, taken.country, taken.cells, stated=taken.stated, repeat=True)
    return Unit(unit.last_line, only, rejected)


def _id(cell: str) -> str | None:
    text = cell.strip().strip("'")
    return None if not text or len(text) > 100 or re.fullmatch(r"0+(\.0+)?", text) else text


def _attributes(columns: Columns, cells: Sequence[str], how: Reading) -> dict[str, Scalar]:
    """The columns that we have no name for; and month and day of the birthday, where one can be read."""
    found = {name: parse_any(cells[place]) for place, name in columns.attributes.items() if cells[place]}
    birthday = parse_birthday(columns.get(cells, "birthday"), how.date_order)
    return found | ({"birthday": birthday} if birthday else {})


def _short(cell: str, length: int) -> str | None:
    text = cell.strip().strip("'")
    return text if text and len(text) <= length else None


def _language(cell: str) -> str | None:
    text = cell.strip().casefold()
    found = re.fullmatch(r"([a-z]{2})(?:[-_].*)?", text)
    return found.group(1) if found else _LANGUAGES.get(text)


def _points(cell: str) -> int | None:
    try:
        return parse_count(re.sub(r"[.,]\d{1,2}$", "", cell)) if cell else None
    except BadCell:
        return None
