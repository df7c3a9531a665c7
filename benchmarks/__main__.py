"""`make bench`: measure, print the table, write results/latest.json.

Owns the options and the list of rows. A row that cannot be measured ends the run with its reason: a table with holes
would be read as a whole one.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from benchmarks import accepting, chart, hostile, inbox, inside, memory, replay, simulate, sleeping, turning
from benchmarks.figures import Row, as_json, show, write
from benchmarks.rasa.measure import measured
from benchmarks.run import Run

RESULTS = Path(__file__).parent / "results"

ROWS: dict[str, Callable[[Run], Iterator[Row]]] = {
    "accept": accepting.rows,
    "turn": turning.rows,
    "inside": inside.rows,
    "hostile": hostile.rows,
    "tick": sleeping.rows,
    "inbox": inbox.rows,
    "memory": memory.rows,
    "replay": replay.rows,
    "simulate": simulate.rows,
}

WITH_RASA = {"turn", "inside", "memory"}
"""The rows that compare with Rasa, which is measured before them: the two would share the processors."""


def main() -> int:
    """Run what was asked for. Exit status 0, also when a figure falls short: it is a measurement, not a test."""
    options = _options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    run = Run(scale=options.seconds, quick=options.quick)
    found: list[Row] = []
    try:
        if options.rasa and WITH_RASA.intersection(options.only or ROWS):
            run.rasa = measured(run)
        for name in options.only or ROWS:
            found += ROWS[name](run)
    finally:
        run.close()
    write(found, RESULTS / ("latest.json" if not options.only else "local-part.json"))
    if not options.only:
        (RESULTS / "turn.json").write_text(json.dumps(run.turn_costs, indent=2) + "\n", "utf-8")
        chart.draw()
    if options.json:
        print(json.dumps(as_json(found), indent=2))
    else:
        show(found, Console(width=None if sys.stdout.isatty() else 130))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure Winback on this machine."
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=list(ROWS),
        metavar="NAME",
        help=f"only these rows ({', '.join(ROWS)}); written to results/local-part.json instead",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="measure each row for so many times its usual duration",
    )
    parser.add_argument("--quick", action="store_true", help="100,000 sleepers instead of 1,000,000")
    parser.add_argument(
        "--no-rasa",
        dest="rasa",
        action="store_false",
        help="leave Rasa's side out: its figures are those measured apart",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
