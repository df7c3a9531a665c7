"""The journal that the benchmark replays is one that the program could have written."""

from __future__ import annotations

from benchmarks.replay import WAYS, measure


def test_every_way_replays_without_a_difference() -> None:
    measured = measure(8 * len(WAYS))
    assert measured.found.differences == ()
    assert measured.found.turns == measured.rows >= 8 * len(WAYS)
    assert measured.found.other_engine == measured.found.erased == 0
