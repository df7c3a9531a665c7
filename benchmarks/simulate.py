"""How long a population takes: 10,000 scripted customers through twelve weeks of the shipped win-back.

Owns the one row. It runs as `winback simulate` does, in two processes of its own; the time is wall time, since that is what
somebody waits for, so it is only worth something on a machine that does nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.figures import Row, bounded
from benchmarks.run import Run
from bot.simulate.count import troubles
from bot.simulate.run import Plan, simulate
from flows.parser import library

CUSTOMERS, QUICK = 10_000, 500
WEEKS = 12
PROCESSES = 2


def rows(run: Run) -> Iterator[Row]:
    """The row; with --quick a twentieth of the customers, and the time of all of them reckoned from it."""
    customers = QUICK if run.quick else CUSTOMERS
    run.say(f"simulating {customers:,} customers")
    plan = Plan(library()["winback_offer"], customers=customers, weeks=WEEKS)
    began = time.perf_counter()
    outcome = simulate(plan, processes=PROCESSES)
    took = (time.perf_counter() - began) * CUSTOMERS / customers
    if wrong := troubles(outcome.figures):
        run.say(f"{wrong} violations and dead ends: see `winback simulate --flow winback_offer`")
    yield bounded(f"{CUSTOMERS:,} customers, {WEEKS} weeks, {PROCESSES} processes", took, "s", "<", 60)
