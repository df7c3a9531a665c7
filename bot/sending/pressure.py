"""Openers hold back while too many conversations wait for a person: each opener may bring another one.

Owns the counting and the putting off. It concerns openers only, and only those of the shop whose people are behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Integer, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.compose import App
from bot.conversations.rows import fixed
from bot.models import Conversation, Outbound, Shop
from bot.shops import ShopSettings

LATER = timedelta(minutes=15)
"""Until openers ask again. Domain time, like what they wait for."""
AT_ONCE = 500
"""Openers that one statement puts off: however many wait, a worker soon looks at something else."""


def behind(session: Session, shops: Iterable[int], now: datetime) -> dict[int, str]:
    """The shops whose people are behind, and why, for `outbound.why`."""
    wanted = sorted(set(shops))
    if not wanted:
        return {}
    waiting = {
        row.shop_id: row for row in session.execute(_WAITING.where(Conversation.shop_id.in_(wanted))).all()
    }
    if not waiting:
        return {}
    found = {}
    for row in session.execute(select(Shop.id, Shop.settings).where(Shop.id.in_(sorted(waiting)))):
        own, count, oldest = (
            ShopSettings.model_validate(row.settings),
            waiting[row.id].n,
            waiting[row.id].oldest,
        )
        if count > own.people_waiting:
            found[row.id] = f"held back: {count} wait for a person"
        elif oldest is not None and now - oldest > timedelta(hours=own.people_waiting_hours):
            found[row.id] = f"held back: one waits for a person since {oldest:%b %d}"
    return found


def put_off(app: App, shops: dict[int, str], now: datetime) -> None:
    """Put off what these shops' openers have due, the first AT_ONCE of each."""
    for shop_id, why in shops.items():
        with app.database.write() as session:
            session.execute(
                _PUT_OFF, {"shop": shop_id, "now": now, "later": now + LATER, "its_why": why[:64]}
            )


_WAITING = (
    select(Conversation.shop_id, func.count().label("n"), func.min(Conversation.held_since).label("oldest"))
    .where(Conversation.holder == fixed("nobody"))
    .group_by(Conversation.shop_id)
)
_OUTBOUND: Table = Outbound.__table__  # type: ignore[assignment]
# Skips what a worker is just claiming: that one was picked before.
_DUE = (
    select(_OUTBOUND.c.id)
    .where(
        _OUTBOUND.c.status == fixed("ready"),
        _OUTBOUND.c.kind == fixed("marketing"),
        _OUTBOUND.c.shop_id == bindparam("shop"),
        _OUTBOUND.c.due_at <= bindparam("now"),
    )
    .order_by(_OUTBOUND.c.due_at)
    .limit(bindparam("most", AT_ONCE, type_=Integer))
    .with_for_update(skip_locked=True)
)
_PUT_OFF = (
    update(_OUTBOUND)
    .where(_OUTBOUND.c.id.in_(_DUE.scalar_subquery()))
    .values(due_at=bindparam("later", type_=_OUTBOUND.c.due_at.type), why=bindparam("its_why"))
)
