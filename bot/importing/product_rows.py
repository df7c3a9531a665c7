"""Rows of a catalogue into products. Owns the reading of one row and what makes it unusable. Writes nothing.

A platform may give a product by id, SKU or name, and its orders by another of them: all that a row has are kept, and the
one by which the shop's orders know it is taken when it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.importing.columns import Columns
from bot.importing.csvfile import Row
from bot.importing.units import Code, ProductRow, Rejected, Unit
from bot.importing.values import BadCell, parse_count, parse_money, parse_yes
from bot.offers.naming import LONGEST
from bot.orders.values import MAX_EXTERNAL

MOST_DAYS = 3_650
MOST_NAME = 300
_GONE = frozenset({"archived", "draft", "trash", "private", "inactive", "discontinued"})
"""Statuses of products that nobody can buy."""


def product_units(found: Iterable[Row], columns: Columns) -> Iterator[Unit]:
    """The file's products. A row without a name has that of the row above with the same handle: Shopify writes a product's
    title once, and then a row for each of its variants and pictures."""
    handle = title = ""
    for row in found:
        if row.bad:
            yield Unit(row.last_line, None, Rejected(row.line, "", "shape", row.bad, row.cells))
            continue
        its_handle, name = columns.get(row.cells, "handle"), columns.get(row.cells, "name")
        if its_handle and its_handle == handle:
            if not name and not any(columns.get(row.cells, each) for each in ("external_id", "sku")):
                yield Unit(row.last_line, None)  # a picture
                continue
            name = name or title
        handle, title = its_handle, name
        yield _product(row, columns, name)


def _product(row: Row, columns: Columns, name: str) -> Unit:
    cells = row.cells

    def reject(field: str, code: Code, why: str) -> Unit:
        return Unit(row.last_line, None, Rejected(row.line, columns.name(field), code, why, cells))

    ids = tuple(
        dict.fromkeys(
            each.strip()[:MAX_EXTERNAL]
            for each in (columns.get(cells, "external_id"), columns.get(cells, "sku"), name)
            if each.strip()
        )
    )
    if not ids:
        return reject("external_id", "no_id", "no id, SKU or name")
    text_name = " ".join(columns.get(cells, "text_name").split())
    if len(text_name) > LONGEST:
        why = f"«{text_name[:40]}» has {len(text_name)} characters, {LONGEST} fit a text"
        return reject("text_name", "too_long", why)
    price = columns.get(cells, "price")
    try:
        price_cents = parse_money(price) if price else None
    except BadCell as error:
        return reject("price", "bad_amount", str(error))
    if price_cents is not None and price_cents < 0:
        return reject("price", "bad_amount", f"«{price}» is less than nothing")
    days = columns.get(cells, "days_of_use")
    try:
        days_of_use = parse_count(days) if days else None
    except BadCell as error:
        return reject("days_of_use", "bad_days", str(error))
    if days_of_use is not None and not 1 <= days_of_use <= MOST_DAYS:
        return reject("days_of_use", "bad_days", f"«{days}» is not between 1 and {MOST_DAYS:,}")
    product = ProductRow(
        line=row.line,
        cells=cells,
        ids=ids,
        name=name[:MOST_NAME] or None,
        text_name=text_name or None,
        price_cents=price_cents,
        days_of_use=days_of_use,
        private=parse_yes(columns.get(cells, "private")),
        retired=_retired(columns, cells),
    )
    return Unit(row.last_line, product)


def _retired(columns: Columns, cells: tuple[str, ...]) -> bool | None:
    """Whether it is sold no more, by whichever column says so; None: none does."""
    told = parse_yes(columns.get(cells, "retired"))
    status = columns.get(cells, "status").strip().casefold()
    published = columns.get(cells, "published").strip()
    if told is None and status:
        return status in _GONE
    if told is None and published:
        return parse_yes(published) is not True
    return told
