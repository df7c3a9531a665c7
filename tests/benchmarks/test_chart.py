"""The pictures of the benchmark: which way is better, and that every row is drawn."""

from __future__ import annotations

import re

import pytest

from benchmarks.chart import against_wanted, cost_of_a_turn, times_better
from benchmarks.figures import as_json, bounded, compared

ROWS = as_json(
    [
        compared("a rate, twice what was wanted", 200, "/s", "another", 6.0, ">=", 3),
        compared("growth, half as good", 3, "ms", "fewer & fewer", 2.4, "<=", 1.2),
        bounded("a time", 25, "us", "<", 50),
    ]
)


@pytest.mark.parametrize(("number", "times"), [(0, 2.0), (1, 0.5), (2, 2.0)])
def test_more_than_one_is_better_than_wanted_whatever_the_row_counts(number: int, times: float) -> None:
    assert times_better(ROWS[number]) == pytest.approx(times)


def test_every_row_is_in_the_picture_and_the_short_one_has_another_colour() -> None:
    picture = against_wanted(ROWS)
    assert "fewer &amp; fewer" not in picture  # what it is compared with stands in the table
    for row in ROWS:
        assert f">{row['name']}</text>" in picture
    first, second, third = _bars(picture, "fill")
    assert first == third
    assert second != first


def test_a_turns_cost_is_drawn_largest_first() -> None:
    widths = [
        float(width) for width in _bars(cost_of_a_turn({"web": 1.0, "worker": 3.0, "clock": 0.01}), "width")
    ]
    assert widths == sorted(widths, reverse=True)
    assert len(widths) == 2


def _bars(picture: str, attribute: str) -> list[str]:
    """That attribute of each bar; the first rectangle is the paper."""
    return re.findall(rf'<rect [^>]*\b{attribute}="([^"]*)"', picture)[1:]
