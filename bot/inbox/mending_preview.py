"""What would come of mending a wrong offer now: done for the first holders, and rolled back, a few at a time.

Owns the preview. Changes nothing, and keeps nobody waiting: what it writes and takes back would block each webhook on SQLite,
so a transaction of it sees to a few holders alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.compliance.gate import Allow, Decision, Defer, Deny
from bot.db import Database
from bot.inbox import Actor, Gone, NotAllowed
from bot.inbox.mended_code import Fate, mend_one
from bot.inbox.mending import Faulty, Mend, columns, give_way, wanted
from bot.inbox.mending_holders import count, free, holders, used
from bot.keys import Keys
from bot.models import Coupon, MendedCode, Mending
from bot.sending.claiming import PASSING
from bot.sending.forecast import forecast

LOOKED_AT = 100
"""Holders whose texts a preview writes and asks the gate about; the others are counted."""
TOGETHER = 5
"""Holders of one transaction."""
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of it. `fates` and `gate` (allow, defer, wait RULE where that is for the moment, or deny RULE) say how many of each among the first
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


def preview(
    database: Database, keys: Keys, link_url: str, mend: Mend, actor: Actor, now: datetime
) -> Preview | Faulty | Gone | NotAllowed:
    """What would come of it now. Opens its own transactions, and changes nothing."""
    with database.read() as session:
        found = wanted(session, mend, actor, now)
        if not isinstance(found, Mending):
            return found
        whose = session.scalars(holders(found, now).order_by(Coupon.id).limit(LOOKED_AT)).all()
        there = count(session, holders(found, now))
        gone = count(session, used(found))
        spare = count(session, free(actor.shop_id, mend.pool)) if mend.pool else None
    seen = _Seen()
    for first in range(0, len(whose), TOGETHER):
        with database.write() as session:
            _suppose(session, keys, link_url, found, whose[first : first + TOGETHER], seen, now)
            session.rollback()
        give_way(database)
    return Preview(
        holders=there,
        used=gone,
        looked_at=len(whose),
        fates=dict(seen.fates),
        gate=dict(seen.gate),
        because=seen.because,
        samples=tuple(seen.samples),
        free=spare,
    )


@dataclass(slots=True)
class _Seen:
    """What the transactions found so far. `taken`: free codes that they gave away, which the next may not give again."""

    fates: Counter[Fate] = field(default_factory=Counter)
    gate: Counter[str] = field(default_factory=Counter)
    because: dict[str, str] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)


def _suppose(
    session: Session,
    keys: Keys,
    link_url: str,
    what: Mending,
    whose: Sequence[int],
    seen: _Seen,
    now: datetime,
) -> None:
    """Mend these codes, and note what came of it. The caller rolls it back."""
    session.execute(
        update(Coupon)
        .where(Coupon.shop_id == what.shop_id, Coupon.id.in_(seen.taken))
        .values(status="void")
        .execution_options(synchronize_session=False)
    )
    supposed = Mending(**columns(what), key=f"preview {now.isoformat()}"[:64], done_at=None)
    session.add(supposed)
    session.flush()
    for coupon_id in whose:
        fate, text, subject = mend_one(session, keys, link_url, supposed, coupon_id, now)
        seen.fates[fate] += 1
        if text is None or subject is None:
            continue
        session.expunge(text)
        answer = forecast(session, subject, text, now, link_url=link_url)
        seen.gate[_word(answer)] += 1
        if isinstance(answer, Deny):
            seen.because.setdefault(_word(answer), answer.why)
        if len(seen.samples) < SAMPLES:
            seen.samples.append(text.body)
    given = select(MendedCode.by_coupon_id).where(
        MendedCode.shop_id == what.shop_id, MendedCode.mending_id == supposed.id
    )
    seen.taken += [each for each in session.scalars(given) if each is not None]


def _word(answer: Decision) -> str:
    match answer:
        case Allow():
            return "allow"
        case Defer():
            return "defer"
        case Deny(rule=rule):
            return f"wait {rule}" if rule in PASSING else f"deny {rule}"
