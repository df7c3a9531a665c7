"""Which matters of a shop its people have not heard of yet: each has a key, and who was told of it under that key knows.

Owns what counts as a matter, and when one is news. Reads, and writes nothing: telling is bot.inbox.alerting's. The told ones
are left out by the database, so that a shop with thousands costs no more than what is new there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Select, String, and_, cast, exists, literal, or_, select, tuple_, union
from sqlalchemy.orm import Session

from bot.conversations.rows import fixed
from bot.inbox.hours import worked
from bot.models import Conversation, Customer, Notification, Outbound, Promise, Shop, Suppression
from bot.sending.unknowns import GIVES_UP
from bot.shops import ShopSettings

Matter: TypeAlias = Literal["waits", "late", "promise", "doubt", "unknown"]
TEST: Final = "test"
"""What a notification is of that somebody sent to see whether it arrives: no matter, and no news to a browser."""
AT_ONCE = 200
"""Matters of a kind and shop that one look takes up."""
FORGOTTEN = timedelta(days=30)
"""How far back a matter is news: a shop that switches this on hears not of last year."""


@dataclass(frozen=True, slots=True)
class Found:
    """One matter that nobody has been told of yet."""

    matter: Matter
    key: str
    line: str
    conversation_id: int | None = None
    staff_id: int | None = None


def news(session: Session, shop: Shop, settings: ShopSettings, now: datetime) -> Iterator[Found]:
    """What there is to tell of this shop now."""
    yield from _waits(session, shop.id, now)
    yield from _late(session, shop, settings, now)
    yield from _promises(session, shop.id, now)
    yield from _doubts(session, shop.id, now)
    yield from _unknowns(session, shop.id, now)


def _waits(session: Session, shop_id: int, now: datetime) -> Iterator[Found]:
    rows = session.execute(
        select(Conversation.id, Conversation.held_since, Conversation.holder_reason)
        .where(
            Conversation.shop_id == shop_id,
            Conversation.holder == fixed("nobody"),
            Conversation.held_since > now - FORGOTTEN,
            Conversation.closed_at.is_(None),
            or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= now),
            ~_told_since("waits", Conversation.held_since),
        )
        .order_by(Conversation.held_since)
        .limit(AT_ONCE)
    )
    for row in rows:
        why = f": {' '.join(row.holder_reason.split())}" if row.holder_reason else ""
        yield Found(
            "waits", f"waits:{row.id}:{row.held_since.isoformat()}", f"waits for a person{why}"[:200], row.id
        )


def _late(session: Session, shop: Shop, settings: ShopSettings, now: datetime) -> Iterator[Found]:
    """Working time is never more than the time by the clock, so what is looked at is few.

    By the key itself, page by page: a text of the shop's that turns out to be lost makes the answer to an older text owed
    again, and that is a matter of its own however lately another of this conversation was told.
    """
    target = timedelta(minutes=settings.reply_target_minutes)
    line = f"no answer for {settings.reply_target_minutes} minutes of working hours"
    left = AT_ONCE
    for page in _pages(session, _owed(shop.id, target, now)):
        keys = {row.id: f"late:{row.id}:{row.owed_since.isoformat()}" for row in page}
        told = set(
            session.scalars(
                select(Notification.key).where(
                    Notification.shop_id == shop.id, Notification.key.in_(keys.values())
                )
            )
        )
        for row in page:
            if keys[row.id] in told or worked(settings.hours, shop.zone, row.owed_since, now) < target:
                continue
            yield Found("late", keys[row.id], line, row.id, row.staff_id or row.assignee_id)
            left -= 1
            if not left:
                return


def _owed(shop_id: int, target: timedelta, now: datetime) -> Select[Any, Any, Any, Any]:
    return select(
        Conversation.id, Conversation.owed_since, Conversation.staff_id, Conversation.assignee_id
    ).where(
        Conversation.shop_id == shop_id,
        Conversation.holder != fixed("bot"),
        Conversation.owed_since <= now - target,
        Conversation.owed_since > now - FORGOTTEN,
        Conversation.closed_at.is_(None),
        or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= now),
    )


def _pages(session: Session, owed: Select[Any, Any, Any, Any]) -> Iterator[list[Any]]:
    """Those who are owed an answer, the oldest first."""
    order = (Conversation.owed_since, Conversation.id)
    page = session.execute(owed.order_by(*order).limit(AT_ONCE)).all()
    while page:
        yield list(page)
        if len(page) < AT_ONCE:
            return
        beyond = tuple_(*order) > tuple_(
            literal(page[-1].owed_since, Conversation.owed_since.type), literal(page[-1].id)
        )
        page = session.execute(owed.where(beyond).order_by(*order).limit(AT_ONCE)).all()


def _promises(session: Session, shop_id: int, now: datetime) -> Iterator[Found]:
    rows = session.execute(
        select(Promise.id, Promise.conversation_id, Promise.staff_id)
        .where(
            Promise.shop_id == shop_id,
            Promise.kept_at.is_(None),
            Promise.due_at <= now,
            Promise.due_at > now - FORGOTTEN,
            ~_told_of("promise", Promise),
        )
        .order_by(Promise.due_at)
        .limit(AT_ONCE)
    )
    for row in rows:
        line = "something that was promised is due"
        yield Found("promise", f"promise:{row.id}", line, row.conversation_id, row.staff_id)


def _doubts(session: Session, shop_id: int, now: datetime) -> Iterator[Found]:
    rows = session.execute(
        select(Conversation.id, Suppression.since)
        .select_from(Suppression)
        .join(
            Customer,
            (Customer.shop_id == Suppression.shop_id) & (Customer.phone_key == Suppression.phone_key),
        )
        .join(
            Conversation,
            (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
        )
        .where(
            Suppression.shop_id == shop_id,
            Suppression.kind == fixed("held"),
            Suppression.since > now - FORGOTTEN,
            ~_told_since("doubt", Suppression.since),
        )
        .limit(AT_ONCE)
    )
    for row in rows:
        line = "perhaps an opt-out: somebody has to decide within a week"
        yield Found("doubt", f"doubt:{row.id}:{row.since.isoformat()}", line, row.id)


def _unknowns(session: Session, shop_id: int, now: datetime) -> Iterator[Found]:
    rows = session.execute(
        select(Outbound.id, Outbound.conversation_id)
        .where(
            Outbound.shop_id == shop_id,
            Outbound.status == fixed("unknown"),
            Outbound.attempted_at <= now - GIVES_UP,
            Outbound.attempted_at > now - FORGOTTEN,
            ~_told_of("unknown", Outbound),
        )
        .limit(AT_ONCE)
    )
    for row in rows:
        line = "nobody knows whether a text left: somebody has to look"
        yield Found("unknown", f"unknown:{row.id}", line, row.conversation_id)


def _told_since(matter: Matter, since: Any) -> Any:
    """Whether that was told. Exact for what begins anew at the moment at which it is written down, and so at a later time
    than whatever was told of this conversation before."""
    return exists().where(
        and_(
            Notification.shop_id == Conversation.shop_id,
            Notification.conversation_id == Conversation.id,
            Notification.matter == matter,
            Notification.at >= since,
        )
    )


def _told_of(matter: Matter, row: type[Promise | Outbound]) -> Any:
    """Whether that row was told of, by its key: another of the same conversation is another matter."""
    key = literal(f"{matter}:").concat(cast(row.id, String))
    return exists().where(and_(Notification.shop_id == row.shop_id, Notification.key == key))


BUSY = union(  # each by a partial index: shops where nothing is the matter cost nothing
    select(Conversation.shop_id).where(Conversation.holder != fixed("bot")),
    select(Promise.shop_id).where(Promise.kept_at.is_(None)),
    select(Suppression.shop_id).where(Suppression.kind == fixed("held")),
    select(Outbound.shop_id).where(Outbound.status == fixed("unknown")),
)
"""The shops where people may have something to hear of."""
