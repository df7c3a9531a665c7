"""What is forgotten of an erased customer, table by table, a batch at a time.

Owns which columns carry something personal. Rows stay where something else points to them or counts them, without what
was said: texts, turns, links. Only what came up to the erasure is touched: who comes back afterwards is a new customer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from bot.conversations import pictures
from bot.conversations.rows import insert_once
from bot.models import (
    Base,
    Click,
    ConsentPayload,
    Conversation,
    Enrolment,
    Inbound,
    Journal,
    LedgerEntry,
    Link,
    Order,
    OrderLine,
    Outbound,
    ProviderCopy,
    Sender,
    Shop,
    Signal,
    StatusReport,
)

BATCH = 200
"""Rows a transaction: on SQLite webhooks wait for it."""
NOTHING: Mapping[str, Any] = {"erased": True}
"""What stands where an event or its facts stood: a replay says «erased»."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Whose data go, in plain values. `asked_at`: up to when (domain time)."""

    erasure_id: int
    shop_id: int
    phone_key: str
    customer_id: int | None
    asked_at: datetime


Forget: TypeAlias = Callable[[Session, Erased, int], tuple[int, int | None]]
"""Takes the id after which to go on; gives how many rows were emptied, and where to go on (None: there are no more)."""


def _texts_received(session: Session, erased: Erased, after: int) -> tuple[int, int | None]:
    where = (Inbound.conversation_id.in_(_theirs(erased)), Inbound.received_at <= erased.asked_at)
    ids = _next(session, Inbound, erased, after, *where)
    for account, provider_id in session.execute(
        select(Inbound.account, Inbound.provider_id).where(Inbound.id.in_(ids), Inbound.kind != "call")
    ).all():
        expect_copy(session, erased, account, provider_id)
    return _emptied(session, Inbound, ids, {"body": "", "media": [], "reading": None})


def _pictures(session: Session, erased: Erased, _after: int) -> tuple[int, int | None]:
    if erased.customer_id is None:
        return 0, None
    return pictures.forget(session, erased.shop_id, erased.customer_id), None


def _texts_sent(session: Session, erased: Erased, after: int) -> tuple[int, int | None]:
    where = (Outbound.conversation_id.in_(_theirs(erased)), Outbound.created_at <= erased.asked_at)
    ids = _next(session, Outbound, erased, after, *where)
    copies_of_sent(session, erased, ids)
    return _emptied(session, Outbound, ids, {"body": "", "effect": None})


def copies_of_sent(session: Session, erased: Erased, ids: Sequence[int]) -> int:
    """Ask for the copies of these texts, and forget what the carriers' reports on them say; gives how many are new.

    A row does not tell its account: with several, each is asked, and all but one have never heard of it.
    """
    rows = session.execute(select(Outbound.public_id, Outbound.provider_id).where(Outbound.id.in_(ids))).all()
    accounts = session.scalars(
        select(Sender.account).where(Sender.shop_id == erased.shop_id).distinct()
    ).all()
    names = [row.provider_id for row in rows if row.provider_id]
    session.execute(
        update(StatusReport)
        .where(StatusReport.outbound_public_id.in_([row.public_id for row in rows]))
        .values(raw={})
    )
    return sum(expect_copy(session, erased, account, name) for account in accounts for name in names)


def expect_copy(session: Session, erased: Erased, account: str, provider_id: str) -> bool:
    """Have the provider asked to delete this text. False: it is on the list already."""
    values = {
        "shop_id": erased.shop_id,
        "erasure_id": erased.erasure_id,
        "account": account,
        "provider_id": provider_id,
        "status": "waiting",
        "tries": 0,
        "next_try_at": erased.asked_at.replace(year=2000),  # real time, and long ago: at the next run
    }
    return insert_once(session, ProviderCopy, values) is not None


def _turns(session: Session, erased: Erased, after: int) -> tuple[int, int | None]:
    where = (Journal.enrolment_id.in_(_passages(erased)), Journal.at <= erased.asked_at)
    ids = _next(session, Journal, erased, after, *where)
    empty: dict[str, Any] = {
        "event": dict(NOTHING),
        "facts": dict(NOTHING),
        "effects": [],
        "texts": [],
        "state": None,
    }
    return _emptied(session, Journal, ids, empty)


def _signals(session: Session, erased: Erased, after: int) -> tuple[int, int | None]:
    where = (Signal.conversation_id.in_(_theirs(erased)), Signal.at <= erased.asked_at)
    ids = _next(session, Signal, erased, after, *where)
    return _emptied(session, Signal, ids, {"event": dict(NOTHING)})


def _passages_state(session: Session, erased: Erased, after: int) -> tuple[int, int | None]:
    """What was collected of them (names, wishes) lies in the engine's state."""
    where = (Enrolment.id.in_(_passages(erased)), Enrolment.started_at <= erased.asked_at)
    ids = _next(session, Enrolment, erased, after, *where)
    for row in session.scalars(select(Enrolment).where(Enrolment.id.in_(ids))):
        row.state = {**row.state, "values": {}}
    session.flush()
    return len(ids), ids[-1] if len(ids) == BATCH else None


def _links(session: Session, erased: Erased, after: int) -> tuple[int, int | None]:
    """An old link leads to the shop's front door from now on."""
    ids = _next(
        session,
        Link,
        erased,
        after,
        Link.customer_id == erased.customer_id,
        Link.created_at <= erased.asked_at,
    )
    front = select(Shop.site_url).where(Shop.id == erased.shop_id).scalar_subquery()
    session.execute(
        update(Click).where(Click.shop_id == erased.shop_id, Click.link_id.in_(ids)).values(agent="")
    )
    return _emptied(session, Link, ids, {"target": front, "purpose": "shop"})


def _order_lines(session: Session, erased: Erased, after: int) -> tuple[int, int | None]:
    """What they bought. That they bought, and for how much, stays in the shop's figures."""
    orders = select(Order.id).where(
        Order.shop_id == erased.shop_id,
        Order.customer_id == erased.customer_id,
        Order.placed_at <= erased.asked_at,
    )
    ids = _next(session, OrderLine, erased, after, OrderLine.order_id.in_(orders))
    session.execute(delete(OrderLine).where(OrderLine.id.in_(ids)))
    return len(ids), ids[-1] if len(ids) == BATCH else None


def _payloads(session: Session, erased: Erased, after: int) -> tuple[int, int | None]:
    """The personal half of the ledger, salts included: the chain still checks, and no way leads back to the words."""
    links = (
        select(LedgerEntry.id)
        .where(
            LedgerEntry.shop_id == erased.shop_id,
            LedgerEntry.phone_key == erased.phone_key,
            LedgerEntry.id > after,
            LedgerEntry.at <= erased.asked_at,
        )
        .order_by(LedgerEntry.id)
        .limit(BATCH)
    )
    ids = list(session.scalars(links))
    done = session.execute(delete(ConsentPayload).where(ConsentPayload.ledger_id.in_(ids)))
    return int(done.rowcount), ids[-1] if len(ids) == BATCH else None  # type: ignore[attr-defined]


FORGETTING: tuple[tuple[str, Forget], ...] = (
    ("pictures", _pictures),
    ("texts received", _texts_received),
    ("texts sent", _texts_sent),
    ("turns", _turns),
    ("signals", _signals),
    ("passages", _passages_state),
    ("links", _links),
    ("order lines", _order_lines),
    ("proofs' personal halves", _payloads),
)
"""In this order. Each may run twice."""


def _theirs(erased: Erased) -> Any:
    return select(Conversation.id).where(
        Conversation.shop_id == erased.shop_id, Conversation.customer_id == erased.customer_id
    )


def _passages(erased: Erased) -> Any:
    return select(Enrolment.id).where(
        Enrolment.shop_id == erased.shop_id, Enrolment.customer_id == erased.customer_id
    )


def _next(
    session: Session, table: type[Base], erased: Erased, after: int, *where: ColumnElement[bool]
) -> list[int]:
    c = table.__table__.c
    rows = session.scalars(
        select(c.id).where(c.shop_id == erased.shop_id, c.id > after, *where).order_by(c.id).limit(BATCH)
    )
    return list(rows)


def _emptied(
    session: Session, table: type[Base], ids: Sequence[int], values: Mapping[str, Any]
) -> tuple[int, int | None]:
    if ids:
        session.execute(
            update(table)
            .where(table.__table__.c.id.in_(ids))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    return len(ids), ids[-1] if len(ids) == BATCH else None
