"""The pictures of the benchmark: which way is better, and that every row is drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

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
    picture = ElementTree.fromstring(against_wanted(ROWS))
    words = [each.text for each in picture.iter() if each.tag.endswith("text")]
    assert {row["name"] for row in ROWS} <= set(words)
    bars = [each.get("fill") for each in picture.iter() if each.tag.endswith("rect")][1:]
    assert bars[0] == bars[2] != bars[1]


def test_a_turns_cost_is_drawn_largest_first() -> None:
    picture = ElementTree.fromstring(cost_of_a_turn({"web": 1.0, "worker": 3.0, "clock": 0.01}))
    widths = [float(each.get("width", 0)) for each in picture.iter() if each.tag.endswith("rect")][1:]
    assert widths == sorted(widths, reverse=True) and len(widths) == 2
