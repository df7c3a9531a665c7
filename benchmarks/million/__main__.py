"""`python -m benchmarks.million`: the measurement as a command. Owns its options and what is printed.

Progress goes to standard error; standard output gets one line of JSON. Exit status 1 when a step found something else than
what is in the files, or a statement that runs all the time reads a whole large table.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from time import perf_counter

import click

from benchmarks.million.behaviour import CDNOW, fit, with_orders_each
from benchmarks.million.report import as_json, write
from benchmarks.million.run import measure
from benchmarks.stack import Postgres

RESULTS = Path(__file__).parents[1] / "results"
PAGE = Path(__file__).parents[2] / "docs" / "million.md"
WHOLE = 1_000_000


@click.command()
@click.option("--customers", default=WHOLE, show_default=True, type=click.IntRange(min=1_000))
@click.option("--orders-each", default=5.0, show_default=True, type=click.FloatRange(min=1))
@click.option("--orders", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CDNOW's file.")
@click.option(
    "--write", "written", is_flag=True, help="Write docs/million.md and its results at this size, too."
)
def main(customers: int, orders_each: float, orders: Path | None, written: bool) -> None:
    """Measure at a tenth of the size and at the whole of it. Less than a million goes to results/local-million.json."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # through the blocks that end what was started
    began = perf_counter()

    def say(line: str) -> None:
        print(f"{perf_counter() - began:7.1f} s  {line}", file=sys.stderr, flush=True)

    behaviour = with_orders_each(fit(orders) if orders else CDNOW, orders_each)
    kept = written or customers >= WHOLE
    postgres = Postgres()
    try:
        small = measure(postgres, behaviour, customers // 10, say=say, explain=False)
        large = measure(postgres, behaviour, customers, say=say, explain=True)
    finally:
        postgres.close()
    write(
        small,
        large,
        RESULTS / ("million.json" if kept else "local-million.json"),
        PAGE if kept else None,
    )
    whole = [plan.path for plan in large.plans if plan.often and plan.whole]
    for line in (*small.wrong, *large.wrong, *(f"reads a whole table: {path}" for path in whole)):
        say(f"NOT AS IT SHOULD BE: {line}")
    print(json.dumps(as_json(small, large)["growth"]))
    sys.exit(1 if small.wrong or large.wrong or whole else 0)


if __name__ == "__main__":
    main()
