"""A figure says itself whether it is met, and the file has exactly what was promised."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.figures import Compare, as_json, bounded, compared, show, write


@pytest.mark.parametrize(
    ("value", "compare", "met"),
    [(49.9, "<", True), (50.0, "<", False), (50.0, "<=", True), (50.0, ">=", True), (49.9, ">=", False)],
)
def test_a_bound_is_met_or_not(value: float, compare: Compare, met: bool) -> None:
    row = bounded("advance", value, "us", compare, 50)
    assert (row.met, row.against, row.ratio, row.wanted) == (met, None, None, f"{compare} 50 us")


def test_a_comparison_is_judged_by_its_ratio_as_measured_and_not_as_printed() -> None:
    row = compared("webhook", 399.96, "/s", "a bare view: 500/s", 0.79992, ">=", 0.8)
    assert not row.met
    assert (row.value, row.ratio) == (400.0, 0.8)


def test_the_file_has_the_promised_fields_and_no_others(tmp_path: Path) -> None:
    write([bounded("gate", 31.4159, "us", "<", 100)], tmp_path / "results" / "latest.json")
    (row,) = json.loads((tmp_path / "results" / "latest.json").read_text("utf-8"))
    assert row == {
        "name": "gate",
        "value": 31.4,
        "unit": "us",
        "against": None,
        "ratio": None,
        "wanted": "< 100 us",
        "met": True,
    }


def test_the_table_says_what_falls_short() -> None:
    out = io.StringIO()
    rows = [bounded("good", 1, "ms", "<", 2), compared("bad", 10, "/s", "other: 20/s", 0.5, ">=", 0.8)]
    show(rows, Console(file=out, width=120))
    good, bad = (line for line in out.getvalue().splitlines() if line.strip().startswith(("good", "bad")))
    assert good.rstrip().endswith("met")
    assert bad.rstrip().endswith("short")
    assert len(as_json(rows)) == 2
