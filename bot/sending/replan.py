"""A text that missed its hour at the provider: planned into the next window as a new row, or ended.

Owns the question whether that is safe. The old row stays what it is (sent, and failed): it is never delivered twice (I4).
A new one is written only where it is certain that the old one reached nobody, and where its flow still waits at that very
place: an opener that expired in the provider's queue before any carrier had it. Anything else ends, and the flow hears so.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, exists, select, update
from sqlalchemy.orm import Session

from bot.conversations import holders, own_answers
from bot.conversations.about_carts import bounds_of
from bot.conversations.rows import insert_once
from bot.conversations.signals import signal
from bot.models import Conversation, Enrolment, Outbound, StatusReport, Timer
from bot.sending.results import answers
from bot.stations import passed
from flows.events import NotSent

REACHED = ("sent", "delivered", "partially_delivered", "read")
"""Words of the provider after which a carrier had it: then nobody is certain any more."""
AGAIN = ":again"

_SAME = (
    "shop_id",
    "conversation_id",
    "enrolment_id",
    "turn",
    "ordinal",
    "author",
    "effect",
    "body",
    "language",
    "encoding",
    "parts",
    "kind",
    "fence",
    "read_inbound_id",
    "created_at",
)
"""What the new row takes over. With the old birth it is rendered again before it leaves."""


def replan(session: Session, outbound_id: int, why: str, now: datetime) -> bool:
    """Plan a failed text again, or end it. The caller holds the conversation's lock and has applied the report.

    True when a turn has to be taken because of it.
    """
    row = session.get_one(Outbound, outbound_id, populate_existing=True)
    if row.author == "staff":  # they see that it failed, and the customer still waits
        holders.not_answered(session.get_one(Conversation, row.conversation_id), row, now)
        own_answers.came_to_nothing(session, row)
    if row.enrolment_id is None or row.turn is None:
        return False  # a person's, or the API's
    if _may_go_again(session, row):
        _write(session, row, now)
        return False
    event = NotSent(row.turn, row.ordinal, why[:64], final=answers(row), prompted=answers(row))
    key = f"not-sent:{row.id}"
    return signal(session, row.shop_id, row.conversation_id, row.enrolment_id, key, event, now)


def _may_go_again(session: Session, row: Outbound) -> bool:
    """Certainly not delivered, still wanted, and for the first time."""
    if row.kind != "marketing" or row.status != "sent" or row.key.endswith(AGAIN):
        return False
    if row.provider_status in REACHED or session.execute(_REACHED, {"text": row.provider_id}).scalar():
        return False
    enrolment = session.get_one(Enrolment, row.enrolment_id)
    conversation = session.get_one(Conversation, row.conversation_id)
    waits = enrolment.status == "active" and enrolment.turn == row.turn
    unanswered = conversation.last_inbound_id == row.read_inbound_id
    return waits and unanswered and conversation.fence == row.fence


def _write(session: Session, row: Outbound, now: datetime) -> None:
    values: dict[str, Any] = {name: getattr(row, name) for name in _SAME}
    values |= {
        "public_id": uuid.uuid4().hex,
        "key": row.key + AGAIN,
        "status": "ready",
        "why": "missed its hour",
        "due_at": now,
        "expires_at": bounds_of(session, session.get_one(Enrolment, row.enrolment_id)).until,
        "attempts": 0,
    }
    made = insert_once(session, Outbound, values)
    if made is None:
        return  # the report came twice
    passed("written", values["public_id"], conversation=row.conversation_id)
    # what waited for an answer to the old text waits for one to the new (I11)
    session.execute(_WAIT_FOR, {"old": row.id, "new": made})


_REACHED = select(
    exists().where(StatusReport.provider_id == bindparam("text"), StatusReport.status.in_(REACHED))
)
_TIMERS: Table = Timer.__table__  # type: ignore[assignment]
_WAIT_FOR = (
    update(_TIMERS)
    .where(
        _TIMERS.c.outbound_id == bindparam("old"),
        _TIMERS.c.status == "armed",
        _TIMERS.c.after_seconds.is_not(None),
    )
    .values(outbound_id=bindparam("new"), due_at=None)
)
