"""What will be read, and how: the decisions about one file, made before its first row is taken.

Owns those decisions and their digest, which names the run: the same file read in another way is another run. Reads the
file's beginning; writes nothing.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from bot.importing.columns import Columns, guess
from bot.importing.csvfile import Row, Survey, rows, survey
from bot.importing.dates import DateOrder, OrderFound, decide_order
from bot.importing.synonyms import Kind
from flows.zones import zone_named

SAMPLE_ROWS = 2_000
"""Rows over which day and month are told apart."""
MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW", "AS", "GU", "MP", "PR", "VI"})
"""Countries that write the month first; used only where a file's dates leave it open."""


_DATES: dict[Kind, tuple[str, ...]] = {
    "customers": ("consent_at", "sms_opt_out", "birthday"),
    "orders": ("placed_at", "cancelled_at"),
    "products": (),
}
"""The fields over which day and month are told apart."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How cells become values. `latest`: an order or consent after it cannot be true."""

    kind: Kind
    country: str
    zone: tzinfo
    currency: str
    date_order: DateOrder
    latest: datetime
    wording: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One file and how it will be read."""

    survey: Survey
    columns: Columns
    reading: Reading
    dates: OrderFound
    first_rows: tuple[Row, ...]
    digest: str


def make_plan(
    path: Path,
    kind: Kind,
    *,
    chosen: Mapping[str, Sequence[str]],
    country: str,
    zone: str,
    currency: str,
    latest: datetime,
    date_order: DateOrder | None = None,
    wording: str | None = None,
) -> Plan:
    """Look at the file and decide. Raises BadFile and MissingColumns, each with its remedy."""
    found = survey(path)
    columns = guess(kind, found.header, chosen)
    sample = tuple(row for row in itertools.islice(rows(found), SAMPLE_ROWS) if row.bad is None)
    fields = _DATES[kind]
    cells = (
        row.cells[place] for row in sample for field in fields for place in columns.fields.get(field, ())
    )
    dates = decide_order(cells, fallback="mdy" if country in MONTH_FIRST else "dmy")
    if date_order:
        dates = OrderFound(date_order, True, dates.seen)
    reading = Reading(kind, country, zone_named(zone), currency, dates.order, latest, wording)
    how = [
        found.digest,
        kind,
        {field: list(places) for field, places in columns.fields.items()},
        sorted(columns.attributes.items()),
        [country, zone, currency, dates.order, wording],
    ]
    digest = hashlib.sha256(json.dumps(how, sort_keys=True).encode()).hexdigest()
    return Plan(found, columns, reading, dates, sample[:3], digest)
