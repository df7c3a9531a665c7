"""What the clock's second costs while nothing is due: beside a million sleeping enrolments, and beside few.

Owns the sleepers, made inside PostgreSQL without its foreign-key checks (their rows are right, and the checks would take
longer than all the rest). Both databases are looked at in turn, in rounds, by the clock's own function.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import NoReturn

from sqlalchemy import text

from benchmarks.figures import Row, compared
from benchmarks.people import bring_crowd
from benchmarks.run import Run
from benchmarks.stack import stack
from bot.compose import App
from bot.jobs.bell import Lane
from bot.jobs.clockwork import tick

FEW = 10_000
MANY, QUICK = 1_000_000, 100_000
ROUNDS, TICKS = 15, 20


def rows(run: Run) -> Iterator[Row]:
    """The one ratio."""
    many = QUICK if run.quick else MANY
    few_url, many_url = run.postgres.fresh(), run.postgres.fresh()
    with stack(few_url) as small, stack(many_url) as large:
        _put_to_sleep(run, small.app, FEW)
        _put_to_sleep(run, large.app, many)
        run.say("ticks: measuring")
        quick: list[float] = []
        slow: list[float] = []
        for number in range(ROUNDS + 1):
            for app, found in ((small.app, quick), (large.app, slow)):
                took = _ticks(app)
                if number:
                    found.append(took)
    ratio = statistics.median(mine / its for mine, its in zip(slow, quick, strict=True))
    run.postgres.drop(many_url)
    yield compared(
        f"tick with nothing due, {many:,} asleep",
        statistics.median(slow) * 1000,
        "ms",
        f"the same with {FEW:,}: {statistics.median(quick) * 1000:.2f} ms",
        ratio,
        "<=",
        1.2,
    )


def _ticks(app: App) -> float:
    """Seconds a tick (median)."""
    took = []
    for _ in range(TICKS):
        before = time.perf_counter()
        tick(app, _must_not_ring, _NothingToDo())
        took.append(time.perf_counter() - before)
    return statistics.median(took)


def _must_not_ring(lane: Lane) -> bool:
    raise AssertionError(f"{lane}: nothing should be due")


class _NothingToDo:
    """The core that the clock must not come to call."""

    def expire_leases(self, app: App) -> NoReturn:
        raise AssertionError("no lease should have run out")

    def run_due(self, app: App) -> NoReturn:
        raise AssertionError("no start should be due")

    def plan_errands(self, app: App) -> NoReturn:
        raise AssertionError("the clock plans errands when it starts, not at a tick")

    def begin_errands(self, app: App) -> NoReturn:
        raise AssertionError("no errand should be due")

    def mind_people(self, app: App) -> NoReturn:
        raise AssertionError("people put nothing off")

    def steps(self) -> NoReturn:
        raise AssertionError("nothing should be due")


def _put_to_sleep(run: Run, app: App, count: int) -> None:
    """`count` customers, each greeted and waiting days for an answer."""
    run.say(f"ticks: {count:,} go to sleep")
    with app.database.write() as session:
        account = app.settings.twilio.accounts[0].sid
        bring_crowd(session, app.keys, account, 1, app.real_now())
    with app.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("SET synchronous_commit = off"))
        for statement in _SLEEPERS:
            connection.execute(text(statement), {"count": count})
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("RESET session_replication_role"))
        connection.execute(text("RESET synchronous_commit"))


_SLEEPERS = (
    """
    INSERT INTO customers (shop_id, phone, phone_key, first_name, country, number_state, attributes, orders_count,
        spent_cents, created_at)
    SELECT c.shop_id, '+999' || lpad(n::text, 10, '0'), md5(n::text), 'Ana', 'US', 'ok', '{}', 1, 3100, c.created_at
    FROM (SELECT * FROM customers ORDER BY id DESC LIMIT 1) c, generate_series(1, :count) n
    """,
    """
    INSERT INTO conversations (shop_id, customer_id, holder, fence, version, created_at, work_due_at)
    SELECT shop_id, id, 'bot', 0, 0, created_at, now() + interval '3 days' + id * interval '1 second'
    FROM customers WHERE phone LIKE '+999%'
    """,
    """
    INSERT INTO enrolments (shop_id, customer_id, conversation_id, flow_id, revision_id, start_id, passage, arm, trial,
        status, state, turn, started_at)
    SELECT t.shop_id, t.customer_id, t.id, e.flow_id, e.revision_id, e.start_id, 1, 'treated', false, 'active',
        e.state, 1, e.started_at
    FROM conversations t, (SELECT * FROM enrolments ORDER BY id DESC LIMIT 1) e
    WHERE t.work_due_at > now() + interval '3 days'
    """,
    """
    INSERT INTO timers (shop_id, conversation_id, enrolment_id, wait_no, status, after_seconds, due_at)
    SELECT e.shop_id, e.conversation_id, e.id, 1, 'armed', 345600, t.work_due_at
    FROM enrolments e JOIN conversations t ON t.id = e.conversation_id
    WHERE t.work_due_at > now() + interval '3 days'
    """,
)
