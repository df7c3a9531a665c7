"""Telling PostgreSQL what an import has made of its tables, before its planner decides by what they were.

Owns when: each time the run has written four times as many rows as at the last look, and at its end. A look takes a sample,
so it costs the same however large a table is, and it holds no row. Without it, statements prepared while a table was empty
go on reading the whole of it; the server's own daemon looks once a minute, which is tens of thousands of rows later.
SQLite's planner goes by the indexes alone here.
"""

from __future__ import annotations

from sqlalchemy import text

from bot.db import Database
from bot.importing.synonyms import Kind

FIRST_LOOK = 250
"""Rows written before the first look."""
FARTHER = 4

_TABLES: dict[Kind, str] = {
    "customers": "customers, consent_ledger, consent_payloads, consents, suppressions",
    "orders": "customers, products, orders, order_lines, conversations",
    "products": "products",
}


class Planner:
    """What the database's planner knows of one run."""

    def __init__(self, database: Database, kind: Kind) -> None:
        self._database = database
        self._kind = kind
        self._next = FIRST_LOOK
        self._written = 0
        self._told = 0

    def wrote(self, rows: int) -> None:
        """A batch was committed that wrote so many rows."""
        self._written += rows
        if self._written >= self._next:
            self._next = self._written * FARTHER
            self._look()

    def end(self) -> None:
        """The run is over; what it wrote since the last look is looked at."""
        if self._written > self._told:
            self._look()

    def _look(self) -> None:
        self._told = self._written
        if not self._database.is_sqlite:
            with self._database.write() as session:
                session.execute(text(f"ANALYZE {_TABLES[self._kind]}"))
