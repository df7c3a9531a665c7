"""Rows of an orders' file into orders. Owns the gathering of an order's rows and the reading of its cells.

Platforms write an order as one row, as one row a line with the order's own cells blank from the second on (Shopify), or
repeated on each (WooCommerce plugins). Adjacent rows with the same id are one order. Writes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from bot.importing.columns import Columns
from bot.importing.csvfile import Row
from bot.importing.customer_rows import read_customer_id, read_names, read_phone
from bot.importing.dates import parse_when
from bot.importing.lines import read_lines
from bot.importing.plan import Reading
from bot.importing.units import Code, OrderRows, Rejected, Unit
from bot.importing.values import BadCell, clean_email, parse_country, parse_money, parse_yes
from bot.orders.values import MAX_EXTERNAL, CustomerIn, OrderIn

MOST_ROWS = 1_000
"""Rows of one order. More of them are not an order, but a wrongly mapped id."""
_ONE_VALUE = ("placed_at", "total", "phone", "email", "customer_id")
"""What rows of one order cannot disagree about."""


def order_units(found: Iterable[Row], columns: Columns, how: Reading) -> Iterator[Unit]:
    """The file's orders. Keeps a hash of each id that it has seen (about 70 bytes an order), to tell repeats."""
    seen: set[int] = set()
    for external_id, group in itertools.groupby(found, key=lambda row: _key(row, columns)):
        rows = list(itertools.islice(group, MOST_ROWS))
        last_line = rows[-1].last_line
        for row in group:  # noqa: B031  the rest of it, when it is endless
            last_line = row.last_line
        yield _unit(rows, last_line, external_id, columns, how, repeat=hash(external_id) in seen)
        seen.add(hash(external_id))


def _key(row: Row, columns: Columns) -> str:
    if row.bad:
        return f"\0{row.line}"
    # rows without an id stand alone, so that each is reported
    return columns.get(row.cells, "external_id") or f"\0{row.line}"


def _unit(
    rows: list[Row], last_line: int, external_id: str, columns: Columns, how: Reading, *, repeat: bool
) -> Unit:
    first = rows[0]

    def reject(column: str, code: Code, why: str, row: Row = first) -> Unit:
        return Unit(last_line, None, Rejected(row.line, column, code, why, row.cells))

    if first.bad:
        return reject("", "shape", first.bad)
    column = columns.name("external_id")
    if external_id.startswith("\0"):
        return reject(column, "no_id", "no order number")
    if len(external_id) > MAX_EXTERNAL:
        return reject(column, "no_id", f"an order number has at most {MAX_EXTERNAL} characters")
    if len(rows) == MOST_ROWS:
        return reject(column, "conflict", f"{MOST_ROWS:,} rows or more carry this order number")
    for field in _ONE_VALUE:
        for row in rows[1:]:
            before, here = columns.get(first.cells, field), columns.get(row.cells, field)
            if here and before and here != before:
                why = f"rows {first.line} and {row.line} carry the same order number and differ here"
                return reject(columns.name(field), "conflict", why, row)
    try:
        order = _order(rows, external_id, columns, how)
    except _Wrong as wrong:
        return reject(columns.name(wrong.field), wrong.code, str(wrong))
    return Unit(last_line, OrderRows(first.line, order, first.cells, repeat))


class _Wrong(ValueError):
    def __init__(self, field: str, code: Code, why: str) -> None:
        super().__init__(why)
        self.field, self.code = field, code


def _order(rows: list[Row], external_id: str, columns: Columns, how: Reading) -> OrderIn:
    cells = tuple(_filled(column) for column in zip(*(row.cells for row in rows), strict=True))
    try:
        placed = columns.get(cells, "placed_at")
        placed_at = parse_when(placed, how.zone, how.date_order)
    except BadCell as error:
        raise _Wrong("placed_at", "bad_date", str(error) if placed else "no date") from error
    if placed_at > how.latest:
        raise _Wrong("placed_at", "bad_date", f"«{placed}» lies in the future")
    if placed_at.year < 1970:
        raise _Wrong("placed_at", "bad_date", f"«{placed}» is before 1970")
    total = columns.get(cells, "total")
    try:
        total_cents = parse_money(total)
    except BadCell as error:
        raise _Wrong("total", "bad_amount", str(error) if total else "no total") from error
    if total_cents < 0:
        raise _Wrong("total", "bad_amount", f"«{total}» is less than nothing")
    phone, wrong = read_phone(columns, cells, how)
    customer_id = read_customer_id(columns.get(cells, "customer_id"))
    email = clean_email(columns.get(cells, "email"))
    if wrong and not customer_id and not email:
        raise _Wrong("phone", "bad_phone", f"{wrong[0]}: {wrong[1]}")
    return OrderIn(
        external_id=external_id,
        placed_at=placed_at,
        total_cents=total_cents,
        currency=_currency(columns.get(cells, "currency"), how.currency),
        customer=CustomerIn(
            phone=phone,
            email=email,
            external_id=customer_id,
            first_name=read_names(columns, cells)[0],
            country=parse_country(columns.get(cells, "country")) or how.country,
        ),
        status="cancelled" if columns.get(cells, "cancelled_at") else columns.get(cells, "status")[:64],
        test=_is_test(columns.get(cells, "test"), columns.get(cells, "payment_method")),
        refunded_cents=_refunded(columns.get(cells, "refunded")),
        code=columns.get(cells, "code")[:64] or None,
        lines=read_lines(rows, columns),
    )


def _filled(column: tuple[str, ...]) -> str:
    return next((cell for cell in column if cell), "")


def _currency(cell: str, default: str) -> str:
    text = cell.strip().upper()
    return text if len(text) == 3 and text.isalpha() and text.isascii() else default


def _is_test(cell: str, payment_method: str) -> bool:
    method = payment_method.casefold()
    return bool(parse_yes(cell)) or cell.casefold() == "test" or "bogus" in method or method == "test"


def _refunded(cell: str) -> int:
    if not cell or parse_yes(cell) is False:
        return 0
    try:
        return abs(parse_money(cell))
    except BadCell as error:
        raise _Wrong("refunded", "bad_amount", str(error)) from error
