"""The clock: once a second of real time, a look at what is due, and a ring for it.

Owns the sweep, which makes the bell dispensable: a probe of each index of undone rows. When nobody can be rung, or
nobody comes, the work is done right here, so that only latency suffers (I9). Also gives up expired
claims and runs the daily starts. Two clocks do no harm (everything below claims what it touches); the lock spares the
second one the effort.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, assert_never

import redis
from sqlalchemy import ColumnElement, Select, literal_column, select, text
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.db import Database
from bot.jobs.bell import Lane
from bot.jobs.errands import Runner, plan
from bot.jobs.put_off import people_wait
from bot.jobs.ringing import RqBell, rq_bell
from bot.jobs.worker import Step, say, steps, work_off
from bot.models import Conversation, Errand, FlowStart, InboundMedia, Outbound
from bot.processes.home import HomeTaken, locked

TICK_SECONDS = 1.0
PATIENCE = 3
"""Ticks that a bell may go unheard. A busy worker begins anew sooner than that (bot.jobs.worker.DRAIN_SECONDS)."""
_LOCK = 7_203_811_945
"""PostgreSQL advisory lock of the one clock that ticks."""

Chore: TypeAlias = Lane | Literal["leases", "starts", "pictures", "people"]
"""What may be due: the lanes of the bell, claims that expired (real time), the next batch of a start, pictures that wait
(real time), which are errands like the others, and what people put off: returns, snoozes, promises."""


def due(session: Session, now: datetime, real: datetime) -> list[Chore]:
    """What there is to do at this domain time. Costs nine index probes, however many rows sleep."""
    # the status is written out: with a parameter neither database can use a partial index
    ready: ColumnElement[str] = literal_column("'ready'")
    claimed: ColumnElement[str] = literal_column("'claimed'")
    waiting: ColumnElement[str] = literal_column("'waiting'")
    probes: dict[Chore, Select[int]] = {
        "leases": select(Outbound.id).where(Outbound.status == claimed, Outbound.lease_until <= real),
        "starts": select(FlowStart.id).where(FlowStart.next_batch_at <= now),
        "turns": select(Conversation.id).where(Conversation.work_due_at <= now),
        "sends": select(Outbound.id).where(Outbound.status == ready, Outbound.due_at <= now),
        "errands": select(Errand.id).where(Errand.next_at <= real),  # as many rows as there are errands
        "pictures": select(InboundMedia.id).where(
            InboundMedia.status == waiting, InboundMedia.next_try_at <= real
        ),
    }
    found = [chore for chore, probe in probes.items() if session.execute(probe.limit(1)).first()]
    return [*found, "people"] if people_wait(session, now) else found


def tick(app: App, strike: Callable[[Lane], bool], core: Core) -> None:
    """One look. Rings for each lane with work; what can't be rung for is done here."""
    with app.database.read() as session:
        chores = due(session, domain_now(session, app.real_now), app.real_now())
    for chore in chores:
        match chore:
            case "leases":
                _do(core.expire_leases, app)
            case "starts":
                _do(core.run_due, app)
            case "turns" | "sends":
                if not strike(chore):
                    work_off(app, *core.steps())
            case "errands" | "pictures":
                if not strike("errands"):
                    _do(core.begin_errands, app)
            case "people":
                _do(core.mind_people, app)
            case _:
                assert_never(chore)


class Core(Protocol):
    """What the clock calls. Each loads its part of the core when first called: an idle clock stays small."""

    def expire_leases(self, app: App) -> object:
        """Make claims that outlived their lease unknown."""
        ...

    def run_due(self, app: App) -> object:
        """Enrol the next batch of each start that is due."""
        ...

    def plan_errands(self, app: App) -> None:
        """See that each errand has its row."""
        ...

    def begin_errands(self, app: App) -> None:
        """Run what is due of them, beside."""
        ...

    def mind_people(self, app: App) -> object:
        """Give back, wake and remind where that is due."""
        ...

    def steps(self) -> tuple[Step, Step]:
        """Turns, then sends."""
        ...


class TheCore:
    """The real one."""

    def __init__(self) -> None:
        self._errands = Runner()

    def expire_leases(self, app: App) -> object:
        """See bot.sending.dispatch."""
        from bot.sending.dispatch import expire_leases

        return expire_leases(app)

    def run_due(self, app: App) -> object:
        """See bot.audience.starts."""
        from bot.audience.starts import run_due

        return run_due(app)

    def plan_errands(self, app: App) -> None:
        """See bot.jobs.errands."""
        plan(app)

    def begin_errands(self, app: App) -> None:
        """See bot.jobs.errands."""
        self._errands.begin(app)

    def mind_people(self, app: App) -> object:
        """See bot.inbox.due."""
        from bot.inbox.due import mind

        return mind(app)

    def steps(self) -> tuple[Step, Step]:
        """See bot.jobs.worker."""
        return steps()


def run_clock(app: App, stop: threading.Event) -> None:
    """Tick until `stop` is set. At the edge of the process a fault is logged; the next second comes anyway."""
    strike, core = Caller(rq_bell(app.settings)), TheCore()
    while not stop.is_set():
        try:
            with the_one_clock(app) as mine:
                if mine():
                    core.plan_errands(app)
                while mine() and not stop.wait(TICK_SECONDS):
                    tick(app, strike, core)
        except Exception as error:
            say("a tick of the clock failed", error)
        stop.wait(TICK_SECONDS)


class Caller:
    """Rings, and notices when nobody comes: every worker may be dead, or cut off from Redis without knowing it."""

    def __init__(self, bell: RqBell) -> None:
        self._bell = bell
        self._in_vain: Counter[Lane] = Counter()

    def __call__(self, lane: Lane) -> bool:
        """Ring for this lane. False when it is ours to do: Redis is away, or PATIENCE rings in a row were not heard."""
        try:
            if self._bell.unheard(lane):
                self._in_vain[lane] += 1
            else:
                self._in_vain[lane] = 0
        except (redis.RedisError, OSError):
            return False
        return self._bell.strike(lane) and self._in_vain[lane] < PATIENCE


def _do(chore: Callable[[App], object], app: App) -> None:
    """A chore's fault must not keep the next one waiting."""
    try:
        chore(app)
    except Exception as error:
        say("a chore of the clock failed", error)


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
