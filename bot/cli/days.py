"""A day as it is typed after an option. Owns the reading: what a calendar has, and a shop could have lived through."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

FIRST, LAST = 1970, 2200
"""Years. Beyond, the ends of a day are no time in some zone, and nobody sold anything."""


class Day(click.DateTime):
    """YYYY-MM-DD, as a datetime at its beginning; refused in words outside of FIRST to LAST."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As click's."""
        day: datetime = super().convert(value, param, ctx)
        if not FIRST <= day.year <= LAST:
            self.fail(f"{value}: give a day from {FIRST}-01-01 to {LAST}-12-31", param, ctx)
        return day
