"""Starting a flow: nobody is texted because something was published, only because somebody said start.

Owns the start, and the batches after it. Once a day the customers whom the trigger names are enrolled; a daily limit
spreads them over the days that follow, and customers who come to fit later join as they do. What happens at a moment (an
order, a cart) is looked at then (bot.audience.looks); a keyword's flow is begun by its text (bot.conversations.begun).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.audience import rfm
from bot.audience.conditions import PRIORITY, Asked, asked
from bot.audience.enrol import enrol
from bot.audience.finding import Candidate, Place, candidates, place_of, still
from bot.audience.kinds import STANDING, kind_of
from bot.audience.looks import next_look
from bot.audience.plans import Plan, plan
from bot.audience.start_rows import columns_of_start
from bot.clock import domain_now
from bot.compose import App
from bot.flows_store import flow_of
from bot.models import Flow as FlowRow
from bot.models import FlowRevision, FlowStart, Shop
from bot.sending.feeds import waits_for_orders
from bot.shops import ShopSettings
from flows.zones import zone_named

__all__ = ["BATCH", "Plan", "plan", "run_due", "running", "start", "stop"]

BATCH = 100
"""Enrolments a transaction: the write lock stays short."""


def start(
    session: Session,
    revision: FlowRevision,
    now: datetime,
    *,
    daily_limit: int | None,
    total: int | None,
    by: str,
) -> FlowStart:
    """Begin. The clock does the rest, a batch a day; the first one is due now. A keyword's start only stands ready.

    Raises ValueError for a flow without a trigger.
    """
    settings = ShopSettings.model_validate(session.get_one(Shop, revision.shop_id).settings)
    flow = flow_of(session, revision.id)
    if kind_of(flow.trigger) == "manual":
        raise ValueError(f"{flow.name} has no trigger")
    made = FlowStart(
        shop_id=revision.shop_id,
        revision_id=revision.id,
        daily_limit=daily_limit or settings.daily_starts,
        total_limit=total,
        started_at=now,
        started_by=by,
        **columns_of_start(flow, now),
    )
    session.add(made)
    session.flush()
    return made


def running(session: Session, shop_id: int, flow_id: int) -> FlowStart | None:
    """The start of this flow that goes on, if there is one: a second one would double the day's texts."""
    return (
        session.execute(
            select(FlowStart)
            .join(
                FlowRevision,
                (FlowRevision.shop_id == FlowStart.shop_id) & (FlowRevision.id == FlowStart.revision_id),
            )
            .where(
                FlowStart.shop_id == shop_id, FlowRevision.flow_id == flow_id, FlowStart.status == "running"
            )
            .order_by(FlowStart.id)
        )
        .scalars()
        .first()
    )


def stop(session: Session, shop_id: int, flow_id: int) -> int:
    """Enrol nobody more. Conversations under way go on."""
    revisions = select(FlowRevision.id).where(
        FlowRevision.shop_id == shop_id, FlowRevision.flow_id == flow_id
    )
    done = session.execute(
        update(FlowStart)
        .where(
            FlowStart.shop_id == shop_id, FlowStart.revision_id.in_(revisions), FlowStart.status == "running"
        )
        .values(status="stopped", next_batch_at=None)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def run_due(app: App) -> int:
    """Take the batches that are due, of higher priority first; gives how many customers were enrolled."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        due = session.scalars(
            select(FlowStart.id)
            .where(FlowStart.next_batch_at <= now)
            .order_by(func.coalesce(FlowStart.priority, PRIORITY).desc(), FlowStart.id)
        ).all()
    return sum(_batch(app, start_id) for start_id in due)


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found for a start, before anything is written. `revision_id` and `seen`: where the start led and its own notes,
    as they were then."""

    ask: Asked
    revision_id: int
    seen: dict[str, Any]
    found: list[Candidate]
    last: Place | None
    """Where the next look goes on; None: all have been looked at."""


def _batch(app: App, start_id: int) -> int:
    """Today's share of one start, in short transactions. Killed in between, the next look goes on with the rest.

    The looking is done in a transaction that only reads: it may take long, and SQLite has one writer. Whom it found is asked
    anew in the one that writes.
    """
    enrolled, over = 0, False
    while not over and (look := _look(app, start_id)) is not None:
        made, over = _take(app, start_id, look)
        enrolled += made
    return enrolled


def _take(app: App, start_id: int, look: _Look) -> tuple[int, bool]:
    """Enrol those of a look who still fit; gives how many, and whether there is no more to do now."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        row = _locked(session, start_id, now)
        if row is None:  # somebody else has it
            return 0, True
        if (row.revision_id, row.params) != (look.revision_id, look.seen):
            return (
                0,
                True,
            )  # somebody has gone on with it, or led it into another revision, which asks other customers
        ask = replace(look.ask, now=now)
        if ask.bounds is not None:
            rfm.keep(session, row.shop_id, ask.bounds, now)
        fit = {each.customer_id: each for each in still(session, ask, [e.customer_id for e in look.found])}
        made = [
            each.arm
            for each in look.found
            if each.customer_id in fit and enrol(session, row.shop_id, row, fit[each.customer_id], now)
        ]
        return len(made), _note(session, row, ask, made.count("treated"), look.last)


def _look(app: App, start_id: int) -> _Look | None:
    """Whom the next batch would enrol; None: nothing is due, or it has to wait, which is then written down."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        row = session.get(FlowStart, start_id)
        if row is None or row.next_batch_at is None or row.next_batch_at > now:
            return None
        # in test every text would be denied, and its customer's one passage be over; without fresh order data nobody
        # knows who has lapsed; and a flow that is held waits for a person
        shop = session.get_one(Shop, row.shop_id)
        waits = shop.state != "live" or waits_for_orders(shop, now) or _held(session, row.revision_id)
        if not waits:
            return _found(session, row, now)
    with app.database.write() as session:
        locked = _locked(session, start_id, now)
        if locked is not None:
            locked.next_batch_at = now + timedelta(hours=1)
    return None


def _found(session: Session, row: FlowStart, now: datetime) -> _Look:
    """Up to a batch of those who fit, from where the last one ended."""
    flow = flow_of(session, row.revision_id)
    flow_id = session.get_one(FlowRevision, row.revision_id).flow_id
    ask = asked(session, row.shop_id, flow_id, flow, now, row.started_at)
    room = row.daily_limit - _today(row, ask)
    if row.total_limit is not None:
        room = min(room, row.total_limit - int(row.params.get("enrolled", 0)))
    told = row.params.get("after")
    after = (datetime.fromisoformat(told[0]) if told[0] else None, int(told[1])) if told else None
    found: list[Candidate] = []
    treated, last = 0, None
    for each in candidates(session, ask, after=after):
        if treated >= room or len(found) >= BATCH:
            last = place_of(ask, found[-1]) if found else after
            break
        found.append(each)
        treated += each.arm == "treated"
    return _Look(ask, row.revision_id, dict(row.params), found, last)


def _note(session: Session, row: FlowStart, ask: Asked, treated: int, last: Place | None) -> bool:
    """Write down how far it came; gives whether this was all for now."""
    today = _today(row, ask) + treated
    total = int(row.params.get("enrolled", 0)) + treated
    full = row.total_limit is not None and total >= row.total_limit
    spent = today >= row.daily_limit
    over = full or last is None or spent
    stands = ask.kind in STANDING
    # the next batch of the day goes on behind this one: from the start, it would pass over all of the day's
    after = None if over or last is None else [last[0].isoformat() if last[0] else None, last[1]]
    row.params = {
        **row.params,
        "enrolled": total,
        "today": today if stands or not over else 0,
        "day": _day(ask),
        "after": after,
    }
    if full:
        row.status, row.next_batch_at = "done", None
    elif over and stands:
        row.next_batch_at = _tomorrow(ask) if spent else next_look(session, ask)
    elif over and row.next_batch_at is not None:
        row.next_batch_at = row.next_batch_at + timedelta(days=1)
        if row.next_batch_at <= ask.now:  # the clock was away for days: no rush of missed batches
            row.next_batch_at = ask.now + timedelta(days=1)
    return over


def _today(row: FlowStart, ask: Asked) -> int:
    """How many of the day's were enrolled already. A start that stands ready counts by the shop's calendar."""
    if ask.kind in STANDING and row.params.get("day") != _day(ask):
        return 0
    return int(row.params.get("today", 0))


def _day(ask: Asked) -> str:
    return ask.now.astimezone(zone_named(ask.zone)).date().isoformat()


def _tomorrow(ask: Asked) -> datetime:
    here = zone_named(ask.zone)
    return datetime.combine(ask.now.astimezone(here).date() + timedelta(days=1), time(), here)


def _locked(session: Session, start_id: int, now: datetime) -> FlowStart | None:
    """The start, ours until the commit; None: somebody else has it, or it is not due any more."""
    row = session.execute(
        select(FlowStart).where(FlowStart.id == start_id).with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    return row if row is not None and row.next_batch_at is not None and row.next_batch_at <= now else None


def _held(session: Session, revision_id: int) -> bool:
    flow = select(FlowRevision.flow_id).where(FlowRevision.id == revision_id).scalar_subquery()
    return session.execute(select(FlowRow.held_at).where(FlowRow.id == flow)).scalar() is not None
