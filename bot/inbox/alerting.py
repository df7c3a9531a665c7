"""What people of the shop have to hear of now: somebody waits, the reply target is past, a promise is due.

Owns which matters are told, and that each is told once. How it gets to somebody is bot.alerts': webhook, e-mail, a text to
a person's own phone; a browser polls the mark. Nothing is told to customers here, and a line holds nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from sqlalchemy import and_, exists, func, or_, select, union
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.conversations.rows import fixed, insert_once
from bot.inbox import Actor
from bot.inbox.hours import worked
from bot.models import (
    ConfirmedPhone,
    Conversation,
    Customer,
    Notice,
    Notification,
    Outbound,
    Promise,
    Shop,
    Suppression,
)
from bot.phones import mask
from bot.sending.unknowns import GIVES_UP
from bot.shops import ShopSettings

Matter: TypeAlias = Literal["waits", "late", "promise", "doubt", "unknown"]
AT_ONCE = 200
"""Matters of a kind and shop that one look takes up."""
FORGOTTEN = timedelta(days=30)
"""How far back a matter is news: a shop that switches this on hears not of last year."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notification as a browser shows it: whose conversation (name or masked number), and what there is."""

    id: int
    matter: Matter
    conversation_id: int | None
    who: str
    line: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """What a page polls. `newest`: the number of the last notification for this actor."""

    newest: int
    waiting: int


@dataclass(frozen=True, slots=True)
class _Found:
    """One matter that nobody has been told of yet."""

    matter: Matter
    key: str
    line: str
    conversation_id: int | None = None
    staff_id: int | None = None


def look(app: App) -> int:
    """Tell what has become due; gives how many matters are new. An errand; twice is once."""
    with app.database.read() as session:
        shops = session.scalars(_BUSY).all()
    return sum(_look_at(app, shop_id) for shop_id in shops)


def mark(session: Session, actor: Actor) -> Mark:
    """Whether there is something new. Two index probes."""
    newest = session.execute(
        select(func.max(Notification.id)).where(Notification.shop_id == actor.shop_id, _theirs(actor))
    ).scalar()
    waiting = session.execute(
        select(func.count()).where(
            Conversation.shop_id == actor.shop_id, Conversation.holder == fixed("nobody")
        )
    ).scalar_one()
    return Mark(newest or 0, waiting)


def told(session: Session, actor: Actor, after: int = 0, limit: int = 20) -> tuple[Told, ...]:
    """Notifications for this actor after the number that their browser knows, the newest first."""
    rows = session.execute(
        select(Notification, Customer.first_name, Customer.last_name, Customer.phone)
        .outerjoin(
            Conversation,
            (Conversation.shop_id == Notification.shop_id)
            & (Conversation.id == Notification.conversation_id),
        )
        .outerjoin(
            Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id)
        )
        .where(Notification.shop_id == actor.shop_id, Notification.id > after, _theirs(actor))
        .order_by(Notification.id.desc())
        .limit(limit)
    )
    return tuple(_told(*row) for row in rows)


def still_open(session: Session, notification: Notification) -> bool:
    """Whether it is worth telling now: nobody has seen to it since."""
    conversation = session.get(Conversation, notification.conversation_id or 0)
    match notification.matter:
        case "waits":
            return conversation is not None and conversation.holder == "nobody"
        case "late":
            return conversation is not None and conversation.owed_since is not None
        case _:
            return True


def _told(row: Notification, first: str | None, last: str | None, phone: str | None) -> Told:
    who = " ".join(part for part in (first, last) if part) or mask(phone)
    return Told(row.id, row.matter, row.conversation_id, who, row.line, row.at)  # type: ignore[arg-type]


def _theirs(actor: Actor) -> Any:
    return Notification.staff_id.is_(None) | (Notification.staff_id == actor.staff_id)


def _look_at(app: App, shop_id: int) -> int:
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        shop = session.get_one(Shop, shop_id)
        settings = ShopSettings.model_validate(shop.settings)
        found = list(_news(session, shop, settings, now))
    if not found:
        return 0
    with app.database.write() as session:
        return sum(_tell(session, shop_id, settings, each, now, app.real_now()) for each in found)


def _tell(
    session: Session, shop_id: int, settings: ShopSettings, found: _Found, now: datetime, real: datetime
) -> bool:
    values = {
        "shop_id": shop_id,
        "key": found.key,
        "matter": found.matter,
        "conversation_id": found.conversation_id,
        "staff_id": found.staff_id,
        "line": found.line,
        "at": now,
    }
    made = insert_once(session, Notification, values)
    if made is None:
        return False
    if found.matter in settings.notify.matters:
        for channel, address in _ways(session, shop_id, settings):
            notice = {
                "shop_id": shop_id,
                "notification_id": made,
                "channel": channel,
                "address": address,
                "status": "waiting",
                "tries": 0,
                "next_try_at": real,
            }
            insert_once(session, Notice, notice)
    return True


def _ways(session: Session, shop_id: int, settings: ShopSettings) -> Iterator[tuple[str, str]]:
    wanted = settings.notify
    if wanted.webhook:
        yield "webhook", wanted.webhook
    for email in dict.fromkeys(wanted.emails):
        yield "email", email[:300]
    if wanted.phone:
        phone = session.execute(
            select(ConfirmedPhone.id).where(
                ConfirmedPhone.shop_id == shop_id,
                ConfirmedPhone.phone == wanted.phone,
                ConfirmedPhone.confirmed_at.is_not(None),
            )
        ).scalar_one_or_none()
        if phone is not None:
            yield "text", str(phone)


def _news(session: Session, shop: Shop, settings: ShopSettings, now: datetime) -> Iterator[_Found]:
    yield from _waits(session, shop.id, now)
    yield from _late(session, shop, settings, now)
    yield from _promises(session, shop.id, now)
    yield from _doubts(session, shop.id, now)
    yield from _unknowns(session, shop.id, now)


def _waits(session: Session, shop_id: int, now: datetime) -> Iterator[_Found]:
    rows = session.execute(
        select(Conversation.id, Conversation.held_since, Conversation.holder_reason)
        .where(
            Conversation.shop_id == shop_id,
            Conversation.holder == fixed("nobody"),
            Conversation.held_since > now - FORGOTTEN,
            Conversation.closed_at.is_(None),
            or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= now),
            ~_was_told("waits", Conversation.held_since),
        )
        .order_by(Conversation.held_since)
        .limit(AT_ONCE)
    )
    for row in rows:
        why = f": {' '.join(row.holder_reason.split())}" if row.holder_reason else ""
        yield _Found(
            "waits", f"waits:{row.id}:{row.held_since.isoformat()}", f"waits for a person{why}"[:200], row.id
        )


def _late(session: Session, shop: Shop, settings: ShopSettings, now: datetime) -> Iterator[_Found]:
    """Working time is never more than the time by the clock, so what is looked at is few."""
    target = timedelta(minutes=settings.reply_target_minutes)
    rows = session.execute(
        select(Conversation.id, Conversation.owed_since, Conversation.staff_id, Conversation.assignee_id)
        .where(
            Conversation.shop_id == shop.id,
            Conversation.holder != fixed("bot"),
            Conversation.owed_since <= now - target,
            Conversation.owed_since > now - FORGOTTEN,
            Conversation.closed_at.is_(None),
            or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= now),
            ~_was_told("late", Conversation.owed_since),
        )
        .order_by(Conversation.owed_since)
        .limit(AT_ONCE)
    )
    for row in rows:
        if worked(settings.hours, shop.zone, row.owed_since, now) < target:
            continue
        key = f"late:{row.id}:{row.owed_since.isoformat()}"
        line = f"no answer for {settings.reply_target_minutes} minutes of working hours"
        yield _Found("late", key, line, row.id, row.staff_id or row.assignee_id)


def _promises(session: Session, shop_id: int, now: datetime) -> Iterator[_Found]:
    rows = session.execute(
        select(Promise.id, Promise.conversation_id, Promise.staff_id)
        .where(
            Promise.shop_id == shop_id,
            Promise.kept_at.is_(None),
            Promise.due_at <= now,
            Promise.due_at > now - FORGOTTEN,
            ~_was_told("promise", Promise.due_at, Promise.conversation_id),
        )
        .order_by(Promise.due_at)
        .limit(AT_ONCE)
    )
    for row in rows:
        line = "something that was promised is due"
        yield _Found("promise", f"promise:{row.id}", line, row.conversation_id, row.staff_id)


def _doubts(session: Session, shop_id: int, now: datetime) -> Iterator[_Found]:
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
            ~_was_told("doubt", Suppression.since),
        )
        .limit(AT_ONCE)
    )
    for row in rows:
        line = "perhaps an opt-out: somebody has to decide within a week"
        yield _Found("doubt", f"doubt:{row.id}:{row.since.isoformat()}", line, row.id)


def _unknowns(session: Session, shop_id: int, now: datetime) -> Iterator[_Found]:
    rows = session.execute(
        select(Outbound.id, Outbound.conversation_id)
        .where(
            Outbound.shop_id == shop_id,
            Outbound.status == fixed("unknown"),
            Outbound.attempted_at <= now - GIVES_UP,
            Outbound.attempted_at > now - FORGOTTEN,
            ~_was_told("unknown", Outbound.attempted_at, Outbound.conversation_id),
        )
        .limit(AT_ONCE)
    )
    for row in rows:
        line = "nobody knows whether a text left: somebody has to look"
        yield _Found("unknown", f"unknown:{row.id}", line, row.conversation_id)


def _was_told(matter: Matter, since: Any, conversation_id: Any = Conversation.id) -> Any:
    return exists().where(
        and_(
            Notification.shop_id == Conversation.shop_id
            if conversation_id is Conversation.id
            else Notification.shop_id == conversation_id.class_.shop_id,
            Notification.conversation_id == conversation_id,
            Notification.matter == matter,
            Notification.at >= since,
        )
    )


_BUSY = union(  # each by a partial index: shops where nothing is the matter cost nothing
    select(Conversation.shop_id).where(Conversation.holder != fixed("bot")),
    select(Promise.shop_id).where(Promise.kept_at.is_(None)),
    select(Suppression.shop_id).where(Suppression.kind == fixed("held")),
    select(Outbound.shop_id).where(Outbound.status == fixed("unknown")),
)
"""The shops where people may have something to hear of."""
