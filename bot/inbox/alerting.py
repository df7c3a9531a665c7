"""What people of the shop have to hear of now: somebody waits, the reply target is past, a promise is due.

Owns that each matter is told once, and to whom. Which there are is bot.inbox.matters'; how it gets to somebody is
bot.alerts': webhook, e-mail, a text to a person's own phone; a browser polls the mark. Nothing is told to customers here,
and a line holds nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.conversations.rows import fixed, insert_once
from bot.inbox import Actor
from bot.inbox.matters import BUSY, TEST, Found, Matter, news
from bot.models import ConfirmedPhone, Conversation, Customer, Notice, Notification, Shop
from bot.phones import mask
from bot.shops import ShopSettings

log = structlog.stdlib.get_logger(__name__)


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


def look(app: App) -> int:
    """Tell what has become due; gives how many matters are new. An errand; twice is once."""
    with app.database.read() as session:
        shops = session.scalars(BUSY).all()
    found = 0
    for shop_id in shops:
        try:
            found += _look_at(app, shop_id)
        except Exception:  # the edge of one shop's look: the others' people wait for theirs
            log.exception("a look for matters failed", shop=shop_id)
    return found


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
    whose = Notification.staff_id.is_(None) | (Notification.staff_id == actor.staff_id)
    return whose & (Notification.matter != TEST)


def _look_at(app: App, shop_id: int) -> int:
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        shop = session.get_one(Shop, shop_id)
        settings = ShopSettings.model_validate(shop.settings)
        found = list(news(session, shop, settings, now))
    if not found:
        return 0
    with app.database.write() as session:
        return sum(_tell(session, shop_id, settings, each, now, app.real_now()) for each in found)


def _tell(
    session: Session, shop_id: int, settings: ShopSettings, found: Found, now: datetime, real: datetime
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
        for channel, address in ways(session, shop_id, settings):
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


def ways(session: Session, shop_id: int, settings: ShopSettings) -> Iterator[tuple[str, str]]:
    """On which channels the shop wants to hear of matters, and where."""
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
