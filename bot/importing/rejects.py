"""The file of rejected rows, beside the imported one: line, column, reason, and the row's own cells.

Owns that file. What lies in it up to a size known to the database is true; the rest was written by a run that was killed
before its commit, and is cut off when the run goes on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.importing.units import Rejected


class RejectedRows:
    """Appends to FILE.rejected.csv. `size` is its length in bytes, 0 while there is none."""

    def __init__(self, path: Path, header: Sequence[str], size: int) -> None:
        self.path = path
        self.size = size
        self._header = header
        if size == 0 or not path.exists() or path.stat().st_size < size:
            path.unlink(missing_ok=True)
            self.size = 0
        else:
            with path.open("r+b") as file:
                file.truncate(size)

    def add(self, rejected: Iterable[Rejected]) -> None:
        """Write the rows to the file, whole, before this returns. Raises OSError."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        rows = [(one.line, one.column, one.why, *map(_harmless, one.cells)) for one in rejected]
        if not rows:
            return
        if self.size == 0:
            writer.writerow(("line", "column", "reason", *self._header))
        writer.writerows(rows)
        block = text.getvalue().encode("utf-8" if self.size else "utf-8-sig")
        with self.path.open("ab") as file:
            file.write(block)
        self.size += len(block)

    def cut(self, size: int) -> None:
        """Take back what was added since the file had this size."""
        if self.size > size:
            with self.path.open("r+b") as file:
                file.truncate(size)
            self.size = size


def _harmless(cell: str) -> str:
    """A spreadsheet runs cells that begin like a formula; a plus sign alone may begin a phone number."""
    return f"'{cell}" if cell[:1] in ("=", "@") else cell
