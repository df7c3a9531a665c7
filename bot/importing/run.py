"""One import from end to end: batches, each with its place in the file.

Owns the loop; how large a batch may be is bot.importing.pace's business. A batch, its rejected rows and the place are one commit: killed anywhere, the next call goes on from the
last commit and ends with the same database and the same file of rejected rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from bot.db import Database
from bot.importing.csvfile import rows
from bot.importing.customer_rows import customer_units
from bot.importing.order_rows import order_units
from bot.importing.pace import Pace
from bot.importing.plan import Plan
from bot.importing.planner import Planner
from bot.importing.product_rows import product_units
from bot.importing.progress import Counts, Run, begin, save
from bot.importing.rejects import RejectedRows
from bot.importing.units import CustomerRow, OrderRows, ProductRow, Rejected, Unit
from bot.importing.write_customers import Written, write_customers
from bot.importing.write_orders import AfterOrders, write_orders
from bot.importing.write_products import write_products
from bot.keys import Keys

TRIES = 5

Ticks: TypeAlias = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the import ended. `slowest` is the longest write transaction, in seconds."""

    counts: Counts
    resumed: bool
    rejected_file: Path | None
    slowest: float
    batches: int


@dataclass(slots=True)
class _Batch:
    units: list[Unit] = field(default_factory=list)

    def rejected(self) -> list[Rejected]:
        return [unit.rejected for unit in self.units if unit.rejected]


def units(plan: Plan, on_bytes: Callable[[int], None] = lambda read: None) -> Iterator[Unit]:
    """The file's customers, orders or products, checked, one after the other; what a dry run looks at."""
    found = rows(plan.survey, on_bytes=on_bytes)
    if plan.reading.kind == "customers":
        return customer_units(found, plan.columns, plan.reading)
    if plan.reading.kind == "products":
        return product_units(found, plan.columns)
    return order_units(found, plan.columns, plan.reading)


def run_import(
    database: Database,
    keys: Keys,
    shop_id: int,
    plan: Plan,
    *,
    now: datetime,
    rejected_path: Path,
    on_bytes: Callable[[int], None] = lambda read: None,
    after_orders: AfterOrders | None = None,
    ticks: Ticks = time.perf_counter,
) -> Outcome:
    """Import the file, from where an earlier run of it was interrupted. `now` is the domain time of its writes.

    `after_orders` hears what became of each batch of orders, inside its transaction. Raises AlreadyRunning, OSError (the
    file of rejected rows cannot be written).
    """
    with database.write() as session:
        run = begin(session, shop_id, plan, now)
    resumed, counts = run.resumed, run.counts
    rejects = RejectedRows(rejected_path, plan.survey.header, counts.rejected_bytes)
    slowest, batches = 0.0, 0
    batch, planner = _Batch(), Planner(database, plan.reading.kind)
    pace = Pace(database, keys, shop_id)

    def commit(part: _Batch, finished: datetime | None, *, awaited: bool) -> None:
        nonlocal run, counts, slowest, batches
        last_line = part.units[-1].last_line if part.units else run.done_lines
        after, seconds = _commit(
            database,
            keys,
            shop_id,
            plan,
            run,
            counts,
            part,
            last_line,
            rejects,
            now,
            after_orders,
            ticks,
            finished,
        )
        planner.wrote(after.created + after.updated - counts.created - counts.updated)
        run, counts, batches = replace(run, done_lines=last_line), after, batches + 1
        slowest = max(slowest, seconds)
        pace.took(seconds, awaited=awaited)

    def write(gathered: list[Unit], finished: datetime | None) -> None:
        awaited = pace.awaited(gathered)
        while len(gathered) > (size := pace.size(awaited=awaited)):
            commit(_Batch(gathered[:size]), None, awaited=awaited)
            gathered = gathered[size:]
        commit(_Batch(gathered), finished, awaited=awaited)

    for unit in units(plan, on_bytes):
        if unit.last_line <= run.done_lines:
            continue
        batch.units.append(unit)
        if len(batch.units) >= pace.gather():
            write(batch.units, None)
            batch = _Batch()
    write(batch.units, now)
    planner.end()
    return Outcome(counts, resumed, rejects.path if rejects.size else None, slowest, batches)


def _commit(
    database: Database,
    keys: Keys,
    shop_id: int,
    plan: Plan,
    run: Run,
    counts: Counts,
    batch: _Batch,
    last_line: int,
    rejects: RejectedRows,
    now: datetime,
    after_orders: AfterOrders | None,
    ticks: Ticks,
    finished: datetime | None,
) -> tuple[Counts, float]:
    """One transaction; again when it lost a race against another writer (deadlock, same key)."""
    size_before = rejects.size
    for attempt in range(TRIES):
        try:
            with database.write() as session:
                begun = ticks()
                written = _write(session, keys, shop_id, plan, batch, now, after_orders)
                after = _add(counts, batch.rejected() + written.rejected, written)
                rejects.add(sorted(batch.rejected() + written.rejected, key=lambda one: one.line))
                after.rejected_bytes = rejects.size
                save(session, shop_id, run, last_line, after, finished)
            return after, ticks() - begun
        except (IntegrityError, OperationalError):
            rejects.cut(size_before)
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _write(
    session: Session,
    keys: Keys,
    shop_id: int,
    plan: Plan,
    batch: _Batch,
    now: datetime,
    after_orders: AfterOrders | None,
) -> Written:
    customers = [unit.taken for unit in batch.units if isinstance(unit.taken, CustomerRow)]
    orders = [unit.taken for unit in batch.units if isinstance(unit.taken, OrderRows)]
    if customers:
        return write_customers(session, keys, shop_id, customers, now=now, file=plan.survey.path.name)
    products = [unit.taken for unit in batch.units if isinstance(unit.taken, ProductRow)]
    if products:
        return write_products(session, shop_id, products)
    if orders:
        return write_orders(session, keys, shop_id, orders, now=now, after=after_orders)
    return Written()


def _add(counts: Counts, rejected: list[Rejected], written: Written) -> Counts:
    reasons = dict(counts.reasons)
    for one in rejected:
        reasons[one.code] = reasons.get(one.code, 0) + 1
    return Counts(
        created=counts.created + written.created,
        updated=counts.updated + written.updated,
        unchanged=counts.unchanged + written.unchanged,
        rejected=counts.rejected + len(rejected),
        counting=counts.counting + written.counting,
        reasons=reasons,
    )
