"""Telling people, one notice at a time: claimed, carried out with no transaction open, written down.

Owns the tries and what is said on each way. A notice is claimed by moving its next time on, so it costs an index probe, two
processes do no harm, and one that dies comes again: whoever is told may be told twice, never not at all. A text to a phone
is a row with a unique key, and so is told once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import select, update

from bot.alerts import own_phone
from bot.alerts.mail import SmtpMailer
from bot.alerts.outcomes import Delivered, Delivery, Later, Mailer, Never, Poster
from bot.alerts.webhook import HEADER, HttpPoster, secret_of, signature
from bot.clock import domain_now
from bot.compose import App
from bot.conversations.rows import fixed
from bot.inbox.alerting import still_open
from bot.models import Conversation, Customer, Notice, Notification, Shop
from bot.phones import mask
from bot.shops import ShopSettings
from flows.zones import zone_named

TRIES = 10
FIRST_PAUSE = timedelta(seconds=30)
"""Doubled with each try: the tenth is about four hours after the first."""
AT_ONCE = 50
NIGHT = (21, 8)
"""No e-mail from 9 p.m. to 8 a.m. in the shop's zone, unless the shop wants it."""


@dataclass(frozen=True, slots=True)
class _Claimed:
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


def deliver(app: App, mailer: Mailer | None = None, poster: Poster | None = None) -> int:
    """Try the notices that are due; gives how many were told. An errand."""
    mailer = mailer or (SmtpMailer(app.settings.mail) if app.settings.mail.host else None)
    poster = poster or HttpPoster(private=app.settings.notify.private_webhooks)
    with app.database.read() as session:
        due = session.scalars(
            select(Notice.id)
            .where(Notice.status == fixed("waiting"), Notice.next_try_at <= app.real_now())
            .order_by(Notice.next_try_at)
            .limit(AT_ONCE)
        ).all()
    told = 0
    for notice_id in due:
        if (claimed := _claim(app, notice_id)) is not None:
            outcome = _try(app, claimed, mailer, poster)
            _record(app, claimed, outcome)
            told += isinstance(outcome, Delivered)
    return told


def _try(app: App, notice: _Claimed, mailer: Mailer | None, poster: Poster) -> Delivery:
    if notice.channel == "answer":
        return own_phone.hand_on(app, notice.shop_id, int(notice.address))
    if not notice.open:
        return Never("it was seen to before")
    match notice.channel:
        case "webhook":
            body = json.dumps(_document(notice), separators=(",", ":")).encode()
            seconds = int(app.real_now().timestamp())
            signed = signature(secret_of(app.keys, notice.shop_id), seconds, body)
            headers = {"Content-Type": "application/json", HEADER: signed, "User-Agent": "Winback"}
            return poster.post(notice.address, body, headers)
        case "email":
            if mailer is None:
                return Never("no mail server is set")
            subject = " ".join(f"{notice.shop}: {notice.line[:80]}".split())
            return mailer.send(
                notice.address, subject, f"{notice.who} {notice.line}.\n{_address(app, notice)}\n"
            )
        case "text":
            return own_phone.tell(app, notice.shop_id, notice.id, int(notice.address))
        case _:
            return Never("no such way")


def _document(notice: _Claimed) -> dict[str, Any]:
    """What a webhook gets: no name and no words of a customer's."""
    return {
        "type": f"inbox.{notice.matter}",
        "id": notice.id,
        "conversation": notice.conversation_id,
        "line": notice.line,
        "at": notice.at.isoformat(),
    }


def _address(app: App, notice: _Claimed) -> str:
    """The conversation in the console, or the shop's inbox."""
    console = app.settings.console
    base = (console.url or f"http://{console.host}:{console.port}").rstrip("/")
    inbox = f"{base}/shops/{notice.slug}/inbox"
    return f"{inbox}/{notice.conversation_id}" if notice.conversation_id else inbox


def _claim(app: App, notice_id: int) -> _Claimed | None:
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
        waits = notice.channel == "email" and night and not settings.notify.at_night
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
        return _Claimed(
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


def _till_morning(local: datetime) -> timedelta:
    morning = local.replace(hour=NIGHT[1], minute=0, second=0, microsecond=0)
    if morning <= local:
        morning += timedelta(days=1)
    return morning - local


def _record(app: App, notice: _Claimed, outcome: Delivery) -> None:
    match outcome:
        case Delivered():
            values: dict[str, Any] = {"status": "sent", "why": None, "next_try_at": None}
        case Later(why=why) if notice.tries < TRIES:
            values = {"why": why[:64]}
        case Later(why=why) | Never(why=why):
            values = {"status": "failed" if notice.open else "skipped", "why": why[:64], "next_try_at": None}
        case _:
            assert_never(outcome)
    with app.database.write() as session:
        session.execute(
            update(Notice).where(Notice.shop_id == notice.shop_id, Notice.id == notice.id).values(**values)
        )
