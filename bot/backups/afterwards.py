"""What must be true of a restored database before any process may see it: nothing leaves a second time.

A backup knows nothing of what happened after it was made. A text that was ready then has probably left since; a wait
that was over since has led to a text; a batch of a start was enrolled. None of it stands in these tables, and all of it
would happen again. So everything that was about to happen is settled here, in favour of silence:

| in the backup | afterwards |
|---|---|
| a claimed text | unknown, as after any lost claim (I4) |
| a text ready to leave | withheld; its flow waits anew, and a prompted answer becomes a person's |
| a text of a customer that no turn had taken | taken as read, and the conversation is a person's (I16) |
| an enrolment that had not begun | ended («restored») |
| another event that would write a text | a person's |
| a wait that is over by now | begins anew, from now |
| a running start | stopped |
| a live shop | paused, until somebody says `winback resume` |
| a browser that is signed in, a link for staff | signed out, void: either may have been ended since |

What stands against sending (opt-outs, orders, holds) is left as it is. A STOP that came after the backup is not in it:
that is why shops are paused, and the how-to on backups says what to do first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from bot.conversations import holders
from bot.conversations.turn import OPTED_OUT
from bot.db import Database
from bot.models import (
    Audit,
    Conversation,
    Enrolment,
    FlowStart,
    Inbound,
    Instance,
    Outbound,
    Shop,
    Signal,
    SignInSession,
    StaffLink,
    Timer,
)
from bot.sending import results
from bot.sending.outcomes import Unknown

RESTORED = "restored"
"""The instance fact that says what was done here; `winback doctor` shows it."""
WHY = "restored from a backup"
AT_LEAST = timedelta(days=1)
"""How long a wait is that had a date instead of a length, when it begins anew."""
BATCH = 500

_HARMLESS = frozenset({"Ordered", "OptedOut", "NotSent", "Stopped"})
"""Events that end or hold something. Whatever else waits for a turn would write a text."""


@dataclass(slots=True)
class Settled:
    """How many of each there were."""

    unknown: int = 0
    withheld: int = 0
    unread: int = 0
    not_begun: int = 0
    handed_off: int = 0
    rearmed: int = 0
    starts_stopped: int = 0
    shops_paused: int = 0

    def to_json(self) -> dict[str, int]:
        """By name."""
        return asdict(self)


def settle(database: Database, made_at: datetime, now: datetime, *, paused: int = 0) -> Settled:
    """Settle everything that was about to happen when the backup was made. `now` in domain time. May run twice.

    `paused`: shops that the caller has paused already. In batches, shops first: should it be cut off, what is left is held by the pause, and running it again does the rest.
    """
    done = Settled()
    with database.write() as session:
        live = update(Shop).where(Shop.state == "live").values(state="paused")
        done.shops_paused = paused + session.execute(live).rowcount  # type: ignore[attr-defined]
        running = update(FlowStart).where(FlowStart.status == "running")
        stopped = session.execute(running.values(status="stopped", next_batch_at=None))
        done.starts_stopped = stopped.rowcount  # type: ignore[attr-defined]
    while _some(database, _claimed_and_ready, done, now):
        pass
    while _some(database, _events, done, now):
        pass
    while _some(database, _unread, done, now):
        pass
    while _some(database, _waits, done, now):
        pass
    with database.write() as session:
        _note(session, made_at, now, done.to_json())
    return done


def _some(database: Database, part: Any, done: Settled, now: datetime) -> bool:
    with database.write() as session:
        return bool(part(session, done, now))


def _claimed_and_ready(session: Session, done: Settled, now: datetime) -> bool:
    rows = session.scalars(
        select(Outbound).where(Outbound.status.in_(("claimed", "ready"))).order_by(Outbound.id).limit(BATCH)
    ).all()
    for row in rows:
        if row.status == "claimed":
            results.record(session, row.id, Unknown(WHY), now)
            done.unknown += 1
            continue
        effect = row.effect or {}
        answer = effect.get("prompted_by") is not None and not effect.get("notice")
        results.not_sent(session, row, "withheld", WHY, final=answer, now=now)
        done.withheld += 1
    return bool(rows)


def _events(session: Session, done: Settled, now: datetime) -> bool:
    """Those of before the backup; what the withheld texts have just said is among the harmless."""
    rows = session.scalars(_open_events().limit(BATCH)).all()
    for row in rows:
        row.taken_at = now
        enrolment = session.get(Enrolment, row.enrolment_id) if row.enrolment_id else None
        if row.event["type"] == "Started" and enrolment is not None:
            enrolment.status, enrolment.outcome, enrolment.ended_at = "ended", RESTORED, now
            done.not_begun += 1
        else:
            done.handed_off += _to_people(session, row.conversation_id, now)
    return bool(rows)


def _open_events() -> Select[Signal]:
    kind = Signal.event["type"].as_string()
    return select(Signal).where(Signal.taken_at.is_(None), kind.not_in(_HARMLESS)).order_by(Signal.id)


def _unread(session: Session, done: Settled, now: datetime) -> bool:
    rows = session.scalars(select(Inbound).where(Inbound.turned_at.is_(None)).limit(BATCH)).all()
    for row in rows:
        row.turned_at = now
        done.unread += 1
        if row.opt_out not in OPTED_OUT and row.keyword is None:  # those are in force already
            done.handed_off += _to_people(session, row.conversation_id, now)
    return bool(rows)


def _waits(session: Session, done: Settled, now: datetime) -> bool:
    rows = session.scalars(
        select(Timer).where(Timer.status == "armed", Timer.due_at <= now).order_by(Timer.id).limit(BATCH)
    ).all()
    for row in rows:
        row.due_at = now + (timedelta(seconds=row.after_seconds) if row.after_seconds else AT_LEAST)
        conversation = session.get_one(Conversation, row.conversation_id)
        if conversation.work_due_at is None or conversation.work_due_at > row.due_at:
            conversation.work_due_at = row.due_at
        done.rearmed += 1
    return bool(rows)


def _to_people(session: Session, conversation_id: int, now: datetime) -> int:
    conversation = session.get_one(Conversation, conversation_id)
    if conversation.holder != "bot":
        return 0
    holders.hand_off(conversation, WHY, "question", now)
    return 1


def _note(session: Session, made_at: datetime, now: datetime, counts: Mapping[str, int]) -> None:
    session.execute(delete(SignInSession))
    session.execute(delete(StaffLink))
    value = {"at": now.isoformat(), "made_at": made_at.isoformat(), **counts}
    known = session.get(Instance, RESTORED)
    if known is None:
        session.add(Instance(name=RESTORED, value=value))
    else:
        known.value = value
    session.add(Audit(shop_id=None, actor="winback restore", action=RESTORED, details=value, at=now))
