"""What a carrier says of a text: kept as it came, then applied, forwards only.

Owns the ranks of statuses (R98, R99) and what an error in a report means for the customer. A report may come twice,
late, in any order, before our own call returned, or for a text that nobody knows; each of these is written in here.
Must not send and must not end a turn: a text that failed at the carrier was sent all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import case, distinct, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compliance.consent import opt_out
from bot.compose import App
from bot.conversations.signals import signal
from bot.models import Conversation, Customer, Erasure, Outbound, StatusReport
from bot.sending.heeding import heed_report
from bot.sending.replan import replan
from bot.sending.twilio_errors import look_up
from bot.stations import passed
from flows.events import OptedOut

_log = structlog.get_logger("sending")

RANKS: Mapping[str, int] = {
    "accepted": 1,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "partially_delivered": 5,
    "delivered": 6,
    "undelivered": 6,
    "failed": 6,
    "canceled": 6,
    "read": 7,
}
"""A report is applied when its rank is higher than what is known. Equal ranks do not replace each other, so the first
of the final four stands. `sent` can be the last word: not every carrier sends receipts."""

FAILED = frozenset({"undelivered", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Report:
    """One status report in plain values. `public_id` is our own id, out of the callback's address."""

    account: str
    provider_id: str
    public_id: str | None
    status: str
    error_code: str
    raw: Mapping[str, Any]


def moves_forward(known: str | None, reported: str) -> bool:
    """May `reported` replace `known`? False for a word that this version does not know."""
    if known in FAILED:
        return False
    return RANKS.get(reported, 0) > RANKS.get(known or "", 0)


def record_report(app: App, report: Report) -> None:
    """Keep the report and apply it, in one transaction; ring when somebody has to take a turn."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        _keep(session, report, now, sqlite_dialect=app.database.is_sqlite)
        rings = _apply(session, report, now)
    passed("reported", report.public_id or report.provider_id, status=report.status, code=report.error_code)
    if rings:
        app.bell.ring("turns")
    if report.error_code and report.status in FAILED:  # not in that transaction: a pace is everybody's
        sender = report.raw.get("MessagingServiceSid") or report.raw.get("From") or "nobody"
        heed_report(app, report.account, str(sender), report.error_code)


def _keep(session: Session, report: Report, now: datetime, *, sqlite_dialect: bool) -> None:
    insert = sqlite.insert if sqlite_dialect else postgresql.insert
    statement = insert(StatusReport).values(
        account=report.account,
        provider_id=report.provider_id,
        outbound_public_id=report.public_id,
        status=report.status,
        error_code=report.error_code,
        times=1,
        raw=dict(report.raw),
        received_at=now,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["account", "provider_id", "status", "error_code"],
            set_={"times": StatusReport.times + 1},
        )
    )


def _apply(session: Session, report: Report, now: datetime) -> bool:
    """Gives True when a signal waits for a turn."""
    found = session.execute(
        select(
            Outbound.id,
            Outbound.shop_id,
            Outbound.conversation_id,
            Outbound.provider_id,
            Outbound.public_id,
            _FORGOTTEN.label("forgotten"),
        ).where(
            Outbound.public_id == report.public_id
            if report.public_id
            else Outbound.provider_id == report.provider_id
        )
    ).first()
    if found is None:
        return False  # nobody's, or a text made outside of Winback: kept, and that is all
    if found.forgotten:
        _empty(session, report)
    if found.provider_id not in (None, report.provider_id):
        # Two texts at the provider under one id of ours: a try that looked lost was accepted. Never overwritten.
        _log.error("a text was accepted twice", outbound=found.public_id)
        return False
    action = look_up(report.error_code).action if report.error_code and report.status in FAILED else "drop"
    if action in ("suppress", "number_bad", "replan"):
        # The conversation first, then its rows, like everybody else (DESIGN 3, locks).
        session.execute(
            select(Conversation.id)
            .where(Conversation.shop_id == found.shop_id, Conversation.id == found.conversation_id)
            .with_for_update()
        )
    _move(session, found.id, report)
    if action == "suppress":
        return _suppress(session, found.shop_id, found.conversation_id, found.public_id, report, now)
    if action == "number_bad":
        _mark_bad(session, found.shop_id, found.conversation_id, report.error_code)
    if action == "replan":
        return replan(session, found.id, look_up(report.error_code).meaning, now)
    return False


_FORGOTTEN = (
    select(Erasure.id)
    .join(
        Conversation,
        (Conversation.shop_id == Erasure.shop_id) & (Conversation.customer_id == Erasure.customer_id),
    )
    .where(
        Conversation.shop_id == Outbound.shop_id,
        Conversation.id == Outbound.conversation_id,
        Erasure.asked_at >= Outbound.created_at,
    )
    .correlate(Outbound)
    .exists()
)
"""Whether whom the text went to was erased since. However late a report comes, it must not bring the number back (R153)."""


def _empty(session: Session, report: Report) -> None:
    session.execute(
        update(StatusReport)
        .where(
            StatusReport.account == report.account,
            StatusReport.provider_id == report.provider_id,
            StatusReport.status == report.status,
            StatusReport.error_code == report.error_code,
        )
        .values(raw={})
        .execution_options(synchronize_session=False)
    )


def _move(session: Session, outbound_id: int, report: Report) -> None:
    """One conditional update, no look before: two reports at once cannot undo each other.

    And one alone: when a row changes twice in a transaction, PostgreSQL looks at its foreign keys again, which waits for
    whoever holds the conversation, who may just be waiting for this row to record the very same text.
    """
    known = report.status in RANKS
    lower = [status for status in RANKS if moves_forward(status, report.status)]
    news = or_(Outbound.provider_status.is_(None), Outbound.provider_status.in_(lower)) if known else false()
    # An Unknown that the provider knows was sent. Its waits were armed at the attempt, so nothing else is owed.
    # So was one that a person took for lost: the carrier knows better, and the caps must count it.
    # A row that is still claimed is left to its worker (or, when that one is dead, to the lease).
    found = Outbound.status.in_(("unknown", "lost"))
    session.execute(
        update(Outbound)
        .where(Outbound.id == outbound_id)
        .values(
            provider_id=func.coalesce(Outbound.provider_id, report.provider_id),
            status=case((found, "sent"), else_=Outbound.status),
            why=case((found, None), else_=Outbound.why),
            provider_status=case((news, report.status), else_=Outbound.provider_status),
            error_code=case((news, report.error_code or None), else_=Outbound.error_code),
        )
        .execution_options(synchronize_session=False)
    )


def _suppress(
    session: Session, shop_id: int, conversation_id: int, public_id: str, report: Report, now: datetime
) -> bool:
    """The recipient stopped us at the carrier: the same ledger as STOP (R60), and the flows hear of it once."""
    phone_key = session.execute(
        select(Customer.phone_key)
        .join(
            Conversation,
            (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
        )
        .where(Conversation.shop_id == shop_id, Conversation.id == conversation_id)
    ).scalar_one()
    details = {"report": report.provider_id, "code": report.error_code}
    if not opt_out(session, shop_id, phone_key, source="provider", at=now, details=details, payload={}):
        return False
    event = OptedOut("provider", confirm=False)
    return signal(session, shop_id, conversation_id, None, f"opted_out:{public_id}", event, now)


def _mark_bad(session: Session, shop_id: int, conversation_id: int, code: str) -> None:
    """A number is bad after as many texts with this error as the table says: some phones are only switched off."""
    failed = session.execute(
        select(func.count(distinct(Outbound.id))).where(
            Outbound.shop_id == shop_id,
            Outbound.conversation_id == conversation_id,
            Outbound.error_code == code,
        )
    ).scalar_one()
    if failed < look_up(code).strikes:
        return
    owner = select(Conversation.customer_id).where(
        Conversation.shop_id == shop_id, Conversation.id == conversation_id
    )
    session.execute(
        update(Customer)
        .where(
            Customer.shop_id == shop_id, Customer.id == owner.scalar_subquery(), Customer.number_state == "ok"
        )
        .values(number_state="bad")
        .execution_options(synchronize_session=False)
    )
