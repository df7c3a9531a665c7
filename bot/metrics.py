"""What an operator watches, asked of the database at the moment of asking: the database is the truth (I9).

Owns the questions and the plain values that come back; how they are shown is webhooks.metrics. Each question is one
statement that reads an index, or at most AT_MOST of a table's newest rows: the cost of a look does not grow with the
tables. No number, no body and no shop's name is in a figure.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, text
from sqlalchemy.orm import Session

from bot.clock import RealNow, domain_now, real_now
from bot.conversations.rows import fixed
from bot.models import Conversation, Inbound, LedgerEntry, Outbound, Receipt, StatusReport

WINDOW = timedelta(hours=1)
"""How far back what happened is counted."""
AT_MOST = 10_000
"""Rows that a count looks at. When more than that happened within WINDOW, the window shrinks, and says so."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened in the last `seconds` (of WINDOW, or less when there was too much of it), by labels."""

    seconds: float
    counts: Mapping[tuple[str, ...], int]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, at most AT_MOST; and for how many seconds the oldest of them has."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Lags:
    """Seconds by which the oldest due row of each kind is late; 0 when nothing is due.

    `turns`: a conversation with something to do. `sends`: a text that may leave now. `claims`: a claim whose lease is
    over. All three are one index probe each.
    """

    turns: float
    sends: float
    claims: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One look."""

    schema: str
    lags: Lags
    unread: Waiting
    """Settled texts of customers that no turn has taken."""
    unknown: Waiting
    """Texts of which nobody knows whether they left: see the how-to on operating."""
    handed_off: Waiting
    """Conversations that wait for a person."""
    texts: Happened
    """Texts written: (kind, status, error code or empty), as they stand now."""
    gate: Happened
    """Answers of the gate: (kind, decision)."""
    inbound: Happened
    """Texts received: (kind)."""
    readings: Happened
    """Texts read: (by). `rules`: no model was needed; `embedded`, `rasa`; `fallback`: the Rasa server gave no usable answer,
    and the embedded model read; `breaker_open`: it was not even asked, since it kept failing."""
    consent: Happened
    """Entries of the ledger: (act, source). An import of a million consents shortens this window."""
    reports: Happened
    """Status reports: (status, error code or empty). A repeat counts once."""

    @property
    def oldest_undone(self) -> float:
        """Seconds by which the oldest row that anybody should have dealt with is late."""
        return max(self.lags.turns, self.lags.sends, self.lags.claims, self.unread.seconds)

    @property
    def errors(self) -> dict[str, int]:
        """Error codes with their counts: the provider's, of texts that it did not take, and the carriers' reports.

        A report's code stands on its text as well, which was sent then, and does not count twice.
        """
        ours = [(code, n) for (_, status, code), n in self.texts.counts.items() if status != "sent"]
        theirs = [(code, n) for (_, code), n in self.reports.counts.items()]
        found: dict[str, int] = {}
        for code, count in ours + theirs:
            if code:
                found[code] = found.get(code, 0) + count
        return found


def look(session: Session, real: RealNow = real_now, *, at_most: int = AT_MOST) -> Figures:
    """All figures. Eleven statements, whatever is in the tables."""
    now = domain_now(session, real)
    schema = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    happened = functools.partial(_happened, session, now, at_most)
    received = happened(Inbound.received_at, Inbound.kind, _READ_BY)
    unread = [Inbound.turned_at.is_(None), Inbound.settle_at <= now]
    handed_off = [Conversation.holder == fixed("nobody")]
    return Figures(
        schema=str(schema),
        lags=_lags(session, now, real()),
        unread=_waiting(session, Inbound.settle_at, unread, now),
        unknown=unknown_open(session, now),
        handed_off=_waiting(session, Conversation.held_since, handed_off, now),
        texts=happened(Outbound.created_at, Outbound.kind, Outbound.status, Outbound.error_code),
        gate=happened(Receipt.at, Receipt.kind, Receipt.decision),
        inbound=_by(received, 0),
        readings=_by(received, 1),
        consent=happened(LedgerEntry.at, LedgerEntry.act, LedgerEntry.source),
        reports=happened(StatusReport.received_at, StatusReport.status, StatusReport.error_code),
    )


_FIRST = Inbound.reading["why"][0].as_string()
"""Why a text was read as it was: its first reason names what decided."""
_READ_BY = case(
    (_FIRST.like("rasa: not asked: %; read by %"), literal("breaker_open")),
    (_FIRST.like("rasa: %; read by %"), literal("fallback")),
    (
        _FIRST.like("rasa: %") | (_FIRST.like("model: %") & (Inbound.reading["model"].as_string() == "rasa")),
        literal("rasa"),
    ),
    (_FIRST.like("model: %"), literal("embedded")),
    (_FIRST.is_not(None), literal("rules")),
).label("read_by")


def _by(happened: Happened, label: int) -> Happened:
    """The same, counted by one of its labels; what has none (a text that is not read yet) is left out."""
    found: dict[tuple[str, ...], int] = {}
    for labels, count in happened.counts.items():
        if labels[label]:
            found[labels[label],] = found.get((labels[label],), 0) + count
    return Happened(happened.seconds, found)


def unknown_open(session: Session, now: datetime) -> Waiting:
    """Texts of which nobody knows whether they left."""
    return _waiting(session, Outbound.attempted_at, [Outbound.status == fixed("unknown")], now)


def _lags(session: Session, now: datetime, real: datetime) -> Lags:
    def due(column: Any, where: ColumnElement[bool]) -> Any:
        return select(func.min(column)).where(where).scalar_subquery()

    turns, sends, claims = session.execute(
        select(
            due(Conversation.work_due_at, Conversation.work_due_at <= now),
            due(Outbound.due_at, (Outbound.status == fixed("ready")) & (Outbound.due_at <= now)),
            due(Outbound.lease_until, (Outbound.status == fixed("claimed")) & (Outbound.lease_until <= real)),
        )
    ).one()
    return Lags(_late(turns, now), _late(sends, now), _late(claims, real))


def _waiting(session: Session, since: Any, where: list[ColumnElement[bool]], now: datetime) -> Waiting:
    """`where` must be the condition of a partial index: what waits is few among many."""
    rows = select(since.label("since")).where(*where).limit(AT_MOST).subquery()
    count, oldest = session.execute(select(func.count(), func.min(rows.c.since)).select_from(rows)).one()
    return Waiting(count, _late(oldest, now))


def _happened(session: Session, now: datetime, at_most: int, at: Any, *labels: Any) -> Happened:
    """Ids rise with time, so the newest rows stand at the end of the primary key and no further index is needed."""
    newest = select(*labels, at.label("at")).order_by(at.class_.id.desc()).limit(at_most).subquery()
    columns = [newest.c[label.name] for label in labels]
    recent = newest.c.at >= now - WINDOW
    rows = session.execute(
        select(*columns, func.count(), func.min(newest.c.at)).where(recent).group_by(*columns)
    ).all()
    counts = {tuple(str(label or "") for label in row[:-2]): int(row[-2]) for row in rows}
    full = sum(counts.values()) >= at_most
    seconds = _late(min(row[-1] for row in rows), now) if full else WINDOW.total_seconds()
    return Happened(max(seconds, 1.0), counts)


def _late(moment: datetime | None, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0.0) if moment else 0.0
