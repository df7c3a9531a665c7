"""What carriers allow of texts about a cart that was left: one, and none later than 48 hours after it was left.

Owns the two bounds, for texts that nobody asked for. Answers are not bound: the customer is in a dialogue. Whoever enters
because of a cart is bot.audience's. Passages of other flows cost no statement here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session

from bot.audience.kinds import CART_LASTS
from bot.conversations.rows import fixed
from bot.flows_store import flow_of
from bot.models import Cart, Enrolment, Outbound

ONE_TEXT = "a cart is spoken of once"
"""Why a second text about it was not written."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`until`: when the text loses its point; None: no bound. `spent`: the one text has left already."""

    until: datetime | None = None
    spent: bool = False


UNBOUND = Bounds()


def bounds_of(session: Session, enrolment: Enrolment) -> Bounds:
    """For a text of this passage that nobody asked for."""
    if not flow_of(session, enrolment.revision_id).trigger.cart_abandoned:
        return UNBOUND
    whose = {"shop": enrolment.shop_id, "customer": enrolment.customer_id, "enrolment": enrolment.id}
    row = session.execute(_SPOKEN, whose | {"conversation": enrolment.conversation_id}).one()
    return Bounds(row.left_at + CART_LASTS if row.left_at else None, bool(row.spent))


# Built once: building a statement costs SQLAlchemy about as much as running it.
_SPOKEN = select(
    select(func.max(Cart.updated_at))
    .where(
        Cart.shop_id == bindparam("shop"),
        Cart.customer_id == bindparam("customer"),
        Cart.enrolment_id == bindparam("enrolment"),
    )
    .scalar_subquery()
    .label("left_at"),
    exists()
    .where(
        Outbound.shop_id == bindparam("shop"),
        Outbound.conversation_id == bindparam("conversation"),  # there is an index for it
        Outbound.enrolment_id == bindparam("enrolment"),
        Outbound.kind == fixed("marketing"),
        Outbound.status.in_(("sent", "unknown")),
    )
    .label("spent"),
)
