"""How every text ends, exactly once: sent, unknown, refused, denied, withheld, expired.

Owns the writing down of an end and what follows from it: waits are armed, the offer's clock starts, the engine hears
of a text that will not leave. Rows that are unknown, deferred or refused never block later ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, assert_never

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.conversations import holders, own_answers
from bot.conversations.rows import fixed, some, store
from bot.conversations.signals import signal
from bot.db import pending_of
from bot.models import Conversation, Customer, Outbound, Timer
from bot.offers import coupons
from bot.sending.outcomes import AWAY, Outcome, Refused, Sent, TryLater, Unknown
from bot.stations import passed
from flows.events import NotSent, OptedOut

TRIES: Mapping[str, timedelta] = {
    "compliance": timedelta(hours=1),
    "answer": timedelta(hours=1),
    "staff": timedelta(hours=4),
    "marketing": timedelta(hours=72),
}
"""For how long a text that the provider would not take is tried again, from its first refusal on: an answer has lost
its point after an hour, an opener waits for its windows. (How old a stop's confirmation may be is the gate's matter, R5.)
"""

LEFT = ("sent", "unknown")
"""Ends after which a text has reached the customer, or may have."""

LONGEST_BACKOFF = 3600.0


def record(session: Session, outbound_id: int, outcome: Outcome, now: datetime) -> bool:
    """Write down what came of one call; see `record_together`."""
    return record_together(session, {outbound_id: outcome}, now)


def record_together(session: Session, ends: Mapping[int, Outcome], now: datetime) -> bool:
    """Write down what came of calls, by outbound id. True when some conversation has a turn to take because of it.

    The caller holds the locks of their conversations. Only a claimed row can end here: a status report that came in
    first, or an expired lease, has already moved it.
    """
    # locked: a status report moves the row without the conversation, and what it says must not be written over (R99)
    rows = session.execute(_LOCKED, {"texts": some(sorted(ends))}).scalars().all()
    anchored = defaultdict[int, list[Any]](list)
    for timer in session.execute(_ANCHORED, {"texts": some(sorted(ends))}):
        anchored[timer.outbound_id].append(timer)
    offers = [row for row in rows if row.status == "claimed" and (row.effect or {}).get("offer")]
    rings = [_record(session, row, ends[row.id], anchored[row.id], now) for row in rows]
    left = [
        (row.conversation_id, row.enrolment_id, row.attempted_at or now)
        for row in offers
        if row.status in LEFT
    ]
    if left:
        coupons.go_live(session, left)
    return any(rings)


def _record(session: Session, row: Outbound, outcome: Outcome, timers: Sequence[Any], now: datetime) -> bool:
    if row.status != "claimed":
        if isinstance(outcome, Sent) and row.status == "unknown":
            row.status, row.provider_id, row.provider_status, row.why = (
                "sent",
                outcome.provider_id,
                row.provider_status or outcome.status,
                None,
            )
        elif isinstance(outcome, Sent) and row.provider_id is None:
            row.provider_id = outcome.provider_id
        return False
    if not isinstance(outcome, Refused):  # that one says so below
        passed(type(outcome).__name__.lower(), row.public_id, conversation=row.conversation_id)
    match outcome:
        case Sent(provider_id=provider_id, status=status):
            store(
                session,
                row,
                status="sent",
                provider_id=provider_id,
                provider_status=row.provider_status or status,
                lease_until=None,
            )
            _left(session, row, timers)
            return False
        case Unknown(message=message):
            # a status report may have been quicker than the answer that we lost: then it is known, not unknown
            row.status, row.lease_until = "sent" if row.provider_id else "unknown", None
            row.why = None if row.provider_id else message[:64]
            _left(session, row, timers)
            return False
        case TryLater():
            return _later(session, row, outcome, now)
        case Refused():
            row.error_code, row.lease_until = outcome.code[:64], None
            _refused(session, row, outcome, now)
            return True
        case _:
            assert_never(outcome)


_LOCKED = (
    select(Outbound)
    .where(Outbound.id.in_(bindparam("texts", expanding=True)))
    .order_by(Outbound.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)


class Waits(Protocol):
    """What `too_late` looks at: a row of `outbound`, or these columns of one."""

    @property
    def kind(self) -> str:
        """As in models.Outbound; so are the others."""
        ...

    @property
    def due_at(self) -> datetime:
        """When it was to leave."""
        ...

    @property
    def expires_at(self) -> datetime | None:
        """Its own end."""
        ...


def too_late(text: Waits, now: datetime) -> bool:
    """Whether a text that has not left has lost its point: past its own end, or an answer that was held too long."""
    if text.expires_at is not None and text.expires_at <= now:
        return True
    return text.kind == "answer" and text.due_at + TRIES["answer"] <= now


def expire(session: Session, row: Outbound, now: datetime) -> None:
    """Its time is over. Final where it was an answer: then a person has to give it (I16)."""
    not_sent(session, row, "expired", "its time was over", final=answers(row), now=now)


def _later(session: Session, row: Outbound, outcome: TryLater, now: datetime) -> bool:
    """Certainly not accepted: the same row again, unless by then it has lost its point (a person should not wait for
    that). True when it has, and somebody has to hear of it."""
    row.status, row.lease_until = "ready", None
    row.error_code, row.why = outcome.code[:64], outcome.message[:64]
    row.expires_at = row.expires_at or (row.attempted_at or now) + TRIES.get(row.kind, TRIES["marketing"])
    # without a connection nothing was said about this text: it does not wait longer for having asked more often
    tries = 1 if outcome.code in AWAY else row.attempts
    row.due_at = now + backoff(outcome.after_seconds, tries, row.id)
    if row.due_at < row.expires_at:
        return False
    expire(session, row, now)
    return True


def backoff(seconds: float, attempts: int, row_id: int) -> timedelta:
    """How long until the next try: doubling, at most an hour, never less than the provider asked for (`seconds`).

    The jitter is up to a quarter and comes from the row's id and its try, so that rows do not return at once, and a test
    knows what will be.
    """
    seed = (row_id * 2_654_435_761 + attempts * 397) % 1000
    doubled = max(seconds, min(seconds * 2 ** min(max(attempts - 1, 0), 12), LONGEST_BACKOFF))
    return timedelta(seconds=doubled * (1 + seed / 4000))


def unknown(session: Session, outbound_id: int, conversation_id: int, why: str, now: datetime) -> None:
    """A claim outlived its lease: it may or may not be on its way."""
    session.execute(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())
    row = session.get_one(Outbound, outbound_id)
    if row.status == "claimed":
        record(session, outbound_id, Unknown(why), now)


def not_sent(
    session: Session,
    row: Outbound,
    status: str,
    why: str,
    *,
    final: bool,
    now: datetime,
    passing: bool = False,
) -> None:
    """The text will not leave; its enrolment hears of it. `passing`: for a reason that lies in the moment."""
    row.status, row.why, row.lease_until = status, why[:64], None
    passed(status, row.public_id, conversation=row.conversation_id)
    if row.author == "staff":
        holders.not_answered(session.get_one(Conversation, row.conversation_id), row, now)
        own_answers.came_to_nothing(session, row)
    if row.enrolment_id is None or row.turn is None:
        return
    event = NotSent(row.turn, row.ordinal, why[:64], final=final, prompted=answers(row), passing=passing)
    signal(session, row.shop_id, row.conversation_id, row.enrolment_id, f"not-sent:{row.id}", event, now)


def answers(row: Outbound) -> bool:
    """Whether a person has to say it where we can't: the confirmation of a stop or a start is no such answer (R5)."""
    effect = row.effect or {}
    return effect.get("prompted_by") is not None and effect.get("notice") not in ("opted_out", "opted_in")


def _left(session: Session, row: Outbound, timers: Sequence[Any]) -> None:
    """It was attempted at `attempted_at`: waits and the offer's clock run from there (I11)."""
    at = row.attempted_at
    assert at is not None
    conversation = session.get_one(Conversation, row.conversation_id)
    due = conversation.work_due_at
    for timer in timers:
        due_at = at + timedelta(seconds=timer.after_seconds or 0)
        pending_of(session).run(_ARM, {"timer": timer.id, "due": due_at})
        due = min(due, due_at) if due else due_at
    store(session, conversation, last_outbound_at=at, work_due_at=due, version=conversation.version + 1)


_TIMERS: Table = Timer.__table__  # type: ignore[assignment]
_ANCHORED = select(Timer.outbound_id, Timer.id, Timer.after_seconds).where(
    Timer.outbound_id.in_(bindparam("texts", expanding=True)),
    Timer.status == fixed("armed"),
    Timer.due_at.is_(None),
)
_ARM = (
    update(_TIMERS)
    .where(_TIMERS.c.id == bindparam("timer"))
    .values(due_at=bindparam("due", type_=_TIMERS.c.due_at.type))
)


def _refused(session: Session, row: Outbound, outcome: Refused, now: datetime) -> None:
    customer = session.execute(
        select(Customer)
        .join(
            Conversation,
            (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
        )
        .where(Conversation.id == row.conversation_id)
    ).scalar_one()
    if outcome.opted_out:
        consent.opt_out(
            session,
            row.shop_id,
            customer.phone_key,
            source="provider",
            at=now,
            details={"outbound": row.id, "code": outcome.code},
            payload={},
        )
        event = OptedOut("provider", confirm=False)
        signal(session, row.shop_id, row.conversation_id, None, f"opted-out:outbound:{row.id}", event, now)
    if outcome.bad_number:
        session.execute(update(Customer).where(Customer.id == customer.id).values(number_state="bad"))
    not_sent(session, row, "refused", f"{outcome.code} {outcome.message}", final=True, now=now)
