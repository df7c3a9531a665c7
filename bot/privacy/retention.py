"""What is kept for how long, and forgotten afterwards: by setting (`retention`), a small batch at a time.

Owns which rows are too old. Each kind has a mark, the last id that was looked at: ids grow with time, so a look begins
where the last one ended and ends at the first row that is young enough. What a look passed over, because it still waited or
because something stood on it, is looked at again once a month. Small tables whose rows get younger where they stand are
looked through as a whole, without a mark. Proof has a period of its own, and opt-outs none: the chains of the ledger stay
for ever (R11, R22), and what their links say of a person goes when nothing stands on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.models import (
    Audit,
    Base,
    Consent,
    ConsentPayload,
    Draft,
    Errand,
    Inbound,
    InboundMedia,
    Journal,
    LedgerEntry,
    Note,
    OpenQuestion,
    Outbound,
    Promise,
    Receipt,
    ShopHead,
    ShopNotice,
    StatusReport,
    StrayText,
    Suppression,
    TaughtLine,
)
from bot.settings import RetentionSettings

BATCH = 200
"""Rows a transaction: the locks are held for milliseconds."""
BATCHES = 250
"""Of one kind a run; the next one goes on."""
COUNTED = BATCH * BATCHES
"""Overdue rows that are counted at most, for `winback doctor`: as many as a run clears. More is a backlog."""

Clear: TypeAlias = Callable[[Session, Sequence[int]], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that is forgotten: the rows, by what time they are old, for how many days they stay (None: for ever)."""

    name: str
    table: type[Base]
    at: Any
    days: Callable[[RetentionSettings], int | None]
    clear: Clear
    left: ColumnElement[bool] | None = None
    """Of a row before the mark: that it was passed over, and need not be any more. None: no row is ever passed over."""
    marked: bool = True
    """Whether a row's id grows with its time. Else all are looked through, or those that are `left`."""


AGAIN = "looked again"
"""The state's name for the month (2026-03 is 202603) in which what was passed over was last looked at."""


def _emptying(table: type[Base], *over: ColumnElement[bool], **values: Any) -> Clear:
    """`over`: what must be true of a row; one that still waits for something keeps its words, and is passed over."""

    def clear(session: Session, ids: Sequence[int]) -> None:
        session.execute(
            update(table)
            .where(table.__table__.c.id.in_(ids), *over)
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    return clear


def _deleting(table: type[Base]) -> Clear:
    def clear(session: Session, ids: Sequence[int]) -> None:
        session.execute(
            delete(table).where(table.__table__.c.id.in_(ids)).execution_options(synchronize_session=False)
        )

    return clear


def _free() -> ColumnElement[bool]:
    """Nothing stands on the link today: where something does, that is the proof that is needed. A consent that
    a START renewed stands on the links before its own, too: on the signature that it began with."""
    link = LedgerEntry
    consented = exists().where(
        Consent.shop_id == link.shop_id,
        Consent.phone_key == link.phone_key,
        or_(Consent.ledger_seq == link.seq, and_(Consent.source == "start", Consent.ledger_seq > link.seq)),
    )
    suppressed = exists().where(
        Suppression.shop_id == link.shop_id,
        Suppression.phone_key == link.phone_key,
        Suppression.ledger_seq == link.seq,
    )
    return and_(~consented, ~suppressed)


def _personal_halves(session: Session, ids: Sequence[int]) -> None:
    free = select(LedgerEntry.id).where(LedgerEntry.id.in_(ids), _free())
    session.execute(
        delete(ConsentPayload)
        .where(ConsentPayload.ledger_id.in_(free))
        .execution_options(synchronize_session=False)
    )


def _untaught(session: Session, ids: Sequence[int]) -> None:
    """The reader is fitted anew without them within a minute (bot.teaching.refit)."""
    whose = select(TaughtLine.shop_id, TaughtLine.at).where(TaughtLine.id.in_(ids))
    for shop_id, at in session.execute(whose).all():
        session.execute(update(ShopHead).where(ShopHead.shop_id == shop_id).values(changed_at=at))
    _deleting(TaughtLine)(session, ids)


_HEARD_AT = (
    select(Inbound.received_at)
    .where(Inbound.shop_id == TaughtLine.shop_id, Inbound.id == TaughtLine.inbound_id)
    .correlate(TaughtLine)
    .scalar_subquery()
)
"""A correction is a customer's words, and goes when the text goes that they stood in; a line of the shop's own stays."""

_TURNED = Inbound.turned_at.is_not(None)
_OVER = Outbound.status.not_in(("ready", "claimed", "unknown"))

KINDS: tuple[Kind, ...] = (
    Kind("texts received", Inbound, Inbound.received_at, lambda keep: keep.bodies_days, _emptying(Inbound, _TURNED, body="", media=[], reading=None), and_(_TURNED, or_(Inbound.body != "", Inbound.reading.is_not(None)))),
    Kind("texts sent", Outbound, Outbound.created_at, lambda keep: keep.bodies_days, _emptying(Outbound, _OVER, body="", effect=None), and_(_OVER, or_(Outbound.body != "", Outbound.effect.is_not(None)))),
    Kind("notes", Note, Note.at, lambda keep: keep.bodies_days, _deleting(Note)),
    Kind("drafts", Draft, Draft.at, lambda keep: keep.bodies_days, _deleting(Draft)),
    Kind("promises", Promise, Promise.due_at, lambda keep: keep.bodies_days, _deleting(Promise), marked=False),
    Kind("corrections", TaughtLine, _HEARD_AT, lambda keep: keep.bodies_days, _untaught, TaughtLine.origin == "correction", marked=False),
    Kind("questions without an answer", OpenQuestion, OpenQuestion.last_at, lambda keep: keep.bodies_days, _deleting(OpenQuestion), marked=False),
    Kind("pictures", InboundMedia, Inbound.received_at, lambda keep: keep.pictures_days, _deleting(InboundMedia)),
    Kind("turns", Journal, Journal.at, lambda keep: keep.journal_days, _deleting(Journal)),
    Kind("status reports", StatusReport, StatusReport.received_at, lambda keep: keep.reports_days, _deleting(StatusReport)),
    Kind("shop notices", ShopNotice, ShopNotice.received_at, lambda keep: keep.webhooks_days, _emptying(ShopNotice, payload={})),
    Kind("stray texts", StrayText, StrayText.received_at, lambda keep: keep.webhooks_days, _deleting(StrayText)),
    Kind("addresses of staff", Audit, Audit.at, lambda keep: keep.addresses_days, _emptying(Audit, address=None)),
    Kind("receipts", Receipt, Receipt.at, lambda keep: keep.proof_days, _deleting(Receipt)),
    Kind("proofs' personal halves", LedgerEntry, LedgerEntry.at, lambda keep: keep.proof_days, _personal_halves, and_(exists().where(ConsentPayload.ledger_id == LedgerEntry.id), _free())),
)  # fmt: skip


def clear_out(app: App, state: Mapping[str, Any]) -> dict[str, Any]:
    """Forget what is too old; gives the errand's next state: for each kind the last id that was looked at."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
    marks = {name: int(mark) for name, mark in state.items()}
    month = now.year * 100 + now.month
    again = marks.get(AGAIN) != month
    for kind in KINDS:
        before = _before(kind, app.settings.retention, now)
        if before is not None:
            mark = marks.get(kind.name, 0)
            if not kind.marked:
                _clear_left(app, kind, before, 0)
                continue
            if again and kind.left is not None:
                _clear_left(app, kind, before, mark)
            marks[kind.name] = _clear(app, kind, before, mark)
    marks[AGAIN] = month
    return marks


def overdue(app: App, counted: int = COUNTED) -> dict[str, int]:
    """How many rows of each kind are too old and still here, up to `counted`; without those of which there are none."""
    found = {}
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        state = session.execute(select(Errand.state).where(Errand.name == "retention")).scalar() or {}
        for kind in KINDS:
            before = _before(kind, app.settings.retention, now)
            if before is None:
                continue
            mark = int(state.get(kind.name, 0))
            ids = (
                _old(session, kind, before, mark, counted)
                if kind.marked
                else _left(session, kind, before, 0, None, counted)
            )
            if ids:
                found[kind.name] = len(ids)
    return found


def _before(kind: Kind, keep: RetentionSettings, now: datetime) -> datetime | None:
    days = kind.days(keep)
    return now - timedelta(days=days) if days is not None else None


def _clear(app: App, kind: Kind, before: datetime, mark: int) -> int:
    """Batch by batch, each in a transaction of its own. Killed in between, the same rows are emptied twice."""
    for _ in range(BATCHES):
        with app.database.write() as session:
            ids = _old(session, kind, before, mark, BATCH)
            if not ids:
                break
            kind.clear(session, ids)
            mark = ids[-1]
        if len(ids) < BATCH:
            break
    return mark


def _clear_left(app: App, kind: Kind, before: datetime, mark: int) -> None:
    """What is behind the mark, or all of a kind without one. No index leads there, so it is found without holding anybody
    up."""
    after = 0
    while True:
        with app.database.read() as session:
            ids = _left(session, kind, before, after, mark if kind.marked else None, BATCH)
        if not ids:
            return
        after = ids[-1]
        with app.database.write() as session:
            kind.clear(session, ids)


def _left(
    session: Session, kind: Kind, before: datetime, after: int, upto: int | None, limit: int
) -> list[int]:
    """The ids of rows that are `left` and old enough, from one number up to another."""
    c = kind.table.__table__.c
    rows = select(c.id).where(c.id > after, kind.at < before)
    if kind.left is not None:
        rows = rows.where(kind.left)
    if upto is not None:
        rows = rows.where(c.id <= upto)
    return list(session.scalars(rows.order_by(c.id).limit(limit)))


def _old(session: Session, kind: Kind, before: datetime, mark: int, limit: int) -> list[int]:
    """The ids after the mark that are old enough, as far as they follow one another: the first young row ends it, for
    what comes after is younger (a text that arrived late is a row later, and not lost)."""
    c = kind.table.__table__.c
    rows: Any = select(c.id, kind.at).where(c.id > mark).order_by(c.id).limit(limit)
    if kind.table is InboundMedia:
        rows = rows.join(Inbound, (Inbound.shop_id == c.shop_id) & (Inbound.id == c.inbound_id))
    return [id_ for id_, at in takewhile(lambda row: row[1] < before, session.execute(rows))]
