"""The provider's copies of an erased customer's texts: asked to be deleted until they are gone (R153, R154).

Owns the asking and its retries. A text that is still on its way can't be deleted, and a provider may be away: so each
copy is a row that is tried again, and one that will not go is shown by `winback doctor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import func, select, update

from bot.clock import domain_now
from bot.compose import App
from bot.conversations.rows import fixed
from bot.models import Conversation, Erasure, Outbound, ProviderCopy, StatusReport
from bot.privacy.forgetting import Erased, copies_of_sent
from bot.sending.archive import ListingError

PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    *[timedelta(days=1)] * 7,
)
"""After each try that failed, real time. Then it is given up: R153 gives a month."""
AT_ONCE = 100
"""Copies a run: it waits for the network, and the other errands wait for it."""
LATE = timedelta(days=3)
"""For how long a report may still name a text that left before the erasure."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Copy:
    id: int
    account: str
    provider_id: str
    tries: int


def forget_copies(app: App, limit: int = AT_ONCE) -> int:
    """Ask for what is due; gives how many are gone. With no transaction open while the provider is asked."""
    _late_ones(app)
    gone = 0
    for copy in _due(app, limit):
        try:
            app.archive.forget_text(copy.account, copy.provider_id)
        except ListingError as error:
            _put_off(app, copy, str(error))
        else:
            _end(app, copy, "gone", None)
            gone += 1
    return gone


def waiting_and_given_up(app: App) -> tuple[int, int]:
    """How many copies are still to be asked for, and how many would not go."""
    with app.database.read() as session:
        rows = session.execute(
            select(ProviderCopy.status, func.count().label("copies"))
            .where(ProviderCopy.status != "gone")
            .group_by(ProviderCopy.status)
        ).all()
    found = {row.status: int(row.copies) for row in rows}
    return found.get("waiting", 0), found.get("given_up", 0)


def copies_of(app: App, erasure_id: int) -> dict[str, int]:
    """How many copies of one erasure are gone, waiting, given_up."""
    with app.database.read() as session:
        rows = session.execute(
            select(ProviderCopy.status, func.count().label("copies"))
            .where(ProviderCopy.erasure_id == erasure_id)
            .group_by(ProviderCopy.status)
        ).all()
    return {"gone": 0, "waiting": 0, "given_up": 0} | {row.status: int(row.copies) for row in rows}


def _due(app: App, limit: int) -> list[_Copy]:
    with app.database.read() as session:
        rows = session.execute(
            select(ProviderCopy.id, ProviderCopy.account, ProviderCopy.provider_id, ProviderCopy.tries)
            .where(ProviderCopy.status == fixed("waiting"), ProviderCopy.next_try_at <= app.real_now())
            .order_by(ProviderCopy.next_try_at, ProviderCopy.id)
            .limit(limit)
        )
        return [_Copy(*row) for row in rows]


def _put_off(app: App, copy: _Copy, why: str) -> None:
    if copy.tries >= len(PAUSES):
        _log.warning("a copy at the provider could not be deleted", copy=copy.id, why=why)
        _end(app, copy, "given_up", why)
        return
    with app.database.write() as session:
        session.execute(
            update(ProviderCopy)
            .where(ProviderCopy.id == copy.id)
            .values(tries=copy.tries + 1, next_try_at=app.real_now() + PAUSES[copy.tries], why=why[:64])
        )


def _end(app: App, copy: _Copy, status: str, why: str | None) -> None:
    with app.database.write() as session:
        session.execute(
            update(ProviderCopy)
            .where(ProviderCopy.id == copy.id)
            .values(
                status=status,
                next_try_at=None,
                tries=copy.tries + 1,
                why=why[:64] if why is not None else None,
            )
        )


def _late_ones(app: App) -> None:
    """What came after the erasure of what was before it: names of texts that were just leaving, and carriers' reports."""
    with app.database.read() as session:
        since = domain_now(session, app.real_now) - LATE
        named = session.execute(
            _of_erased(Outbound.id.label("text")).where(
                Erasure.finished_at > since,
                Outbound.provider_id.is_not(None),
                ~select(ProviderCopy.id).where(ProviderCopy.provider_id == Outbound.provider_id).exists(),
            )
        ).all()
        reports = session.execute(
            _of_erased(StatusReport.id.label("report"), StatusReport.raw)
            .join(StatusReport, StatusReport.outbound_public_id == Outbound.public_id)
            .where(Erasure.finished_at > since, StatusReport.received_at >= Erasure.asked_at)
        ).all()
    for row in named:
        with app.database.write() as session:
            erased = Erased(row.id, row.shop_id, row.phone_key, row.customer_id, row.asked_at)
            copies_of_sent(session, erased, [row.text])
    told = [row.report for row in reports if row.raw]
    if told:
        with app.database.write() as session:
            session.execute(update(StatusReport).where(StatusReport.id.in_(told)).values(raw={}))


def _of_erased(*columns: Any) -> Any:
    """Texts of before an erasure, with it."""
    return (
        select(
            Erasure.id,
            Erasure.shop_id,
            Erasure.phone_key,
            Erasure.customer_id,
            Erasure.asked_at,
            *columns,
        )
        .select_from(Erasure)
        .join(
            Conversation,
            (Conversation.shop_id == Erasure.shop_id) & (Conversation.customer_id == Erasure.customer_id),
        )
        .join(
            Outbound,
            (Outbound.shop_id == Conversation.shop_id) & (Outbound.conversation_id == Conversation.id),
        )
        .where(Outbound.created_at <= Erasure.asked_at)
    )
