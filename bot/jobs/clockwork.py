"""The clock: once a second of real time, a look at what is due, and a ring for it.

Owns the sweep, which makes the bell dispensable: one probe of the index of undone conversations, one of the texts that
are due. When nobody can be rung the work is done right here, so that only latency suffers (I9). Also gives up expired
claims and runs the daily starts. Two clocks do no harm (everything below claims what it touches); the lock spares the
second one the effort.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from sqlalchemy import literal_column, select, text
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.db import Database
from bot.jobs.bell import Lane
from bot.jobs.ringing import rq_bell
from bot.jobs.worker import Step, steps, work_off
from bot.models import Conversation, Outbound
from bot.processes.home import HomeTaken, locked

TICK_SECONDS = 1.0
_LOCK = 7_203_811_945
"""PostgreSQL advisory lock of the one clock that ticks."""

log = structlog.stdlib.get_logger(__name__)


def due(session: Session, now: datetime) -> list[Lane]:
    """The lanes that have something to do at this domain time. Costs two index probes, however many sleep."""
    lanes: list[Lane] = []
    conversations = select(Conversation.id).where(Conversation.work_due_at <= now).limit(1)
    # the status is written out: with a parameter neither database can use the partial index
    texts = (
        select(Outbound.id)
        .where(Outbound.status == literal_column("'ready'"), Outbound.due_at <= now)
        .limit(1)
    )
    if session.execute(conversations).first():
        lanes.append("turns")
    if session.execute(texts).first():
        lanes.append("sends")
    return lanes


def tick(app: App, strike: Callable[[Lane], bool], work: Callable[[], tuple[Step, Step]]) -> None:
    """One look. Rings for each lane with work; what can't be rung for is done here, by what `work` gives."""
    with app.database.read() as session:
        lanes = due(session, domain_now(session, app.real_now))
    heard = [strike(lane) for lane in lanes]
    if not all(heard):
        work_off(app, *work())


def run_clock(app: App, stop: threading.Event) -> None:
    """Tick until `stop` is set."""
    from bot.audience.starts import run_due
    from bot.sending.dispatch import expire_leases

    bell = rq_bell(app.settings)
    chores: tuple[Callable[[], object], ...] = (
        lambda: expire_leases(app),
        lambda: run_due(app),
        lambda: tick(app, bell.strike, steps),
    )
    while not stop.is_set():
        try:
            with the_one_clock(app) as mine:
                while mine() and not stop.wait(TICK_SECONDS):
                    for chore in chores:
                        _do(chore)
        except Exception:
            log.exception("the clock's lock failed")
        stop.wait(TICK_SECONDS)


def _do(chore: Callable[[], object]) -> None:
    """At the edge of the process a fault of one chore is logged; the others and the next second go on."""
    try:
        chore()
    except Exception:
        log.exception("a chore of the clock failed")


@contextmanager
def the_one_clock(app: App) -> Iterator[Callable[[], bool]]:
    """Whether this clock is the one that ticks, asked before each tick. Gives the lock back at the end."""
    if app.database.is_sqlite:
        try:
            with locked(app.settings.home, "clock.lock"):
                yield lambda: True
        except HomeTaken:
            yield lambda: False
    else:
        with _advisory(app.database) as mine:
            yield mine


@contextmanager
def _advisory(database: Database) -> Iterator[Callable[[], bool]]:
    """The lock lives and dies with its connection; a broken one raises at the next question, and the lock is gone."""
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        took = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}))
        yield lambda: took and bool(connection.scalar(text("SELECT true")))
        if took:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
