"""Texts that are due: claimed, handed to the provider, and their ends recorded, a batch at a time.

Two transactions that beg to be merged, and must not be: the claim commits before the provider is called, so that a
crash in between leaves a row that says «may be on its way» (unknown) instead of one that looks unsent and would go
out twice (I3, I4). No transaction is open while the network is.

Owns the order of claim, call and record, and what a fault in each may cost. What a claim asks is bot.sending.claiming's,
what an end means bot.sending.results'.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.clock import OFFSET, domain_now, domain_time
from bot.compose import App
from bot.conversations.rows import fixed, some
from bot.db_faults import again, everybodys, persist
from bot.models import Conversation, Outbound
from bot.sending import results
from bot.sending.claiming import Claim, claim_together
from bot.sending.outcomes import Outcome, TextToSend, TryLater
from bot.sending.picking import Due, heed, pick
from bot.stations import following, passed

BATCH = 16
"""Texts that are claimed together, and called side by side."""

PUT_OFF = timedelta(minutes=1)
"""How long a text whose claim failed waits, so that those behind it can leave."""

RECORD_SECONDS = 10.0
"""How long the ends of one batch wait for a database that is away. Less than a process has to end in."""

_log = structlog.stdlib.get_logger(__name__)


def send_due(app: App, limit: int = 200) -> int:
    """Send what is due, answers before openers; gives how many rows were looked at."""
    looked = 0
    while looked < limit:
        with app.database.read() as session:
            now = domain_now(session, app.real_now)
        due = _each_once(pick(app, now, BATCH))
        if not due:
            break
        ends: dict[int, tuple[TextToSend, Outcome]] = {}
        claims: list[Claim] = []
        try:
            _claim(app, due, claims)
        finally:  # what is claimed is called, come what may: else it would be unknown without having been sent
            for claim in claims:
                passed("claimed", claim.text.public_id, conversation=claim.conversation_id)
            called = _call(app, claims)
            ends = {claim.outbound_id: (claim.text, outcome) for claim, outcome in called}
            _record(app, called)
            heed(app, due, ends)
        looked += len(due)
        if not claims and len(due) < BATCH:
            break
    return looked


def _each_once(due: list[Due]) -> list[Due]:
    """The first text of each conversation. What may follow it depends on what becomes of it: that is for the next round."""
    firsts: dict[int, Due] = {}
    for each in due:
        firsts.setdefault(each.conversation_id, each)
    return list(firsts.values())


def expire_leases(app: App) -> int:
    """Claims whose worker never came back: unknown, never ready again (I4). Gives how many."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        rows = session.execute(
            select(Outbound.id, Outbound.conversation_id)
            .where(Outbound.status == fixed("claimed"), Outbound.lease_until < app.real_now())
            .limit(200)
        ).all()
        for row in rows:
            results.unknown(session, row.id, row.conversation_id, "the sender did not come back", now)
    return len(rows)


def _claim(app: App, due: list[Due], claims: list[Claim]) -> None:
    """Claim a batch, into `claims`; when that fails, each alone, so that what was claimed before a fault is kept."""
    if len(due) > 1:
        try:
            texts, whose = [each.id for each in due], [each.conversation_id for each in due]
            claims += again(lambda: claim_together(app, texts, whose))
            return
        except Exception as error:
            if everybodys(error):
                raise
            _log.warning("a batch of claims failed; each is tried alone", texts=len(due))
    for each in due:
        claims += _claim_apart(app, each.id, each.conversation_id)


def _claim_apart(app: App, outbound_id: int, conversation_id: int) -> list[Claim]:
    """Claim one text; a fault in it puts it off, and keeps nobody else waiting."""
    try:
        return again(lambda: claim_together(app, [outbound_id], [conversation_id]))
    except Exception as error:
        if everybodys(error):
            raise
        _log.exception("a claim failed", outbound=outbound_id)
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        session.execute(
            update(Outbound)
            .where(Outbound.id == outbound_id, Outbound.status == "ready", Outbound.due_at <= now)
            .values(due_at=now + PUT_OFF)
        )
    return []


def _call(app: App, claims: list[Claim]) -> list[tuple[Claim, Outcome]]:
    """The provider, with no transaction open. Several at a time: each call is a round trip of waiting."""
    if len(claims) <= 1:
        return [(claim, app.provider.send(claim.text)) for claim in claims]
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(zip(claims, pool.map(lambda claim: app.provider.send(claim.text), claims), strict=True))


def _record(app: App, called: list[tuple[Claim, Outcome]]) -> None:
    """Record the ends of a batch, together; when that fails, each alone, so that one fault costs one end.

    «Try later» is recorded alone and once: it may be recorded without our hearing of it, and the row be somebody else's
    by then.
    """
    until = time.monotonic() + RECORD_SECONDS
    ends = [each for each in called if not isinstance(each[1], TryLater)]
    if len(ends) > 1:
        try:
            again(lambda: record_together(app, ends))
            ends = []
        except Exception:
            _log.warning("a batch of ends was not recorded; each is tried alone", texts=len(ends))
    for claim, outcome in ends:
        _record_apart(app, claim, outcome, until)
    for claim, outcome in called:
        if isinstance(outcome, TryLater):
            _record_apart(app, claim, outcome, 0.0)


def _record_apart(app: App, claim: Claim, outcome: Outcome, until: float) -> None:
    """Record one end; where that fails, the lease makes the text unknown. A database that restarts is waited for."""
    with following(trace=claim.text.public_id):
        try:
            persist(lambda: record_together(app, [(claim, outcome)]), until)
        except Exception:
            _log.exception("an outcome was not recorded", outbound=claim.outbound_id)


def record_together(app: App, ends: Sequence[tuple[Claim, Outcome]]) -> None:
    """Write down what came of these calls, in one transaction."""
    with app.database.write() as session:
        whose = {"conversations": some(sorted({claim.conversation_id for claim, _ in ends}))}
        locked = session.execute(_LOCK_FOR_SURE, whose).all()
        now = domain_time(locked[0].clock_offset_us, app.real_now)
        rings = results.record_together(session, {claim.outbound_id: outcome for claim, outcome in ends}, now)
    if rings:
        app.bell.ring("turns")


def due_count(session: Session, now: datetime) -> int:
    """Rows that are due: what the sweep looks for. Stops counting at one."""
    return len(
        session.execute(
            select(Outbound.id).where(Outbound.status == "ready", Outbound.due_at <= now).limit(1)
        ).all()
    )


# In the order of their ids: two workers that wait for each other's would wait for ever.
_LOCK_FOR_SURE = (
    select(Conversation, OFFSET)
    .where(Conversation.id.in_(bindparam("conversations", expanding=True)))
    .order_by(Conversation.id)
    .with_for_update(of=Conversation)
)
