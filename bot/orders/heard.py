"""When a shop's orders were last heard of. Owns shops.orders_known_at; what follows from it is the gate's (goodwill)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.models import Shop

EXACT_TO = timedelta(minutes=1)
"""Told again within this, nothing is written: the shop's row must not be what all reporters wait for."""


def hear_of_orders(session: Session, shop_id: int, now: datetime) -> None:
    """Orders of this shop came in, by whatever road, new or known."""
    session.execute(
        update(Shop)
        .where(
            Shop.id == shop_id,
            Shop.orders_known_at.is_(None) | (Shop.orders_known_at < now - EXACT_TO),
        )
        .values(orders_known_at=now)
        .execution_options(synchronize_session=False)
    )
