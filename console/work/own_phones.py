"""The routes of people's own phones: proved by a code, put down to somebody, forgotten.

Owns their words. What a phone proves is bot.conversations.own_phones', and who may answer from one bot.alerts.speakers'.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.conversations import own_phones
from bot.keys import Keys
from bot.models import ConfirmedPhone, Sender, Staff
from bot.phones import BadPhone, mask, parse_phone
from bot.staff import audit
from bot.staff.roles import may
from console.access import current, needs
from console.inbox.asking import number, row
from console.inbox.asking import words as typed
from console.people import shown_phone
from console.work.pages import on


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone. `code`: what is to be texted from it, while it is not confirmed; `whose`: empty where nobody said."""

    id: int
    phone: str
    shown: str
    whose: str
    code: str


@dataclass(frozen=True, slots=True)
class Phones:
    """All of a shop's, to whom one may be put down, and the number that codes are texted to."""

    known: tuple[Phone, ...]
    people: tuple[tuple[int, str], ...]
    ours: str

    @property
    def confirmed(self) -> tuple[Phone, ...]:
        """Those that may be told something."""
        return tuple(each for each in self.known if not each.code)


def own_phone_routes(doors: Blueprint, app: App) -> None:
    """Add them."""

    @doors.post("/settings/notifications/phones")
    @needs("inbox.settings")
    def add_phone(slug: str) -> AnyResponse:
        who = current()
        try:
            phone = parse_phone(typed("own_phone", 40), "US")
        except BadPhone:
            return on("work.notifications", "phone-bad")
        with app.database.write() as session:
            person = number(request.form.get("whose"))
            if person not in dict(_people(session, who.shop_id)):
                return on("work.notifications", "phone-nobody")
            assert person is not None
            known = own_phones.say_whose(session, who.shop_id, phone, person)
            if not known:
                own_phones.ask(session, app.keys, who.shop_id, phone, person)
            audit.record(
                session,
                who.by,
                "phone put down to somebody",
                shop_id=who.shop_id,
                at=domain_now(session, app.real_now),
                subject=audit.Subject("staff", person),
                details={"phone": mask(phone), "confirmed": known},
            )
        return on("work.notifications", "phone-whose" if known else "phone-asked", _anchor="phones")

    @doors.post("/settings/notifications/phones/<int:phone>/forget")
    @needs("inbox.settings")
    def forget_phone(slug: str, phone: int) -> AnyResponse:
        who = current()
        with app.database.write() as session:
            found = session.get(ConfirmedPhone, row(phone))
            if found is None or found.shop_id != who.shop_id:
                abort(404)
            own_phones.forget(session, who.shop_id, found.phone)
            audit.record(
                session,
                who.by,
                "phone forgotten",
                shop_id=who.shop_id,
                at=domain_now(session, app.real_now),
                details={"phone": mask(found.phone)},
            )
        return on("work.notifications", "phone-forgotten")


def phones_of(session: Session, keys: Keys, shop_id: int) -> Phones:
    """What the page shows of them."""
    staff = session.execute(select(Staff.id, Staff.name).where(Staff.shop_id == shop_id))
    names = {each.id: each.name for each in staff}
    rows = session.scalars(
        select(ConfirmedPhone).where(ConfirmedPhone.shop_id == shop_id).order_by(ConfirmedPhone.id)
    )
    known = tuple(
        Phone(
            each.id,
            each.phone,
            shown_phone(each.phone),
            names.get(each.staff_id or 0, ""),
            "" if each.confirmed_at else own_phones.code_for(keys, shop_id, each.phone, each.staff_id),
        )
        for each in rows
    )
    ours = session.execute(
        select(Sender.number)
        .where(Sender.shop_id == shop_id, Sender.active.is_(True))
        .order_by(Sender.id)
        .limit(1)
    ).scalar()
    return Phones(known, tuple(_people(session, shop_id)), shown_phone(ours) if ours else "")


def _people(session: Session, shop_id: int) -> list[tuple[int, str]]:
    """Who answers customers here."""
    rows = session.execute(
        select(Staff.id, Staff.name, Staff.role)
        .where(Staff.shop_id == shop_id, Staff.active.is_(True))
        .order_by(Staff.id)
    )
    return [(each.id, each.name) for each in rows if may(each.role, "inbox.reply")]
