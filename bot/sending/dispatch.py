"""Texts that are due: claimed under the conversation's lock, handed to the provider, and their end recorded.

Two transactions that beg to be merged, and must not be: the claim commits before the provider is called, so that a
crash in between leaves a row that says «may be on its way» (unknown) instead of one that looks unsent and would go
out twice (I3, I4). No transaction is open while the network is.

Owns claim, call and record. Whether a text may leave is the gate's answer (bot.sending.permission asks it).
"""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog
from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from bot.clock import OFFSET, domain_now, domain_time
from bot.compliance.gate import Allow, Defer, Deny
from bot.compose import App
from bot.conversations.rows import fixed, store
from bot.conversations.snapshot import facts_of
from bot.conversations.subjects import Subject, subject_of
from bot.db_faults import again, everybodys, persist
from bot.models import Conversation, Enrolment, Inbound, Outbound, Sender
from bot.offers.links import keep_links
from bot.sending import permission, results
from bot.sending.outcomes import Outcome, Sent, TextToSend, TryLater
from bot.sending.picking import heed, pick
from bot.sending.wanted import unwanted
from bot.stations import following, passed
from flows import codec
from flows.effects import SendText
from flows.render import Rendered, render
from flows.segments import measure

BATCH = 16
FRESH = timedelta(seconds=90)
"""A text older than this is rendered again before it leaves, so that date, code and price are true on arrival."""

PUT_OFF = timedelta(minutes=1)
"""How long a text whose claim failed waits, so that those behind it can leave."""

RECORD_SECONDS = 10.0
"""How long the ends of one batch wait for a database that is away. Less than a process has to end in."""

WORKER = socket.gethostname()[:60]

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A text that is ours to send, in plain values: the session that made it is closed by now."""

    outbound_id: int
    conversation_id: int
    text: TextToSend


def send_due(app: App, limit: int = 200) -> int:
    """Send what is due, oldest first, answers before openers; gives how many rows were looked at."""
    looked = 0
    while looked < limit:
        with app.database.read() as session:
            now = domain_now(session, app.real_now)
        due = pick(app, now, BATCH)
        if not due:
            break
        ends: dict[int, tuple[TextToSend, Outcome]] = {}
        claims: list[Claim] = []
        try:
            for row in due:
                if claim := _claim_apart(app, row.id, row.conversation_id):
                    claims.append(claim)  # those before a fault must be kept
                    passed("claimed", claim.text.public_id, conversation=claim.conversation_id)
        finally:  # what is claimed is called, come what may: else it would be unknown without having been sent
            called = _call(app, claims)
            until = time.monotonic() + RECORD_SECONDS
            for claim, outcome in called:
                ends[claim.outbound_id] = (claim.text, outcome)
                _record_apart(app, claim, outcome, until)
            heed(app, due, ends)
        looked += len(due)
        if not claims and len(due) < BATCH:
            break
    return looked


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


def _claim_apart(app: App, outbound_id: int, conversation_id: int) -> Claim | None:
    """Claim one text; a fault in it puts it off, and keeps nobody else waiting."""
    try:
        return again(lambda: _claim(app, outbound_id, conversation_id))
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
    return None


def _record_apart(app: App, claim: Claim, outcome: Outcome, until: float) -> None:
    """Record one end; where that fails, the lease makes the text unknown, and the others' ends are kept.

    A database that is being restarted is waited for. Not with «try later»: that may have been recorded without our
    hearing of it, and the row be somebody else's by now.
    """
    if isinstance(outcome, TryLater):
        until = 0.0
    with following(trace=claim.text.public_id):
        try:
            persist(lambda: _record(app, claim, outcome), until)
        except Exception:
            _log.exception("an outcome was not recorded", outbound=claim.outbound_id)


def _claim(app: App, outbound_id: int, conversation_id: int) -> Claim | None:
    """Under the conversation's lock: is it still wanted, is it allowed? Then it is ours."""
    with app.database.write() as session:
        locked: Any = session.execute(LOCK, {"conversation": conversation_id}).one_or_none()
        if locked is None:
            return None
        conversation, now = locked[0], domain_time(locked[1], app.real_now)
        row = session.get(Outbound, outbound_id)
        if row is None or row.status != "ready" or row.due_at > now:
            return None
        claim = _judge(app, session, conversation, row, now)
        if claim is None:  # a screen shows what became of it
            conversation.version += 1
        return claim


def _judge(
    app: App, session: Session, conversation: Conversation, row: Outbound, now: datetime
) -> Claim | None:
    """What is to become of a text that is due: claimed, put off, or ended."""
    if row.provider_id is not None:  # a report says that the provider has it, whatever its answer said then
        row.status, row.attempted_at = "claimed", row.attempted_at or now
        results.record(session, row.id, Sent(row.provider_id, row.provider_status or "sent"), now)
        return None
    if why := unwanted(session, row, conversation):
        results.not_sent(session, row, "withheld", why, final=False, now=now)
        return None
    if results.too_late(row, now):
        results.expire(session, row, now)
        return None
    subject = subject_of(session, conversation)
    asked = permission.ask(session, subject, row, now)
    permission.keep_receipt(session, row, asked, now)
    match asked.answer:
        case Defer(until=until, why=why):
            row.due_at, row.why = until, why[:64]
            return None
        case Deny(why=why):
            results.not_sent(session, row, "denied", why, final=True, now=now)
            return None
        case Allow():
            return _take(app, session, subject, row, asked.validity_seconds, now)
        case _:
            assert_never(asked.answer)


def _take(
    app: App, session: Session, subject: Subject, row: Outbound, validity_seconds: int | None, now: datetime
) -> Claim | None:
    sender = _sender(session, subject.conversation)
    if sender is None or subject.customer.phone is None:
        results.not_sent(session, row, "denied", "no number to send from or to", final=True, now=now)
        return None
    # an offer's clock starts with this attempt, and its text names the day on which it ends: never yesterday's (I11)
    old = now - row.created_at > FRESH or (row.effect or {}).get("offer") is not None
    if row.author == "bot" and old and not _again(app, session, subject, row, now):
        return None
    store(
        session,
        row,
        status="claimed",
        claimed_by=WORKER,
        lease_until=app.real_now() + timedelta(seconds=app.settings.lease_seconds),
        attempts=row.attempts + 1,
        attempted_at=now,
        why=None,
    )
    conversation, floor = subject.conversation, subject.conversation.floor_enrolment_id
    if row.enrolment_id and not (row.effect or {}).get("notice"):
        floor = _floor_after(session, conversation, row.enrolment_id)
    store(session, conversation, floor_enrolment_id=floor, version=conversation.version + 1)
    text = TextToSend(
        public_id=row.public_id,
        account=sender.account,
        to=subject.customer.phone,
        from_number=None if sender.messaging_service else sender.number,
        messaging_service=sender.messaging_service,
        body=row.body,
        validity_seconds=validity_seconds,
    )
    return Claim(row.id, row.conversation_id, text)


def _sender(session: Session, conversation: Conversation) -> Any:
    """The number that the customer texted last, so that the answer stands in the same thread; else the shop's first."""
    whose = {"shop": conversation.shop_id, "last_inbound": conversation.last_inbound_id}
    return session.execute(_SENDER, whose).first()


def _again(app: App, session: Session, subject: Subject, row: Outbound, now: datetime) -> bool:
    """Render anew a text that waited. False when the facts no longer carry it."""
    effect: SendText = codec.decode(SendText, row.effect)
    assert row.enrolment_id is not None
    facts = facts_of(
        session,
        app.keys,
        app.settings.link_url,
        subject,
        enrolment_id=row.enrolment_id,
        turn=row.turn or 0,
        now=now,
    )
    words = render(replace(effect), facts, now)
    if not isinstance(words, Rendered):
        results.not_sent(session, row, "denied", f"unrenderable: {words.why}", final=True, now=now)
        return False
    size = measure(words.body)
    row.body, row.encoding, row.parts = words.body, size.encoding, size.parts
    keep_links(session, subject, row.enrolment_id, row.turn or 0, words.body, facts.link, now)
    return True


def _floor_after(session: Session, conversation: Conversation, enrolment_id: int) -> int | None:
    """A reply belongs to the enrolment whose text was sent last; the front desk never takes it from a flow."""
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment and enrolment.start_id is not None and enrolment.status == "active":
        return enrolment_id
    return conversation.floor_enrolment_id


def _call(app: App, claims: list[Claim]) -> list[tuple[Claim, Outcome]]:
    """The provider, with no transaction open. Several at a time: each call is a round trip of waiting."""
    if len(claims) <= 1:
        return [(claim, app.provider.send(claim.text)) for claim in claims]
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(zip(claims, pool.map(lambda claim: app.provider.send(claim.text), claims), strict=True))


def _record(app: App, claim: Claim, outcome: Outcome) -> None:
    with app.database.write() as session:
        locked = session.execute(_LOCK_FOR_SURE, {"conversation": claim.conversation_id}).one()
        now = domain_time(locked.clock_offset_us, app.real_now)
        rings = results.record(session, claim.outbound_id, outcome, now)
    if rings:
        app.bell.ring("turns")


def due_count(session: Session, now: datetime) -> int:
    """Rows that are due: what the sweep looks for. Stops counting at one."""
    return len(
        session.execute(
            select(Outbound.id).where(Outbound.status == "ready", Outbound.due_at <= now).limit(1)
        ).all()
    )


# Built once: building a statement costs SQLAlchemy about as much as running it.
_TEXTED = select(Inbound.sender_number).where(Inbound.id == bindparam("last_inbound")).scalar_subquery()
_SENDER = (
    select(Sender.account, Sender.number, Sender.messaging_service)
    .where(Sender.shop_id == bindparam("shop"), Sender.active.is_(True))
    .order_by(case((Sender.number == _TEXTED, 0), else_=1), Sender.id)
    .limit(1)
)
LOCK = (
    select(Conversation, OFFSET)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update(skip_locked=True, of=Conversation)
)
"""The conversation, locked, unless another worker has it; and with it the clock, for the same trip."""
_LOCK_FOR_SURE = (
    select(Conversation, OFFSET)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update(of=Conversation)
)
