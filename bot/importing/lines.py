"""The lines of an order, in the three ways in which exports write them.

Owns the three ways: a row a line; numbered columns (`line_item_1`, `Product Item 1 Name`); everything packed into one
cell (`name:Dark Roast|quantity:2|sku:DR-12; ...`, `Dark Roast x 2`). A line that cannot be read is left out: an order is
worth having without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.importing.columns import Columns
from bot.importing.csvfile import Row
from bot.importing.values import BadCell, parse_count, parse_money
from bot.orders.values import LineIn

_TIMES = re.compile(r"(?P<name>.+?)\s*(?:\((?P<sku>[^()]+)\)\s*)?[x×]\s*(?P<quantity>\d+)", re.IGNORECASE)
_TIMES_FIRST = re.compile(r"(?P<quantity>\d+)\s*[x×]\s+(?P<name>.+?)", re.IGNORECASE)


def read_lines(rows: Sequence[Row], columns: Columns) -> tuple[LineIn, ...]:
    """The order's lines, from whichever of the three ways the file has."""
    if any(columns.fields.get(field) for field in ("line_name", "line_sku")):
        told = [_of_row(row.cells, columns) for row in rows]
    elif columns.items:
        told = [_of_item(rows[0].cells, parts) for parts in columns.items.values()]
    else:
        packed = columns.get(rows[0].cells, "line_items")
        told = [_of_packed(item) for item in re.split(r"\s*[;\n]\s*", packed)]
    return tuple(line for line in told if line)


def _of_row(cells: Sequence[str], columns: Columns) -> LineIn | None:
    return _line(
        name=columns.get(cells, "line_name"),
        quantity=columns.get(cells, "line_quantity"),
        price=columns.get(cells, "line_price"),
        total=columns.get(cells, "line_total"),
        sku=columns.get(cells, "line_sku"),
        variant=columns.get(cells, "line_variant"),
    )


def _of_item(cells: Sequence[str], parts: Mapping[str, int]) -> LineIn | None:
    told = {part: cells[place] for part, place in parts.items()}
    if told.get(""):
        return _of_packed(told[""])
    return _line(
        name=told.get("name", ""),
        quantity=told.get("quantity", ""),
        price=told.get("price", ""),
        total=told.get("total", ""),
        sku=told.get("sku", ""),
        variant=told.get("variant", ""),
    )


def _of_packed(item: str) -> LineIn | None:
    pairs = {
        part.partition(":")[0].strip().casefold(): part.partition(":")[2].strip()
        for part in item.split("|")
        if ":" in part
    }
    if "name" in pairs:
        return _line(
            name=pairs["name"],
            quantity=pairs.get("quantity", pairs.get("qty", "")),
            price=pairs.get("price", ""),
            total=pairs.get("total", pairs.get("sub_total", pairs.get("subtotal", ""))),
            sku=pairs.get("sku", ""),
            variant=pairs.get("variation_id", ""),
        )
    found = _TIMES.fullmatch(item.strip()) or _TIMES_FIRST.fullmatch(item.strip())
    if found:
        named = found.groupdict()
        return _line(name=named["name"], quantity=named["quantity"], sku=named.get("sku") or "")
    return _line(name=item)


def _line(
    *, name: str, quantity: str = "", price: str = "", total: str = "", sku: str = "", variant: str = ""
) -> LineIn | None:
    if not (name := name.strip() or sku.strip()):
        return None
    try:
        count = parse_count(quantity) if quantity else 1
        if count < 1:
            return None
        cents = parse_money(price) if price else round(parse_money(total) / count) if total else 0
    except BadCell:
        return None
    if re.fullmatch(r"0*", variant.strip()):
        variant = ""
    return LineIn(name[:300], count, max(cents, 0), variant.strip()[:100] or None, sku.strip()[:100] or None)
