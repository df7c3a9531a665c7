"""Moving the domain clock, for demos, tests and benchmarks: from one due row to the next, with the work done at each.

Owns the movement. A jump over four days must look as if the four days had passed: the evening's text leaves in the
evening, its silence is counted from there, and nothing that was due on the way is late. Refuses unless the provider is
a stand-in on this machine. Domain time only goes forward; real processes may do the same work meanwhile, which harms
nothing, since all of it is claimed.
"""

from __future__ import annotations

import threading
import time as machine
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from bot.audience.starts import run_due
from bot.clock import domain_now, set_offset
from bot.compose import App
from bot.conversations.work import take_turns
from bot.inbox.due import mind
from bot.jobs.put_off import next_put_off, people_wait
from bot.models import Clock, Conversation, FlowStart, Outbound
from bot.processes.demo_mode import reaches_nobody
from bot.sending.dispatch import send_due
from flows.zones import zone_named

MORNING = time(9, 5)
"""Where the day begins for `next_morning`: inside the send window of every state (R36)."""

PATIENCE_SECONDS = 20.0
"""Real seconds that one stop waits for another process to finish what it holds. Longer than a provider may take."""

_LOOK_SECONDS = 0.05
_READY: Any = literal_column("'ready'")
_CLAIMED: Any = literal_column("'claimed'")


class NotMovable(RuntimeError):
    """The clock may not be moved here; the message says why."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the clock stands after a move, and at how many due rows' instants it stopped on the way."""

    now: datetime
    stops: int


def move_to(app: App, moment: datetime, *, quiet: Callable[[], None] | None = None) -> Moved:
    """Move domain time forward to `moment` (aware), doing at each instant what is due there.

    A moment that has passed already moves nothing; what is due now is still done. `quiet` is called at each stop after
    the work, and again after whatever it caused: it may wait for status reports, or let a test look. Raises NotMovable.
    """
    if not reaches_nobody(app.settings):
        raise NotMovable("the clock moves only while the provider is the stand-in of the demo")
    stops = 0
    while True:
        settle(app, quiet)
        with app.database.write() as session:
            session.execute(select(Clock).where(Clock.id == 1).with_for_update())
            real = app.real_now()
            now = domain_now(session, lambda: real)  # noqa: B023  called at once
            due = next_due(session, now)
            target = moment if due is None else min(due, moment)
            if target <= now:
                return Moved(now, stops)
            set_offset(session, target - real)
        stops += 1


def settle(app: App, quiet: Callable[[], None] | None = None) -> None:
    """Do what is due now, and what comes of it, until nothing is left and nobody else holds any of it."""
    deadline = machine.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while True:
        while run_due(app) + mind(app) + take_turns(app) + send_due(app):
            pass
        if quiet is not None:
            quiet()
        if _quiet(app) or machine.monotonic() > deadline:
            return
        pause.wait(_LOOK_SECONDS)


def next_due(
    session: Session, after: datetime, *, shop_id: int | None = None, conversation_id: int | None = None
) -> datetime | None:
    """The first instant after `after` at which anything is due: a turn, a text, a batch of a start, what people put off.

    With `conversation_id` (and its shop) only what concerns that conversation. None: nothing, ever.
    """
    turns = select(func.min(Conversation.work_due_at)).where(Conversation.work_due_at > after)
    # the status is written out: with a parameter neither database can use the partial index
    texts = select(func.min(Outbound.due_at)).where(Outbound.status == _READY, Outbound.due_at > after)
    if conversation_id is not None:
        turns = turns.where(Conversation.shop_id == shop_id, Conversation.id == conversation_id)
        texts = texts.where(Outbound.shop_id == shop_id, Outbound.conversation_id == conversation_id)
    found = [session.execute(turns).scalar(), session.execute(texts).scalar()]
    found.append(next_put_off(session, after, shop_id=shop_id, conversation_id=conversation_id))
    if conversation_id is None:
        batches = select(func.min(FlowStart.next_batch_at)).where(FlowStart.next_batch_at > after)
        found.append(session.execute(batches).scalar())
    return min((moment for moment in found if moment is not None), default=None)


def next_morning(now: datetime, zone: str) -> datetime:
    """The next 09:05 in that zone, as UTC."""
    local = now.astimezone(zone_named(zone))
    today = datetime.combine(local.date(), MORNING, zone_named(zone))
    if today > local:
        return today.astimezone(UTC)
    return datetime.combine(local.date() + timedelta(days=1), MORNING, zone_named(zone)).astimezone(UTC)


def _quiet(app: App) -> bool:
    """Whether nothing is due, and no text is in anybody's hands."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        waiting = (
            select(Conversation.id).where(Conversation.work_due_at <= now),
            select(Outbound.id).where(Outbound.status == _READY, Outbound.due_at <= now),
            select(Outbound.id).where(Outbound.status == _CLAIMED, Outbound.lease_until > app.real_now()),
        )
        return not any(session.execute(each.limit(1)).first() for each in waiting) and not people_wait(
            session, now
        )
