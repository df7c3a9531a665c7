"""Who works at the shop, for filters and assignments.

Owns these two small readings. People and roles themselves are bot.staff's.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox.listing import Colleague
from bot.models import Conversation, Staff
from bot.staff.roles import ALLOWED


def colleagues(session: Session, shop_id: int) -> tuple[Colleague, ...]:
    """Everybody who may answer customers of this shop, by name."""
    rows = session.execute(
        select(Staff.id, Staff.name)
        .where(
            Staff.shop_id == shop_id,
            Staff.active.is_(True),
            Staff.role.in_(sorted(ALLOWED["inbox.reply"])),
        )
        .order_by(Staff.name, Staff.id)
    )
    return tuple(Colleague(row.id, row.name) for row in rows)


def teams(session: Session, shop_id: int) -> tuple[str, ...]:
    """The teams that have a conversation now."""
    rows = session.execute(
        select(Conversation.team)
        .where(Conversation.shop_id == shop_id, Conversation.holder != "bot", Conversation.team.is_not(None))
        .distinct()
    )
    return tuple(sorted(row.team for row in rows))
