"""The breaker: a flow that too many opt out of, or whose texts fail too often, is held until a person has looked.

Owns the looking, the holding and the letting go. The texts of a held flow wait (rule `breaker`), nobody is enrolled in it
(bot.audience.starts), and whoever asks is answered. One look a minute over an index, however much is sent: no text pays
for it. It alone prevents the campaign that is wrong as a whole, every text of it lawful, right and unwanted.

Known gap: it looks at the newest LOOKED_AT texts of all shops together. A flow that sends little while others flood is
looked at when they have calmed down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compliance.rules.goodwill import HELD_WHY
from bot.compose import App
from bot.conversations.rows import fixed, insert_once
from bot.models import (
    Alert,
    Audit,
    Customer,
    Enrolment,
    Flow,
    Outbound,
    Shop,
    Suppression,
)
from bot.sending.heeding import raise_alert
from bot.shops import ShopSettings
from bot.staff import audit
from bot.staff.audit import By

LAST, WITHIN = 200, timedelta(hours=24)
"""Of a flow's texts the last 200 of 24 hours are weighed ..."""
AT_LEAST = 30
"""... when there are so many: one opt-out of three texts says nothing."""
LOOKED_AT = 5000
FLOW_HELD, TALKS_TO_A_MACHINE = "flow_held", "talks_to_a_machine"
"""Codes of the alerts."""
LOOPS = frozenset({"loop", "answers"})
"""Rules whose Deny says that two machines talk."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a flow's last texts. `failed`: refused, not delivered, or nobody knows; opt-outs are not among them."""

    shop_id: int
    flow_id: int
    flow: str
    texts: int
    opted_out: int
    failed: int


@dataclass(frozen=True, slots=True)
class HeldFlow:
    """A flow that waits for a person."""

    shop_id: int
    name: str
    since: datetime
    why: str


def look(app: App) -> list[Tally]:
    """Hold every flow whose last texts went wrong; gives those that were not held before."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        bad = [(tally, why) for tally in tallies(session, now) if (why := _wrong(session, tally))]
    held = []
    for tally, why in bad:
        with app.database.write() as session:
            if not _hold(session, tally, why, now):
                continue
        raise_alert(
            app, f"shop {tally.shop_id} flow {tally.flow}"[:64], FLOW_HELD, f"held: {why}", app.real_now()
        )
        held.append(tally)
    return held


def tallies(session: Session, now: datetime) -> list[Tally]:
    """What came of the last texts of each flow that is not held."""
    return [Tally(*row) for row in session.execute(_TALLIES, {"since": now - WITHIN})]


def held_flows(session: Session, shop_id: int | None = None) -> list[HeldFlow]:
    """The flows that are held, of one shop or of all."""
    statement = select(Flow.shop_id, Flow.name, Flow.held_at, Flow.held_why).where(Flow.held_at.is_not(None))
    if shop_id is not None:
        statement = statement.where(Flow.shop_id == shop_id)
    rows = session.execute(statement.order_by(Flow.shop_id, Flow.name))
    return [HeldFlow(row.shop_id, row.name, row.held_at, row.held_why or "") for row in rows]


def resume(session: Session, shop_id: int, name: str, now: datetime, *, by: By | str) -> int | None:
    """Let a flow go on: what left so far is weighed no more, and its texts are asked about at once. `by`: who says so, or the
    name of what they did it with.

    Gives how many texts waited; None: it was not held.
    """
    flow_id = session.execute(
        select(Flow.id).where(Flow.shop_id == shop_id, Flow.name == name, Flow.held_at.is_not(None))
    ).scalar()
    if flow_id is None:
        return None
    session.execute(
        update(Flow).where(Flow.id == flow_id).values(held_at=None, held_why=None, watched_from=now)
    )
    passages = select(Enrolment.id).where(Enrolment.shop_id == shop_id, Enrolment.flow_id == flow_id)
    woken = session.execute(
        update(Outbound)
        .where(
            Outbound.shop_id == shop_id,
            Outbound.status == fixed("ready"),
            Outbound.kind == fixed("marketing"),
            Outbound.due_at > now,
            Outbound.why.startswith(HELD_WHY, autoescape=True),
            Outbound.enrolment_id.in_(passages),
        )
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    audit.record(
        session,
        by if isinstance(by, By) else By(by),
        "flow resumed",
        shop_id=shop_id,
        at=now,
        subject=audit.Subject("flow", flow_id),
        details={"flow": name},
    )
    return int(woken.rowcount)  # type: ignore[attr-defined]


def tell_of_machine(session: Session, conversation_id: int, why: str, real: datetime) -> None:
    """Two machines talk, or seem to: tell the operator once. The conversation goes to a person by the turn that follows."""
    about, told = f"conversation {conversation_id}", f"the bot stopped answering: {why}"[:200]
    values = {"about": about, "code": TALKS_TO_A_MACHINE, "told": told, "times": 1}
    if insert_once(session, Alert, {**values, "first_at": real, "last_at": real}) is None:
        session.execute(_TOLD_AGAIN, {"its_about": about, "its_told": told, "real": real})


def _wrong(session: Session, tally: Tally) -> str | None:
    """What is abnormal about these texts, by the shop's own measure."""
    if tally.texts < AT_LEAST:
        return None
    own = ShopSettings.model_validate(
        session.execute(select(Shop.settings).where(Shop.id == tally.shop_id)).scalar_one()
    )
    for count, most, what in (
        (tally.opted_out, own.breaker_opt_outs_percent, "opted out"),
        (tally.failed, own.breaker_failed_percent, "failed"),
    ):
        if most is not None and count * 100 > most * tally.texts:
            return f"{count} of the last {tally.texts} {what}"
    return None


def _hold(session: Session, tally: Tally, why: str, now: datetime) -> bool:
    """True if it was not held already."""
    held = session.execute(
        update(Flow)
        .where(Flow.id == tally.flow_id, Flow.held_at.is_(None))
        .values(held_at=now, held_why=why[:64])
    )
    if held.rowcount:  # type: ignore[attr-defined]
        details = {"flow": tally.flow, "why": why}
        session.add(
            Audit(shop_id=tally.shop_id, actor="breaker", action="flow held", details=details, at=now)
        )
    return bool(held.rowcount)  # type: ignore[attr-defined]


def _tallies() -> Any:
    """Over ix_outbound_marketing_left, the newest first; each flow's own LAST of them."""
    newest = (
        select(
            Outbound.shop_id,
            Outbound.enrolment_id,
            Outbound.attempted_at,
            Outbound.status,
            Outbound.provider_status,
        )
        .where(Outbound.kind == fixed("marketing"), Outbound.attempted_at > bindparam("since"))
        .order_by(Outbound.attempted_at.desc())
        .limit(LOOKED_AT)
        .subquery("newest")
    )
    opted_out = and_(
        Suppression.kind.in_(("opted_out", "no_marketing")), Suppression.since >= newest.c.attempted_at
    )
    failed = or_(
        newest.c.status.in_(("refused", "unknown")), newest.c.provider_status.in_(("failed", "undelivered"))
    )
    number = func.row_number().over(partition_by=Enrolment.flow_id, order_by=newest.c.attempted_at.desc())
    each = (
        select(
            Flow.shop_id,
            Flow.id.label("flow_id"),
            Flow.name,
            case((opted_out, 1), else_=0).label("opted_out"),
            case((opted_out, 0), (failed, 1), else_=0).label("failed"),
            number.label("number"),
        )
        .select_from(newest)
        .join(Enrolment, (Enrolment.shop_id == newest.c.shop_id) & (Enrolment.id == newest.c.enrolment_id))
        .join(Flow, (Flow.shop_id == Enrolment.shop_id) & (Flow.id == Enrolment.flow_id))
        .join(Customer, (Customer.shop_id == Enrolment.shop_id) & (Customer.id == Enrolment.customer_id))
        .outerjoin(
            Suppression,
            (Suppression.shop_id == Customer.shop_id) & (Suppression.phone_key == Customer.phone_key),
        )
        .where(
            Enrolment.start_id.is_not(None),
            Enrolment.trial.is_(False),
            Flow.held_at.is_(None),
            Flow.watched_from.is_(None) | (newest.c.attempted_at > Flow.watched_from),
        )
        .subquery("each")
    )
    return (
        select(
            each.c.shop_id,
            each.c.flow_id,
            each.c.name,
            func.count(),
            func.sum(each.c.opted_out),
            func.sum(each.c.failed),
        )
        .where(each.c.number <= LAST)
        .group_by(each.c.shop_id, each.c.flow_id, each.c.name)
        .order_by(each.c.flow_id)
    )


_TALLIES = _tallies()
_ALERTS: Table = Alert.__table__  # type: ignore[assignment]
_TOLD_AGAIN = (
    update(_ALERTS)
    .where(_ALERTS.c.about == bindparam("its_about"), _ALERTS.c.code == TALKS_TO_A_MACHINE)
    .values(
        times=_ALERTS.c.times + 1,
        told=bindparam("its_told"),
        last_at=bindparam("real", type_=_ALERTS.c.last_at.type),
    )
)
