"""The rows of a round in plain values, and when each claim and each stop was committed.

Owns the reading. On PostgreSQL the server itself says when (pg_xact_commit_timestamp of rows that nobody changes
afterwards: receipts and ledger); on SQLite, which has one writer, both instants were taken inside the write transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.clock import RealNow, domain_now
from bot.db import Database


@dataclass(frozen=True)
class Evidence:
    """What the database says at the end. Rows are named tuples of the columns below; times are naive UTC."""

    now: datetime
    inbound: Sequence[Any]
    outbound: Sequence[Any]
    journal: Sequence[Any]
    conversations: Sequence[Any]
    enrolments: Sequence[Any]
    timers: Sequence[Any]
    signals: Sequence[Any]
    ledger: Sequence[Any]
    claims: Sequence[Any]


_TABLES = {
    "inbound": "SELECT id, conversation_id, provider_id, body, opt_out, keyword, turned_at FROM inbound ORDER BY id",
    "outbound": (
        "SELECT o.id, o.public_id, o.conversation_id, o.enrolment_id, o.turn, o.status, o.why, o.author, o.attempts, o.key, o.body,"
        " o.effect, o.due_at, o.provider_id FROM outbound o ORDER BY o.id"
    ),
    "journal": (
        "SELECT enrolment_id, turn, superseded, event, effects, inbound_ids FROM journal ORDER BY enrolment_id, turn"
    ),
    "conversations": "SELECT id, customer_id, holder, work_due_at FROM conversations",
    "enrolments": (
        "SELECT id, conversation_id, status, arm, start_id FROM enrolments WHERE start_id IS NOT NULL ORDER BY id"
    ),
    "timers": "SELECT enrolment_id, conversation_id, status, due_at, outbound_id FROM timers WHERE status = 'armed'",
    "signals": "SELECT enrolment_id, conversation_id FROM signals WHERE taken_at IS NULL",
}
_LEDGER = "SELECT c.id AS customer_id, l.seq, l.act, {when} AS at FROM consent_ledger l JOIN customers c ON c.phone_key = l.phone_key AND c.shop_id = l.shop_id ORDER BY l.id"
_CLAIMS = "SELECT outbound_id, {when} AS at FROM receipts r WHERE decision = 'allow' ORDER BY r.id"


def gather(database: Database, real_now: RealNow) -> Evidence:
    """Read everything in one look."""
    with database.read() as session:
        return _gather(session, real_now, sqlite=database.is_sqlite)


def _gather(session: Session, real_now: RealNow, *, sqlite: bool) -> Evidence:
    found: dict[str, Any] = {name: session.execute(text(query)).all() for name, query in _TABLES.items()}
    for name, query, alias in (("ledger", _LEDGER, "l"), ("claims", _CLAIMS, "r")):
        when = f"{alias}.at" if sqlite else f"pg_xact_commit_timestamp({alias}.xmin)"
        found[name] = session.execute(text(query.format(when=when))).all()
    return Evidence(now=naive(domain_now(session, real_now)), **found)


def document(value: Any) -> Any:
    """A JSON column: text on SQLite, parsed on PostgreSQL."""
    return json.loads(value) if isinstance(value, str) else value


def naive(value: Any) -> datetime:
    """An instant as both databases can be compared by: naive, in UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
