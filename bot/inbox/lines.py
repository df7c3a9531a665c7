"""One line of the list: whose, what was said last, why it is with people, and for how long somebody has waited.

Owns the line. Which conversations are listed is `bot.inbox.views`'. Writes nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from bot.inbox import Actor
from bot.inbox.hours import worked
from bot.inbox.reasons import SHOP, Reason, cause_of, given, reason
from bot.inbox.views import Found
from bot.inbox.watching import Watcher
from bot.models import Conversation, Customer, Inbound, Outbound, Shop, Staff
from bot.phones import mask
from bot.shops import ShopSettings

START = 140
"""Characters of a text that a line shows."""
SHOWN = ("ready", "claimed", "sent", "unknown")
"""Texts of ours that left, or are about to (models.Outbound.status)."""

_COLUMNS = (
    "id",
    "customer_id",
    "holder",
    "holder_reason",
    "staff_id",
    "assignee_id",
    "team",
    "language",
    "snoozed_until",
    "closed_at",
    "version",
    "last_inbound_id",
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff by name, also one who works here no more."""

    staff_id: int
    name: str


@dataclass(frozen=True, slots=True)
class LastText:
    """The start of the last text, whoever wrote it; of the shop's only those that left or are about to."""

    who: Literal["customer", "bot", "staff", "api"]
    start: str
    at: datetime
    picture: bool


@dataclass(frozen=True, slots=True)
class Age:
    """For how long a customer has waited, in the shop's working hours. `tone`: calm, soon (three quarters of the
    target are over) or late."""

    since: datetime
    worked: timedelta
    target: timedelta
    tone: Literal["calm", "soon", "late"]


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation."""

    conversation_id: int
    customer_id: int
    name: str
    """First and last name; the masked number where there is none."""
    phone: str
    """Masked."""
    last: LastText | None
    reason: Reason | None
    """None: the bot's."""
    age: Age | None
    """None: nobody waits for a person."""
    holder: str
    """bot, nobody or staff."""
    held_by: Colleague | None
    assignee: Colleague | None
    team: str | None
    language: str
    unread: bool
    """With people, and the actor has not seen the customer's last text."""
    snoozed_until: datetime | None
    closed_at: datetime | None
    watching: tuple[Watcher, ...]
    """Colleagues who look at it now, the actor left out."""
    version: int
    found: str | None = None
    """The stretch of the text in which a search found its words."""


def age_of(
    settings: ShopSettings, zone: str, since: datetime | None, now: datetime, paused: datetime | None = None
) -> Age | None:
    """How long a person has been waited for, against the shop's target. `paused`: until when it was put aside."""
    if since is None:
        return None
    target = timedelta(minutes=settings.reply_target_minutes)
    waited = worked(settings.hours, zone, max(since, paused) if paused else since, now)
    tone: Literal["calm", "soon", "late"] = (
        "late" if waited > target else "soon" if waited > target * 3 / 4 else "calm"
    )
    return Age(since, waited, target, tone)


def colleagues(session: Session, shop_id: int, ids: Iterable[int | None]) -> dict[int, Colleague]:
    """These members of staff of this shop, by number."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    rows = session.execute(
        select(Staff.id, Staff.name).where(Staff.shop_id == shop_id, Staff.id.in_(sorted(wanted)))
    )
    return {row.id: Colleague(row.id, row.name) for row in rows}


def lines_of(
    session: Session,
    actor: Actor,
    places: Sequence[Found],
    watchers: Mapping[int, tuple[Watcher, ...]],
    stretches: Mapping[int, str],
    now: datetime,
) -> tuple[Line, ...]:
    """The lines of these places. `stretches`: in which text a search found each."""
    if not places:
        return ()
    shop = session.execute(select(Shop).where(Shop.id == actor.shop_id)).scalar_one()
    settings = ShopSettings.model_validate(shop.settings)
    rows = _rows(session, actor, [place.id for place in places], now)
    staff = colleagues(
        session, actor.shop_id, [each for row in rows.values() for each in (row.staff_id, row.assignee_id)]
    )
    said = _last(session, actor, rows.values())
    found = []
    for place in places:
        row = rows[place.id]
        phone = mask(row.phone)
        found.append(
            Line(
                conversation_id=row.id,
                customer_id=row.customer_id,
                name=" ".join(filter(None, (row.first_name, row.last_name))) or phone,
                phone=phone,
                last=said.get(row.id),
                reason=reason(row.cause, row.holder_reason),
                age=age_of(settings, shop.zone, place.since, now, row.snoozed_until),
                holder=row.holder,
                held_by=staff.get(row.staff_id) if row.holder == "staff" else None,
                assignee=staff.get(row.assignee_id),
                team=row.team,
                language=row.language or row.theirs or shop.language,
                unread=place.unread,
                snoozed_until=row.snoozed_until if row.snoozed_until and row.snoozed_until > now else None,
                closed_at=row.closed_at,
                watching=watchers.get(row.id, ()),
                version=row.version,
                found=stretches.get(row.id) or None,
            )
        )
    return tuple(found)


def _rows(session: Session, actor: Actor, ids: Sequence[int], now: datetime) -> dict[int, Any]:
    rows = session.execute(_whole(), given(actor.shop_id, now) | {"ids": ids})
    return {row.id: row for row in rows}


@functools.cache
def _whole() -> Select[Any]:
    newest = (
        select(Outbound.id)
        .where(
            Outbound.shop_id == Conversation.shop_id,
            Outbound.conversation_id == Conversation.id,
            Outbound.status.in_(SHOWN),
        )
        .order_by(Outbound.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns: list[Any] = [
        *(Conversation.__table__.c[name] for name in _COLUMNS),
        Customer.first_name,
        Customer.last_name,
        Customer.phone,
        Customer.language.label("theirs"),
        cause_of().label("cause"),
        newest.label("last_outbound_id"),
    ]
    return (
        select(*columns)
        .select_from(Conversation)
        .join(
            Customer, and_(Customer.shop_id == Conversation.shop_id, Customer.id == Conversation.customer_id)
        )
        .where(Conversation.shop_id == SHOP, Conversation.id.in_(bindparam("ids", expanding=True)))
    )


def _last(session: Session, actor: Actor, rows: Iterable[Any]) -> dict[int, LastText]:
    rows = list(rows)
    heard = session.execute(
        select(Inbound.conversation_id, Inbound.body, Inbound.media, Inbound.kind, Inbound.received_at).where(
            Inbound.shop_id == actor.shop_id, Inbound.id.in_([row.last_inbound_id for row in rows])
        )
    )
    said = session.execute(
        select(
            Outbound.conversation_id,
            Outbound.body,
            Outbound.author,
            Outbound.created_at,
            Outbound.attempted_at,
        ).where(Outbound.shop_id == actor.shop_id, Outbound.id.in_([row.last_outbound_id for row in rows]))
    )
    found = {
        row.conversation_id: LastText("customer", row.body[:START], row.received_at, bool(row.media))
        for row in heard
    }
    for row in said:
        text = LastText(row.author, row.body[:START], row.attempted_at or row.created_at, False)
        other = found.get(row.conversation_id)
        if other is None or other.at <= text.at:
            found[row.conversation_id] = text
    return found
