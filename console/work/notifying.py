"""The routes of a shop's hours and notifications: when people answer, and who hears that somebody waits.

Owns the page and the reading of its form; its tests are console.work.trying's, its phones console.work.own_phones'. What
each setting means is bot.shops'; what is told is bot.inbox.alerting's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, request
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.alerts.addresses import fault_of
from bot.clock import domain_now
from bot.compose import App
from bot.inbox.matters import TEST
from bot.models import ConfirmedPhone, Notice, Notification, Shop
from bot.shops import ShopSettings
from bot.staff import audit
from console.access import current, needs
from console.inbox.asking import actor
from console.inbox.asking import words as typed
from console.inbox.screen import clock
from console.inbox.times import Times
from console.work.own_phones import own_phone_routes, phones_of
from console.work.pages import Said, on, page
from console.work.trying import tests_of, trying_routes

MATTERS: Final[dict[str, str]] = {
    "waits": "somebody waits for a person",
    "late": "somebody has waited longer than the reply target",
    "promise": "something that was promised is due",
    "doubt": "perhaps an opt-out, to be settled within a week",
    "unknown": "a text of which nobody knows whether it left",
}
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NAMES: Final = ("hours", "reply_target_minutes", "return_hours", "notify")
FIELDS: Final[dict[str, str]] = {
    "hours": "Working hours",
    "reply_target_minutes": "Reply target",
    "return_hours": "Return to the bot",
    "webhook": "Webhook: an address that begins with https://",
    "emails": "E-mails",
    "phone": "Phone",
}
WAYS: Final = {"webhook": "webhook", "email": "e-mail", "text": "text", "answer": "answer"}
SHOWN = 10
WORDS = 2000


@dataclass(frozen=True, slots=True)
class Heard:
    """One matter that people were told of, and how each telling went."""

    when: str
    line: str
    conversation: int | None
    ways: tuple[str, ...]


def notifying_routes(doors: Blueprint, app: App) -> None:
    """Add them."""
    trying_routes(doors, app)
    own_phone_routes(doors, app)

    @doors.get("/settings/notifications")
    @needs("inbox.settings")
    def notifications(slug: str) -> AnyResponse:
        """The shop's wishes, and what was told lately."""
        return _page(slug)

    @doors.post("/settings/notifications")
    @needs("inbox.settings")
    def keep_wishes(slug: str) -> AnyResponse:
        who, wanted = current(), _typed()
        with app.database.write() as session:
            shop = session.get_one(Shop, who.shop_id)
            meant: ShopSettings | None = None
            try:
                meant = ShopSettings.model_validate(shop.settings | wanted)
                problems = tuple(_wrong(session, app, who.shop_id, meant))
            except ValidationError as error:
                problems = tuple(dict.fromkeys(_problem(each) for each in error.errors()))
            if meant is not None and not problems:
                told = meant.model_dump(mode="json")
                shop.settings = shop.settings | {name: told[name] for name in NAMES}
                audit.record(
                    session,
                    who.by,
                    "setting changed",
                    shop_id=who.shop_id,
                    at=domain_now(session, app.real_now),
                    details={"what": ", ".join(NAMES)},
                )
        if problems:
            return _page(slug, Said("It was not kept.", "problem", problems), 422, wanted)
        return on("work.notifications", "wishes-kept")

    def _page(
        slug: str, said: Said | None = None, code: int = 200, typed_in: dict[str, Any] | None = None
    ) -> AnyResponse:
        who = actor()
        with app.database.read() as session:
            times = clock(session, app, who)
            shop = session.get_one(Shop, who.shop_id)
            settings = ShopSettings.model_validate(shop.settings)
            phones = phones_of(session, app.keys, who.shop_id)
            tests = tests_of(session, who.shop_id, settings, times, domain_now(session, app.real_now))
            heard = _heard(session, who.shop_id, times)
            zone = shop.zone
        return page(
            "notifications",
            slug,
            said=said,
            code=code,
            wishes=settings.model_dump(mode="json") | (typed_in or {}),
            matters=MATTERS,
            days=DAYS,
            phones=phones,
            tests=tests,
            heard=heard,
            zone=zone,
            mail=bool(app.settings.mail.host),
        )


def _typed() -> dict[str, Any]:
    """The settings as the form has them, for bot.shops to judge."""
    form = request.form
    return {
        "hours": {
            "days": [day for day in range(7) if form.get(f"day-{day}") == "1"],
            "from_hour": form.get("from_hour", ""),
            "to_hour": form.get("to_hour", ""),
        },
        "reply_target_minutes": form.get("reply_target_minutes", ""),
        "return_hours": typed("return_hours", 8) or None,
        "notify": {
            "matters": [each for each in MATTERS if form.get(f"matter-{each}") == "1"],
            "webhook": typed("webhook", 300) or None,
            "emails": typed("emails", WORDS).split(),
            "phone": typed("phone", 20) or None,
            "at_night": form.get("at_night") == "1",
        },
    }


def _wrong(session: Session, app: App, shop_id: int, meant: ShopSettings) -> list[str]:
    """What only the shop knows to be wrong."""
    problems = []
    if meant.hours.days and meant.hours.to_hour <= meant.hours.from_hour:
        problems.append("Working hours end after they begin.")
    if meant.notify.phone and meant.notify.phone not in _confirmed(session, shop_id):
        problems.append("That phone is not confirmed yet: see «Phones of your people» below.")
    if webhook := meant.notify.webhook:
        fault = fault_of(webhook, private=app.settings.notify.private_webhooks)
        problems += [f"Webhook: {fault}."] if fault else []
    return problems


def _problem(error: Any) -> str:
    """One fault of the form in words."""
    place = [each for each in error["loc"] if isinstance(each, str)]
    name = next((FIELDS[each] for each in reversed(place) if each in FIELDS), "A field")
    return f"{name}: {str(error['msg'])[:1].lower()}{str(error['msg'])[1:]}."


def _confirmed(session: Session, shop_id: int) -> list[str]:
    return list(
        session.scalars(
            select(ConfirmedPhone.phone)
            .where(ConfirmedPhone.shop_id == shop_id, ConfirmedPhone.confirmed_at.is_not(None))
            .order_by(ConfirmedPhone.id)
        )
    )


def _heard(session: Session, shop_id: int, times: Times) -> list[Heard]:
    rows = session.scalars(
        select(Notification)
        .where(Notification.shop_id == shop_id, Notification.matter != TEST)
        .order_by(Notification.id.desc())
        .limit(SHOWN)
    ).all()
    ways: dict[int, list[str]] = {row.id: [] for row in rows}
    for notice in session.scalars(
        select(Notice).where(Notice.shop_id == shop_id, Notice.notification_id.in_(ways)).order_by(Notice.id)
    ):
        why = f" ({notice.why})" if notice.why else ""
        ways[notice.notification_id].append(
            f"{WAYS.get(notice.channel, notice.channel)}: {notice.status}{why}"
        )
    return [Heard(times.when(row.at), row.line, row.conversation_id, tuple(ways[row.id])) for row in rows]
