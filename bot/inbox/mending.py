"""A wrong offer, mended for all who hold it at once: looked at first, then done, and never for less than was promised.

Owns the decision, its preview, and its going on where it was stopped. What becomes of one code is bot.inbox.mended_code's.
Who holds a code has got it in a text, and it is not over, void or used. A code that is still promised to a text is none of
them: mend the flow first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compliance.gate import Allow, Decision, Defer, Deny
from bot.compose import App
from bot.conversations.rows import insert_once
from bot.inbox import Actor, Gone, NotAllowed
from bot.inbox.mended_code import Fate, mend_one
from bot.keys import Keys
from bot.models import Conversation, Coupon, Flow, MendedCode, Mending, Outbound
from bot.sending.forecast import forecast
from bot.staff import audit
from flows.prover.says import template_faults

LOOKED_AT = 100
"""Holders whose texts a preview writes and asks the gate about; the others are counted."""
SAMPLES = 3
AT_ONCE = 300
"""Holders that one call sees to."""


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
class Preview:
    """What would come of it. `fates` and `gate` (allow, defer or deny RULE) say how many of each among the first
    `looked_at` holders; `because`: the gate's own sentence for each no among them;
    `samples`: the first few texts as they would read."""

    holders: int
    used: int
    looked_at: int
    fates: dict[Fate, int]
    gate: dict[str, int]
    because: dict[str, str]
    samples: tuple[str, ...]
    free: int | None
    """Codes that are free in the pool; None: none is needed."""


@dataclass(frozen=True, slots=True)
class Faulty:
    """It cannot be done so. `problems`: everything that is wrong with it, one sentence each."""

    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """How far it is. `left`: holders still to come."""

    mending_id: int
    done: int
    left: int
    fates: dict[str, int]
    texts: dict[str, int]
    """The texts that tell of it, by how they stand."""


def preview(
    session: Session, keys: Keys, link_url: str, mend: Mend, actor: Actor, now: datetime
) -> Preview | Faulty | Gone | NotAllowed:
    """What would come of it now: done for the first holders in a savepoint, and rolled back. Changes nothing."""
    found = _wanted(session, mend, actor, now)
    if not isinstance(found, Mending):
        return found
    fates, gate, samples = Counter[Fate](), Counter[str](), list[str]()
    because: dict[str, str] = {}
    holders = session.scalars(_holders(found, now).order_by(Coupon.id).limit(LOOKED_AT)).all()
    with session.begin_nested() as supposed:
        session.add(found)
        session.flush()
        for coupon_id in holders:
            fate, text, subject = mend_one(session, keys, link_url, found, coupon_id, now)
            fates[fate] += 1
            if text is None or subject is None:
                continue
            session.expunge(text)
            answer = forecast(session, subject, text, now, link_url=link_url)
            gate[_word(answer)] += 1
            if isinstance(answer, Deny):
                because.setdefault(_word(answer), answer.why)
            if len(samples) < SAMPLES:
                samples.append(text.body)
        supposed.rollback()
    return Preview(
        holders=_count(session, _holders(found, now)),
        used=_count(session, select(Coupon.id).where(*_of(found), Coupon.status == "redeemed")),
        looked_at=len(holders),
        fates=dict(fates),
        gate=dict(gate),
        because=because,
        samples=tuple(samples),
        free=_free(session, actor.shop_id, mend.pool) if mend.pool else None,
    )


def begin(
    session: Session, mend: Mend, key: str, actor: Actor, now: datetime
) -> int | Faulty | Gone | NotAllowed:
    """Keep it as a task; gives its number. `key` from the form: sent twice, it is one. `carry_on` does it."""
    found = _wanted(session, mend, actor, now)
    if not isinstance(found, Mending):
        return found
    values = {name: getattr(found, name) for name in _COLUMNS} | {"key": key[:64], "upto": 0}
    made = insert_once(session, Mending, values)
    if made is None:
        return session.execute(
            select(Mending.id).where(Mending.shop_id == actor.shop_id, Mending.key == key[:64])
        ).scalar_one()
    audit.record(
        session,
        audit.By(actor.name, staff_id=actor.staff_id),
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


def standing(session: Session, mending_id: int, actor: Actor, now: datetime) -> Mended | Gone:
    """How far it is."""
    found = session.execute(
        select(Mending).where(Mending.shop_id == actor.shop_id, Mending.id == mending_id)
    ).scalar_one_or_none()
    if found is None:
        return Gone()
    fates = session.execute(
        select(MendedCode.fate, func.count())
        .where(MendedCode.shop_id == actor.shop_id, MendedCode.mending_id == mending_id)
        .group_by(MendedCode.fate)
    )
    texts = session.execute(
        select(Outbound.status, func.count())
        .join(MendedCode, (MendedCode.shop_id == Outbound.shop_id) & (MendedCode.outbound_id == Outbound.id))
        .where(MendedCode.shop_id == actor.shop_id, MendedCode.mending_id == mending_id)
        .group_by(Outbound.status)
    )
    by_fate = {str(row[0]): int(row[1]) for row in fates}
    left = 0 if found.done_at else _count(session, _left(found, now))
    return Mended(found.id, sum(by_fate.values()), left, by_fate, {str(row[0]): int(row[1]) for row in texts})


def _carry_on(app: App, mending_id: int, shop_id: int, at_most: int) -> int:
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        mending = session.get_one(Mending, mending_id)
        rows = session.scalars(_left(mending, now).order_by(Coupon.id).limit(at_most)).all()
    for coupon_id in rows:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            mending = session.get_one(Mending, mending_id)
            mend_one(session, app.keys, app.settings.link_url, mending, coupon_id, now)
    done = {"done_at": now} if len(rows) < at_most else {}
    if rows or done:
        with app.database.write() as session:
            upto = {"upto": rows[-1]} if rows else {}
            session.execute(
                update(Mending)
                .where(Mending.shop_id == shop_id, Mending.id == mending_id)
                .values(**upto, **done)
            )
    return len(rows)


def _wanted(
    session: Session, mend: Mend, actor: Actor, now: datetime
) -> Mending | Faulty | Gone | NotAllowed:
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
    if mend.pool and not _free(session, actor.shop_id, mend.pool):
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


_COLUMNS = (
    "shop_id", "staff_id", "flow_id", "offer", "given_after", "given_before", "pool", "ends_at", "bodies", "at",
)  # fmt: skip


def _of(mending: Mending) -> list[ColumnElement[bool]]:
    wanted = [
        Coupon.shop_id == mending.shop_id,
        Coupon.flow_id == mending.flow_id,
        Coupon.offer == mending.offer,
        Coupon.starts_at.is_not(None),
        Coupon.starts_at <= mending.at,  # who gets one from now on, gets it right
    ]
    if mending.given_after is not None:
        wanted.append(Coupon.starts_at >= mending.given_after)
    if mending.given_before is not None:
        wanted.append(Coupon.starts_at < mending.given_before)
    return wanted


def _holders(mending: Mending, now: datetime) -> Select[int]:
    return (
        select(Coupon.id)
        .join(
            Conversation,
            (Conversation.shop_id == Coupon.shop_id) & (Conversation.customer_id == Coupon.customer_id),
        )
        .where(*_of(mending), Coupon.status == "live", Coupon.ends_at > now)
    )


def _left(mending: Mending, now: datetime) -> Select[int]:
    seen = select(MendedCode.coupon_id).where(
        MendedCode.shop_id == mending.shop_id, MendedCode.mending_id == mending.id
    )
    given = select(MendedCode.by_coupon_id).where(
        MendedCode.shop_id == mending.shop_id,
        MendedCode.mending_id == mending.id,
        MendedCode.by_coupon_id.is_not(None),
    )
    return _holders(mending, now).where(
        Coupon.id > mending.upto, Coupon.id.not_in(seen), Coupon.id.not_in(given)
    )


def _free(session: Session, shop_id: int, pool: str) -> int:
    return _count(
        session,
        select(Coupon.id).where(Coupon.shop_id == shop_id, Coupon.pool == pool, Coupon.status == "pool"),
    )


def _count(session: Session, asked: Select[int]) -> int:
    found: int = session.execute(select(func.count()).select_from(asked.subquery())).scalar_one()
    return found


def _word(answer: Decision) -> str:
    match answer:
        case Allow():
            return "allow"
        case Defer():
            return "defer"
        case Deny(rule=rule):
            return f"deny {rule}"
