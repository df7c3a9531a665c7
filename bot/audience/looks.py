"""When the clock looks next for the customers of a start, and what makes it look sooner.

Owns the times. A start that the clock looks at once a day needs nothing here; one that stands ready (after_purchase,
cart_abandoned) is looked at when the next order or cart is old enough, at once when one is heard of, and an hour later at
the latest, for those who had to wait for something else. So a tick with nothing due stays one probe of an index.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.audience.conditions import Asked
from bot.audience.kinds import CART_LASTS, STANDING, Kind, delay_of
from bot.models import Cart, Customer, FlowStart

A_LOOK = timedelta(hours=1)


def next_look(session: Session, ask: Asked) -> datetime:
    """When to look again at a start that stands ready."""
    delay = delay_of(ask.flow.trigger)
    if ask.kind == "cart_abandoned":
        found = session.execute(
            select(func.min(Cart.updated_at)).where(
                Cart.shop_id == ask.shop_id,
                Cart.ordered_at.is_(None),
                Cart.updated_at > max(ask.now - delay, ask.now - CART_LASTS),
            )
        ).scalar()
    else:
        found = session.execute(
            select(func.min(Customer.last_order_at)).where(
                Customer.shop_id == ask.shop_id, Customer.last_order_at > ask.now - delay
            )
        ).scalar()
    latest = ask.now + A_LOOK
    return min(found + delay, latest) if found is not None and found + delay > ask.now else latest


def look_soon(session: Session, shop_id: int, kind: Kind, now: datetime) -> None:
    """Something of that kind was heard of: have its starts looked at with the next tick.

    Waits for nobody: whoever holds the row is looking at it, or has just said the same, and looks within the hour again.
    """
    assert kind in STANDING
    waiting = (
        select(FlowStart.id)
        .where(
            FlowStart.shop_id == shop_id,
            FlowStart.status == "running",
            FlowStart.kind == kind,
            FlowStart.next_batch_at > now,
        )
        .with_for_update(skip_locked=True)
    )
    found = session.scalars(waiting).all()
    if found:
        session.execute(
            update(FlowStart)
            .where(FlowStart.id.in_(found))
            .values(next_batch_at=now)
            .execution_options(synchronize_session=False)
        )
