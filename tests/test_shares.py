"""Who runs which test file in `make check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.shares import shares, weighed


@given(st.dictionaries(st.text(min_size=1), st.floats(0, 100), max_size=40), st.integers(1, 6))
def test_each_file_is_somebodys_and_nobody_has_more_than_one_file_too_many(
    weights: dict[str, float], processes: int
) -> None:
    dealt = shares(weights, processes)
    assert sorted(file for share in dealt for file in share) == sorted(weights)
    sums = [sum(weights[file] for file in share) for share in dealt]
    for share, sum_ in zip(dealt, sums, strict=True):
        lightest = weights[share[-1]]
        assert sum_ - lightest <= min(sums) + 1e-9


def test_a_file_counts_by_what_it_took_lately_else_by_its_size_and_slow_ones_not_at_all(
    tmp_path: Path,
) -> None:
    for name, text in {
        "test_timed.py": "",
        "room/test_new.py": "#" * 40_000,
        "test_slow.py": "\npytestmark = pytest.mark.slow\n",
        "loop.py": "",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    timed = str(tmp_path / "test_timed.py")
    (tmp_path / "took-0.json").write_text(json.dumps({timed: 7.5, "test_gone.py": 1}), "utf-8")
    assert weighed(tmp_path, tmp_path) == {timed: 7.5, str(tmp_path / "room/test_new.py"): pytest.approx(2)}
