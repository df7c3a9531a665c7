"""`python -m benchmarks.million.steps NAME`: one step in a process of its own, so that its memory and time are its own.

Owns the steps that no command does by itself, or that a command does together with its own start. Each prints one line of
JSON: how long, on how much, and what was found. The imports are the command itself.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import func, select, text, update

from bot.audience import starts
from bot.audience.lapsed import PAGE, Question, count_lapsed, lapsed_page
from bot.clock import domain_now
from bot.compose import App, compose
from bot.flows_store import current
from bot.jobs.bell import Lane
from bot.jobs.clockwork import tick
from bot.models import Customer, Enrolment, FlowRevision, FlowStart, Shop
from bot.processes.demo_mode import with_provider
from bot.sending.picking import pick
from bot.settings import load

FLOW = "winback_offer"
LAPSED = (45, 365)
"""The flow's own range of days."""
A_DAY = 0.01
"""A day's batch: one customer in a hundred."""
TICKS, PICKS, BATCH = 200, 200, 16


def main() -> None:
    """Run the step that is named."""
    app = compose(with_provider(load()))
    with app.database.read() as session:
        shop_id = session.execute(select(Shop.id)).scalar_one()
    print(json.dumps(STEPS[sys.argv[1]](app, shop_id)))


def _timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def _answer(seconds: float, cpu: float, work: int, **found: Any) -> dict[str, Any]:
    return {"seconds": seconds, "cpu": cpu, "work": work, "found": found}


def count(app: App, shop_id: int) -> dict[str, Any]:
    """`winback lapsed --days 45 --to 365`."""
    days_from, days_to = LAPSED
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        seconds, cpu, found = _timed(
            lambda: count_lapsed(session, shop_id, days_from=days_from, days_to=days_to, as_of=now)
        )
    return _answer(seconds, cpu, found, lapsed=found)


def walk(app: App, shop_id: int) -> dict[str, Any]:
    """All of them, page by page, the newest first."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
    question = Question(shop_id, LAPSED[0], now, LAPSED[1])

    def pages() -> int:
        number, after = 0, None
        while True:
            with app.database.read() as session:
                page = lapsed_page(session, question, after=after, size=PAGE)
            if not page:
                return number
            number, after = number + len(page), page[-1]

    seconds, cpu, found = _timed(pages)
    return _answer(seconds, cpu, found, lapsed=found)


def plan(app: App, shop_id: int) -> dict[str, Any]:
    """`winback flow start` up to its question: how many, over how many days, at what cost."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        revision = _revision(app, shop_id)
        seconds, cpu, found = _timed(
            lambda: starts.plan(session, revision, now, daily_limit=None, total=None)
        )
    work = found.customers + found.control
    return _answer(
        seconds,
        cpu,
        work,
        treated=found.customers,
        control=found.control,
        cost_cents=found.cost_at_most_cents,
    )


def enrol(app: App, shop_id: int) -> dict[str, Any]:
    """A day's batch, as the clock takes it."""
    revision = _revision(app, shop_id)
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        number = session.execute(select(func.count()).select_from(Customer)).scalar_one()
        starts.start(session, revision, now, daily_limit=round(number * A_DAY), total=None, by="benchmark")
    seconds, cpu, found = _timed(lambda: starts.run_due(app))
    with app.database.write() as session:
        treated = session.execute(
            select(func.count()).select_from(Enrolment).where(Enrolment.arm == "treated")
        ).scalar_one()
        # the texts of these are another measurement
        session.execute(update(FlowStart).values(next_batch_at=now + timedelta(days=9)))
        session.execute(text("UPDATE conversations SET work_due_at = NULL"))
    return _answer(seconds, cpu, found, enrolled=found, treated=treated)


def asleep(app: App, _shop_id: int) -> dict[str, Any]:
    """The clock's look while every customer of the shop sleeps in a conversation and nothing is due."""
    took: list[float] = []
    seconds, cpu, _ = _timed(lambda: took.extend(_tick(app) for _ in range(TICKS)))
    with app.database.read() as session:
        sleeping = session.execute(
            text("SELECT count(*) FROM enrolments WHERE status = 'active'")
        ).scalar_one()
    return _answer(seconds, cpu, TICKS, asleep=sleeping, median_ms=statistics.median(took) * 1000)


def pick_due(app: App, _shop_id: int) -> dict[str, Any]:
    """What a worker may send next, while a text is due to every customer."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        waiting = session.execute(text("SELECT count(*) FROM outbound WHERE status = 'ready'")).scalar_one()
    took: list[float] = []
    picked = 0

    def picks() -> None:
        nonlocal picked
        for _ in range(PICKS):
            began = time.perf_counter()
            picked += len(pick(app, now, BATCH))
            took.append(time.perf_counter() - began)

    seconds, cpu, _ = _timed(picks)
    return _answer(
        seconds, cpu, PICKS, waiting=waiting, picked=picked, median_ms=statistics.median(took) * 1000
    )


def _revision(app: App, shop_id: int) -> FlowRevision:
    with app.database.read() as session:
        revision = current(session, shop_id, FLOW)
    assert revision is not None
    return revision


def _tick(app: App) -> float:
    began = time.perf_counter()
    tick(app, _must_not_ring, _NothingToDo())
    return time.perf_counter() - began


def _must_not_ring(lane: Lane) -> bool:
    if lane == "errands":  # a new installation has errands to plan: not what is measured
        return True
    raise AssertionError(f"{lane}: nothing should be due")


class _NothingToDo:
    """The core that the clock must not come to call."""

    def expire_leases(self, app: App) -> NoReturn:
        raise AssertionError("no lease should have run out")

    def run_due(self, app: App) -> NoReturn:
        raise AssertionError("no start should be due")

    def begin_errands(self, app: App) -> None:
        """Errands are not measured."""

    def plan_errands(self, app: App) -> None:
        """Nor is their planning."""

    def mind_people(self, app: App) -> NoReturn:
        raise AssertionError("people put nothing off")

    def steps(self) -> NoReturn:
        raise AssertionError("nothing should be due")


def put_to_sleep(app: App, moment: datetime) -> None:
    """A conversation, an enrolment and a timer for every customer who has none, due in three days and later.

    Made inside PostgreSQL without its foreign-key checks: the rows are right, and only what is done beside them is measured.
    """
    _in_bulk(
        app,
        [
            """
    INSERT INTO conversations (shop_id, customer_id, holder, fence, version, created_at)
    SELECT c.shop_id, c.id, 'bot', 0, 0, :moment FROM customers c
    WHERE NOT EXISTS (SELECT FROM conversations t WHERE t.shop_id = c.shop_id AND t.customer_id = c.id)
    """,
            """
    INSERT INTO enrolments (shop_id, customer_id, conversation_id, flow_id, revision_id, start_id, passage, arm, trial,
        status, state, turn, started_at)
    SELECT t.shop_id, t.customer_id, t.id, e.flow_id, e.revision_id, e.start_id, 1, 'treated', false, 'active',
        e.state, 1, e.started_at
    FROM conversations t, (SELECT * FROM enrolments ORDER BY id LIMIT 1) e
    WHERE NOT EXISTS (SELECT FROM enrolments n WHERE n.shop_id = t.shop_id AND n.customer_id = t.customer_id)
    """,
            """
    INSERT INTO timers (shop_id, conversation_id, enrolment_id, wait_no, status, after_seconds, due_at)
    SELECT shop_id, conversation_id, id, 1, 'armed', 345600, CAST(:moment AS timestamptz) + interval '3 days' + id * interval '1 second'
    FROM enrolments
    """,
            """
    UPDATE conversations SET work_due_at = CAST(:moment AS timestamptz) + interval '3 days' + id * interval '1 second'
    """,
        ],
        moment,
    )


def make_due(app: App, moment: datetime) -> None:
    """An opener that is due, for every customer."""
    _in_bulk(
        app,
        [
            """
    INSERT INTO outbound (shop_id, public_id, conversation_id, enrolment_id, key, turn, ordinal, author, body, language,
        encoding, parts, kind, status, fence, due_at, attempts, created_at)
    SELECT shop_id, md5(id::text), conversation_id, id, id || ':1:0', 1, 0, 'bot', 'Hi', 'en', 'gsm7', 1, 'marketing',
        'ready', 0, CAST(:moment AS timestamptz) - interval '1 minute', 0, :moment
    FROM enrolments
    """
        ],
        moment,
    )


def _in_bulk(app: App, statements: list[str], moment: datetime) -> None:
    with app.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("SET synchronous_commit = off"))
        connection.execute(text("SET statement_timeout = 0"))
        for statement in statements:
            connection.execute(text(statement), {"moment": moment})
        connection.execute(text("VACUUM ANALYZE"))
        connection.invalidate()


STEPS: dict[str, Callable[[App, int], dict[str, Any]]] = {
    "count": count,
    "walk": walk,
    "plan": plan,
    "enrol": enrol,
    "asleep": asleep,
    "pick": pick_due,
}

if __name__ == "__main__":
    main()
