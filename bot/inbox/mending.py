"""A wrong offer, mended for all who hold it at once, and never for less than was promised.

Owns the decision, and its going on where it was stopped. What would come of it is bot.inbox.mending_preview's, how far it is
bot.inbox.mending_standing's, who holds a code bot.inbox.mending_holders'; what becomes of one code is bot.inbox.mended_code's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.conversations.rows import insert_once
from bot.db import Database
from bot.db_faults import again, fault_of
from bot.inbox import Actor, Gone, NotAllowed
from bot.inbox.mended_code import mend_one
from bot.inbox.mending_holders import count, free, left
from bot.models import Coupon, Flow, MendedCode, Mending
from bot.staff import audit
from flows.prover.says import template_faults

AT_ONCE = 300
"""Holders that one call sees to."""
TURN_SECONDS = 0.006
"""SQLite has one writer, and whoever waits for it looks every few thousandths of a second (bot.db): so long it is theirs
between two transactions of a long task."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What is wrong and what is right. `pool`: where codes that work come from; None: their own code stays, and lasts
    longer. `bodies`: the text, in Liquid, by language; empty: nobody is told."""

    flow: str
    offer: str
    given_after: datetime | None = None
    given_before: datetime | None = None
    pool: str | None = None
    days: int
    """How long it lasts from now on, at least: nobody's end gets earlier."""
    bodies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Faulty:
    """It cannot be done so. `problems`: everything that is wrong with it, one sentence each."""

    problems: tuple[str, ...]


def begin(
    session: Session, mend: Mend, key: str, actor: Actor, now: datetime
) -> int | Faulty | Gone | NotAllowed:
    """Keep it as a task; gives its number. `key` from the form: sent twice, it is one. `carry_on` does it."""
    found = wanted(session, mend, actor, now)
    if not isinstance(found, Mending):
        return found
    values = columns(found) | {"key": key[:64]}
    made = insert_once(session, Mending, values)
    if made is None:
        return session.execute(
            select(Mending.id).where(Mending.shop_id == actor.shop_id, Mending.key == key[:64])
        ).scalar_one()
    audit.record(
        session,
        actor.by,
        "offer_mended",
        shop_id=actor.shop_id,
        at=now,
        subject=audit.Subject("mending", made),
        details={"flow": mend.flow, "offer": mend.offer, "pool": mend.pool, "days": mend.days},
    )
    return made


def carry_on(app: App, at_most: int = AT_ONCE) -> int:
    """Do what is left of all tasks, a holder a transaction; gives how many were seen to. The clock calls it; killed in
    between, it goes on there, for what became of each code is written down with it."""
    with app.database.read() as session:
        tasks = session.execute(
            select(Mending.id, Mending.shop_id).where(Mending.done_at.is_(None)).order_by(Mending.id)
        ).all()
    seen = 0
    for mending_id, shop_id in tasks:
        seen += _carry_on(app, mending_id, shop_id, at_most - seen)
        if seen >= at_most:
            break
    if seen:
        app.bell.ring("sends")
    return seen


def give_way(database: Database) -> None:
    """Let others write, between two transactions of a long task: a webhook is not to wait for its end."""
    if database.is_sqlite:
        time.sleep(TURN_SECONDS)


def wanted(session: Session, mend: Mend, actor: Actor, now: datetime) -> Mending | Faulty | Gone | NotAllowed:
    """The decision as a row that is not stored yet."""
    if not actor.may("coupons.mend"):
        return NotAllowed("coupons.mend")
    flow_id = session.execute(
        select(Flow.id).where(Flow.shop_id == actor.shop_id, Flow.name == mend.flow)
    ).scalar_one_or_none()
    if flow_id is None:
        return Gone()
    problems = []
    if not 1 <= mend.days <= 365:
        problems.append("It lasts 1 to 365 days from now.")
    if mend.given_after and mend.given_before and mend.given_after >= mend.given_before:
        problems.append("Nobody can have got it after its end: «after» is later than «before».")
    for language, body in mend.bodies:
        problems += [f"{language}: {message} {remedy}" for _, message, remedy in template_faults(body)]
        if not body.strip():
            problems.append(f"{language}: the text is empty.")
    if mend.pool and not count(session, free(actor.shop_id, mend.pool)):
        problems.append(f"No code is free in {mend.pool}: `winback coupons` fills it.")
    if problems:
        return Faulty(tuple(problems))
    return Mending(
        shop_id=actor.shop_id,
        key=f"preview {now.isoformat()}",
        staff_id=actor.staff_id,
        flow_id=flow_id,
        offer=mend.offer,
        given_after=mend.given_after,
        given_before=mend.given_before,
        pool=mend.pool or None,
        ends_at=now + timedelta(days=mend.days),
        bodies=dict(mend.bodies),
        at=now,
        done_at=None,
    )


def columns(mending: Mending) -> dict[str, Any]:
    """Its columns as they are stored at first, without its key."""
    return {name: getattr(mending, name) for name in _COLUMNS} | {"upto": 0}


_COLUMNS = (
    "shop_id", "staff_id", "flow_id", "offer", "given_after", "given_before", "pool", "ends_at", "bodies", "at",
)  # fmt: skip


def _carry_on(app: App, mending_id: int, shop_id: int, at_most: int) -> int:
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        mending = session.get_one(Mending, mending_id)
        rows = session.scalars(left(mending, now).order_by(Coupon.id).limit(at_most)).all()
    for coupon_id in rows:
        _mend_apart(app, mending_id, coupon_id)
        give_way(app.database)
    if len(rows) < at_most:
        with app.database.write() as session:
            session.execute(
                update(Mending)
                .where(Mending.shop_id == shop_id, Mending.id == mending_id)
                .values(done_at=domain_now(session, app.real_now))
            )
    return len(rows)


def _mend_apart(app: App, mending_id: int, coupon_id: int) -> None:
    """One code, in a transaction of its own: a fault in it is written down, and keeps nobody else waiting."""
    try:
        again(lambda: _mend(app, mending_id, coupon_id))
    except Exception as error:
        if fault_of(error) != "other":  # the database's: the next call goes on here
            raise
        _log.exception("a code could not be mended", mending=mending_id, coupon=coupon_id)
        with app.database.write() as session:
            shop_id = session.get_one(Mending, mending_id).shop_id
            values = {"shop_id": shop_id, "mending_id": mending_id, "coupon_id": coupon_id, "fate": "failed"}
            insert_once(session, MendedCode, values)


def _mend(app: App, mending_id: int, coupon_id: int) -> None:
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        mending = session.get_one(Mending, mending_id)
        mend_one(session, app.keys, app.settings.link_url, mending, coupon_id, now)
