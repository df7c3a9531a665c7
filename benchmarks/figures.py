"""A measured figure: what it is compared with, what is wanted of it, and whether that is met.

Owns the shape of `results/latest.json` and the table. Measures nothing.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.table import Table

Compare = Literal[">=", "<=", "<"]

_HOLDS: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le, "<": operator.lt}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `wanted` says in words and signs what `met` was judged by."""

    name: str
    value: float
    unit: str
    against: str | None
    """What it is measured against, with that one's own figure; None: a bound of its own."""
    ratio: float | None
    """This figure to the other, so that more is better where it is a rate, and less where it is a cost."""
    wanted: str
    met: bool


def bounded(name: str, value: float, unit: str, compare: Compare, bound: float) -> Row:
    """A figure that has to keep a bound by itself."""
    met = _HOLDS[compare](value, bound)
    return Row(name, _short(value), unit, None, None, f"{compare} {bound:g} {unit}", met)


def compared(
    name: str, value: float, unit: str, against: str, ratio: float, compare: Compare, bound: float
) -> Row:
    """A figure whose ratio to another one is what counts."""
    met = _HOLDS[compare](ratio, bound)
    return Row(name, _short(value), unit, against, _short(ratio), f"ratio {compare} {bound:g}", met)


def write(rows: Sequence[Row], path: Path) -> None:
    """All rows as a JSON list, one object each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(as_json(rows), indent=2) + "\n", "utf-8")


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as plain values."""
    return [asdict(row) for row in rows]


def show(rows: Sequence[Row], console: Console) -> None:
    """The table for people. A bound that is missed is said as plainly as one that is kept."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, right in (("what", False), ("figure", True), ("against", False), ("ratio", True)):
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    table.add_column("wanted")
    table.add_column("")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.value:g} {row.unit}",
            row.against or "",
            "" if row.ratio is None else f"{row.ratio:g}",
            row.wanted,
            "met" if row.met else "[bold]short[/bold]",
        )
    console.print(table)


def _short(value: float) -> float:
    """Three digits: more would be noise."""
    return float(f"{value:.3g}") if abs(value) < 1000 else float(round(value))
