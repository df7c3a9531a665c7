"""A notice in the hands of whoever tries it: claimed with its next try moved on, and what came of it written down.

Owns the tries and the night (a test is tried once, and at any hour). A claim costs an index probe, two processes do no harm, and a notice whose process dies comes
again: whoever is told may be told twice, never not at all. A text to a phone is a row with a unique key, and so is told once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import select, update

from bot.alerts.outcomes import Delivered, Delivery, Later, Never
from bot.clock import domain_now
from bot.compose import App
from bot.conversations.rows import fixed
from bot.inbox.alerting import still_open
from bot.inbox.matters import TEST
from bot.models import Conversation, Customer, Notice, Notification, Shop
from bot.phones import mask
from bot.shops import ShopSettings
from flows.zones import zone_named

TRIES = 10
FIRST_PAUSE = timedelta(seconds=30)
"""Doubled with each try: the tenth is about four hours after the first."""
NIGHT = (21, 8)
"""No e-mail from 9 p.m. to 8 a.m. in the shop's zone, unless the shop wants it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that is ours to try, in plain values."""

    id: int
    shop_id: int
    channel: str
    address: str
    tries: int
    line: str
    matter: str
    conversation_id: int | None
    who: str
    shop: str
    slug: str
    at: datetime
    open: bool


def claim(app: App, notice_id: int) -> Claimed | None:
    """The notice, with its next try moved on; None: it is not due any more, or has to wait for the morning."""
    real = app.real_now()
    with app.database.write() as session:
        row: Any = session.execute(
            select(Notice, Notification, Shop)
            .join(
                Notification,
                (Notification.shop_id == Notice.shop_id) & (Notification.id == Notice.notification_id),
            )
            .join(Shop, Shop.id == Notice.shop_id)
            .where(Notice.id == notice_id, Notice.status == fixed("waiting"), Notice.next_try_at <= real)
        ).one_or_none()
        if row is None:
            return None
        notice, matter, shop = row
        now = domain_now(session, app.real_now)
        settings = ShopSettings.model_validate(shop.settings)
        local = now.astimezone(zone_named(shop.zone))
        night = not NIGHT[1] <= local.hour < NIGHT[0]
        tries = notice.tries + 1  # before the update, which changes the loaded row as well
        pause = FIRST_PAUSE * 2**notice.tries
        waits = notice.channel == "email" and night and not settings.notify.at_night and matter.matter != TEST
        if waits:
            pause = _till_morning(local)
        moved = session.execute(
            update(Notice)
            .where(Notice.id == notice_id, Notice.next_try_at == notice.next_try_at)
            .values(next_try_at=real + pause, tries=notice.tries if waits else tries)
        )
        if waits or not moved.rowcount:  # type: ignore[attr-defined]
            return None
        who: Any = session.execute(
            select(Customer.first_name, Customer.last_name, Customer.phone)
            .join(
                Conversation,
                (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
            )
            .where(Conversation.shop_id == shop.id, Conversation.id == (matter.conversation_id or 0))
        ).one_or_none()
        name = " ".join(part for part in (who[0], who[1]) if part) or mask(who[2]) if who else "Somebody"
        return Claimed(
            id=notice.id,
            shop_id=shop.id,
            channel=notice.channel,
            address=notice.address,
            tries=tries,
            line=matter.line,
            matter=matter.matter,
            conversation_id=matter.conversation_id,
            who=name,
            shop=shop.name,
            slug=shop.slug,
            at=matter.at,
            open=still_open(session, matter),
        )


def record(app: App, notice: Claimed, outcome: Delivery) -> None:
    """Write down what came of the try."""
    match outcome:
        case Delivered():
            values: dict[str, Any] = {"status": "sent", "why": None, "next_try_at": None}
        case Later(why=why) if notice.tries < TRIES and notice.matter != TEST:
            values = {"why": why[:64]}
        case Later(why=why) | Never(why=why):
            values = {"status": "failed" if notice.open else "skipped", "why": why[:64], "next_try_at": None}
        case _:
            assert_never(outcome)
    with app.database.write() as session:
        session.execute(
            update(Notice).where(Notice.shop_id == notice.shop_id, Notice.id == notice.id).values(**values)
        )


def _till_morning(local: datetime) -> timedelta:
    morning = local.replace(hour=NIGHT[1], minute=0, second=0, microsecond=0)
    if morning <= local:
        morning += timedelta(days=1)
    return morning - local
