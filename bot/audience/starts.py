"""Starting a flow: nobody is texted because something was published, only because somebody said start.

Owns the plan that is shown before, and the daily batches after. The newest lapsed go first; a daily limit spreads the
rest over the days that follow, and customers who lapse later join as they do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audience.enrol import Candidate, candidates, enrol
from bot.clock import domain_now
from bot.compose import App
from bot.flows_store import flow_of
from bot.models import Flow as FlowRow
from bot.models import FlowRevision, FlowStart, Shop
from bot.offers.coupons import counts
from bot.sending.feeds import waits_for_orders
from bot.shops import ShopSettings
from flows.definition import Flow

BATCH = 100
"""Enrolments a transaction: the write lock stays short."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a start would do, before anybody says yes. Money in cents."""

    flow: str
    revision: int
    customers: int
    control: int
    per_day: int
    days: int
    texts_at_most: int
    cost_at_most_cents: int
    codes_left: int | None
    """In the pool of its offers that has the fewest; None when it offers nothing."""


def plan(
    session: Session, revision: FlowRevision, now: datetime, *, daily_limit: int | None, total: int | None
) -> Plan:
    """How many would be texted, over how many days, at what cost if nobody answers (answers cost one part each)."""
    flow = flow_of(session, revision.id)
    settings = ShopSettings.model_validate(session.get_one(Shop, revision.shop_id).settings)
    per_day = daily_limit or settings.daily_starts
    treated = control = 0
    for each in candidates(session, revision.shop_id, revision.flow_id, flow, now):
        if total is not None and treated >= total:
            break
        if each.arm == "treated":
            treated += 1
        else:
            control += 1
    texts = treated * unanswered_texts(flow)
    return Plan(
        flow=flow.name,
        revision=revision.number,
        customers=treated,
        control=control,
        per_day=per_day,
        days=-(-treated // per_day) if treated else 0,
        texts_at_most=texts,
        cost_at_most_cents=round(texts * settings.part_cost_cents),
        codes_left=min(
            (_free(session, revision.shop_id, each.pool) for each in flow.offers.values()), default=None
        ),
    )


def _free(session: Session, shop_id: int, pool: str) -> int:
    return sum(
        number for name, status, number in counts(session, shop_id) if (name, status) == (pool, "pool")
    )


def unanswered_texts(flow: Flow) -> int:
    """How many texts somebody gets who never answers."""
    count, name, seen = 0, flow.start, set[str]()
    while name not in seen:
        seen.add(name)
        node = flow.nodes[name]
        count += 1 if node.say else 0
        onward = node.silence.then if node.silence else node.then
        if not onward or onward not in flow.nodes or node.end:
            break
        name = onward
    return count


def start(
    session: Session,
    revision: FlowRevision,
    now: datetime,
    *,
    daily_limit: int | None,
    total: int | None,
    by: str,
) -> FlowStart:
    """Begin. The clock does the rest, a batch a day; the first one is due now."""
    settings = ShopSettings.model_validate(session.get_one(Shop, revision.shop_id).settings)
    made = FlowStart(
        shop_id=revision.shop_id,
        revision_id=revision.id,
        daily_limit=daily_limit or settings.daily_starts,
        total_limit=total,
        params={"enrolled": 0},
        started_at=now,
        started_by=by,
        next_batch_at=now,
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
                FlowStart.shop_id == shop_id,
                FlowRevision.flow_id == flow_id,
                FlowStart.status == "running",
                FlowStart.next_batch_at.is_not(None),
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
    """Take the batches that are due; gives how many customers were enrolled."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        due = session.execute(select(FlowStart.id).where(FlowStart.next_batch_at <= now)).scalars().all()
    return sum(_batch(app, start_id) for start_id in due)


def _batch(app: App, start_id: int) -> int:
    """Today's share of one start, in short transactions. Killed in between, the next look goes on with the rest."""
    enrolled = 0
    while True:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            row = session.execute(
                select(FlowStart).where(FlowStart.id == start_id).with_for_update(skip_locked=True)
            ).scalar_one_or_none()
            if row is None or row.next_batch_at is None or row.next_batch_at > now:
                return enrolled
            shop = session.get_one(Shop, row.shop_id)
            # in test every text would be denied, and its customer's one passage be over; without fresh order data nobody
            # knows who has lapsed; and a flow that is held waits for a person
            if shop.state != "live" or waits_for_orders(shop, now) or _held(session, row.revision_id):
                row.next_batch_at = now + timedelta(hours=1)
                return enrolled
            today = int(row.params.get("today", 0))
            made, treated, last = _some(session, row, today, now)
            enrolled += made
            today += treated
            total = int(row.params.get("enrolled", 0)) + treated
            full = row.total_limit is not None and total >= row.total_limit
            over = full or made < BATCH or today >= row.daily_limit
            # the next batch of the day goes on behind this one: from the start, it would pass over all of the day's
            after = None if over or last is None else [last.last_order_at.isoformat(), last.customer_id]
            row.params = {**row.params, "enrolled": total, "today": 0 if over else today, "after": after}
            if full:
                row.status, row.next_batch_at = "done", None
            elif over:
                row.next_batch_at = row.next_batch_at + timedelta(days=1)
                if row.next_batch_at <= now:  # the clock was away for days: no rush of missed batches
                    row.next_batch_at = now + timedelta(days=1)
            if over:
                return enrolled


def _held(session: Session, revision_id: int) -> bool:
    flow = select(FlowRevision.flow_id).where(FlowRevision.id == revision_id).scalar_subquery()
    return session.execute(select(FlowRow.held_at).where(FlowRow.id == flow)).scalar() is not None


def _some(session: Session, row: FlowStart, today: int, now: datetime) -> tuple[int, int, Candidate | None]:
    """Enrol up to a batch; gives (rows made, of them treated, the last one looked at)."""
    flow = flow_of(session, row.revision_id)
    flow_id = session.get_one(FlowRevision, row.revision_id).flow_id
    room = row.daily_limit - today
    if row.total_limit is not None:
        room = min(room, row.total_limit - int(row.params.get("enrolled", 0)))
    picked: list[Candidate] = []
    treated = 0
    told = row.params.get("after")
    after = (datetime.fromisoformat(told[0]), int(told[1])) if told else None
    for each in candidates(session, row.shop_id, flow_id, flow, now, after=after):
        if treated >= room or len(picked) >= BATCH:
            break
        picked.append(each)
        treated += each.arm == "treated"
    made = [each for each in picked if enrol(session, row.shop_id, row, each, now) is not None]
    return len(made), sum(each.arm == "treated" for each in made), picked[-1] if picked else None
