"""`python -m benchmarks.crash.table FILE`: the rounds of a results file as a table for docs/crash-test.md."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.crash.judge import FIGURES


def table(lines: list[dict[str, Any]]) -> str:
    """One row for each database (and way of running), the seeds first, and one for all of them."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        groups[line["database"] + (", cut off" if line.get("cut") else "")].append(line)
    heads = ["database", "seeds", *FIGURES]
    rows = [heads, ["---"] * len(heads)]
    for name, found in [*sorted(groups.items()), ("all", lines)]:
        seeds = _seeds(sorted({line["seed"] for line in found}))
        rows.append([name, seeds, *(f"{sum(line[figure] for line in found):,}" for figure in FIGURES)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _seeds(seeds: list[int]) -> str:
    """1 to 20, or one by one."""
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


if __name__ == "__main__":
    given = Path(sys.argv[1]).read_text("utf-8").splitlines()
    print(table([json.loads(line) for line in given if line.strip()]))
