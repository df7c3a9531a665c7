"""Whether a phone may hear what customers wrote, and answer them, and as whom.

Owns that decision, which is made anew each time: a phone that the shop tells no more, or whose person has left, is good for
nothing from then on. Decides; what follows from it is bot.alerts.own_phone's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox import Actor
from bot.models import ConfirmedPhone, Shop, Staff
from bot.shops import ShopSettings
from bot.staff.roles import role_named


@dataclass(frozen=True, slots=True)
class Refused:
    """Not that phone. `why`: a sentence for whoever holds it; empty where they are not to be told."""

    kind: Literal["unconfirmed", "untold", "left", "role"]
    why: str


Speaker: TypeAlias = Actor | Refused


def speaker(session: Session, shop_id: int, phone: str | None) -> Speaker:
    """Who speaks from this phone (E.164): whose it was put down to be; where nobody said, the shop's first owner."""
    its = session.execute(
        select(ConfirmedPhone.staff_id).where(
            ConfirmedPhone.shop_id == shop_id,
            ConfirmedPhone.phone == phone,
            ConfirmedPhone.confirmed_at.is_not(None),
        )
    ).one_or_none()
    if its is None:
        return Refused("unconfirmed", "")
    settings = ShopSettings.model_validate(session.get_one(Shop, shop_id).settings)
    if settings.notify.phone != phone:
        return Refused("untold", "the shop tells another phone now. Answer in the inbox.")
    asked = select(Staff).where(Staff.shop_id == shop_id, Staff.active.is_(True)).order_by(Staff.id).limit(1)
    wanted = Staff.id == its[0] if its[0] is not None else Staff.role == "owner"
    row = session.execute(asked.where(wanted)).scalar_one_or_none()
    role = role_named(row.role) if row else None
    if row is None or role is None:
        return Refused("left", "whoever this phone is put down to does not work here any more.")
    actor = Actor(shop_id, row.id, row.name, role)
    if not actor.may("inbox.reply"):
        return Refused("role", "your role does not answer customers. The shop's owner may change that.")
    return actor
