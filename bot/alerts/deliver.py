"""A round of telling people: which notices are tried, in what order, and for how long each door may take.

Owns that nobody waits for somebody else's slow server. What needs no network comes first; then each door (a shop's webhook,
the operator's mail server) has its own line and its seconds, a few doors at a time. What is left over comes with the next
round, and a fault of one notice ends nothing but its own try. Trying one is bot.alerts.ways'.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

import structlog
from sqlalchemy import func, select

from bot.alerts.claims import claim, record
from bot.alerts.outcomes import Delivered, Later, Mailer, Poster
from bot.alerts.ways import Ways, try_to_tell, ways_of
from bot.compose import App
from bot.conversations.rows import fixed
from bot.models import Notice

AT_ONCE = 200
OF_A_SHOP = 20
"""Notices that a round takes, in all and of one shop."""
WEBHOOK_SECONDS = 5.0
MAIL_SECONDS = 30.0
"""After which a door is left alone for this round: one call of a webhook that says nothing takes as long."""
LINES = 4
"""Doors that are called at the same time."""
ROUND_SECONDS = 20.0
"""After which a round goes to no further door: what somebody answers from their own phone waits for the next one."""
NEAR: Final = ("answer", "text")
"""Ways that need no network: they end in a row of ours."""

Steady = Callable[[], float]
"""Seconds on a clock that nobody sets."""
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    """A notice that is due."""

    id: int
    shop_id: int
    channel: str


def deliver(
    app: App,
    mailer: Mailer | None = None,
    poster: Poster | None = None,
    steady: Steady = time.monotonic,
    lines: int = LINES,
) -> int:
    """Try the notices that are due; gives how many were told. An errand."""
    ways, due, until = ways_of(app, mailer, poster), _due(app), steady() + ROUND_SECONDS
    told = sum(_tell(app, each, ways) for each in due if each.channel in NEAR)
    doors: dict[str, list[_Due]] = {}
    for each in due:
        if each.channel not in NEAR:
            doors.setdefault("mail" if each.channel == "email" else f"shop {each.shop_id}", []).append(each)
    waiting = [_Door(app, ways, each, steady) for each in doors.values()]
    return told + sum(_in_lines(waiting, lines, lambda: steady() >= until))


def tell_now(
    app: App,
    notices: Sequence[int],
    channel: str,
    mailer: Mailer | None = None,
    poster: Poster | None = None,
) -> int:
    """Try these, which are of one way, out of turn; gives how many were told. Never raises."""
    ways = ways_of(app, mailer, poster)
    return sum(_tell(app, _Due(each, 0, channel), ways) for each in notices)


@dataclass(frozen=True, slots=True)
class _Door:
    """Notices that go through one door, one after the other."""

    app: App
    ways: Ways
    due: Sequence[_Due]
    steady: Steady

    def knock(self) -> int:
        """Try them until its seconds are over; gives how many were told."""
        until = self.steady() + (MAIL_SECONDS if self.due[0].channel == "email" else WEBHOOK_SECONDS)
        told = 0
        for each in self.due:
            if self.steady() >= until:
                break
            told += _tell(self.app, each, self.ways)
        return told


def _in_lines(doors: Sequence[_Door], lines: int, over: Callable[[], bool]) -> list[int]:
    """One after the other, a few at a time, until the round is over. The threads die with the process: what they were at
    comes again."""
    waiting: SimpleQueue[_Door] = SimpleQueue()
    told: list[int] = []
    for door in doors:
        waiting.put(door)

    def take() -> None:
        while not over():
            try:
                told.append(waiting.get_nowait().knock())
            except Empty:
                return

    more = min(lines, len(doors)) - 1
    beside = [threading.Thread(target=take, name="told", daemon=True) for _ in range(more)]
    for line in beside:
        line.start()
    take()
    for line in beside:
        line.join()
    return told


def _tell(app: App, due: _Due, ways: Ways) -> bool:
    """Whether it was told. The edge of one try: whatever goes wrong in it is logged, and is its own affair."""
    try:
        claimed = claim(app, due.id)
        if claimed is None:
            return False
        try:
            outcome = try_to_tell(app, claimed, ways)
        except Exception as error:
            log.exception("a notice failed", notice=due.id, channel=due.channel)
            outcome = Later(type(error).__name__)
        record(app, claimed, outcome)
    except Exception:
        log.exception("a notice could not be tried", notice=due.id, channel=due.channel)
        return False
    return isinstance(outcome, Delivered)


def _due(app: App) -> list[_Due]:
    """Round and round the shops, so that one with a thousand keeps no other waiting; of a shop the least tried first."""
    turn = func.row_number().over(partition_by=Notice.shop_id, order_by=(Notice.tries, Notice.next_try_at))
    its: Any = (
        select(Notice.id, Notice.shop_id, Notice.channel, Notice.next_try_at, turn.label("turn"))
        .where(Notice.status == fixed("waiting"), Notice.next_try_at <= app.real_now())
        .subquery()
    )
    asked = (
        select(its.c.id, its.c.shop_id, its.c.channel)
        .where(its.c.turn <= OF_A_SHOP)
        .order_by(its.c.turn, its.c.next_try_at)
        .limit(AT_ONCE)
    )
    with app.database.read() as session:
        return [_Due(*row) for row in session.execute(asked)]
