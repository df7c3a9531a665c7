"""Carts as they reach us: what was filled and left, whose it is, and whether it was ordered since.

Owns the table of carts. Knows no flow: who enters one because of a cart is bot.audience's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.keys import Keys
from bot.models import Cart, Customer
from bot.orders.people import resolve
from bot.orders.record import NOBODY
from bot.orders.upsert import insert_new
from bot.orders.values import CustomerIn, LineIn, product_kind

CartResult: TypeAlias = Literal["created", "updated", "unchanged", "rejected"]
ERASED = "this customer asked to be forgotten"


@dataclass(frozen=True, slots=True)
class CartIn:
    """One cart in plain values. `ordered_at`: it became an order then; None: it lies there."""

    external_id: str
    updated_at: datetime
    customer: CustomerIn
    lines: tuple[LineIn, ...]
    total_cents: int
    currency: str
    link: str | None = None
    ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordedCart:
    """What became of one. `why` says why it was rejected. `ordered`: the passage that speaks of it has to hear of the order
    that this report tells of."""

    result: CartResult
    why: str | None = None
    ordered: int | None = None


def record_carts(
    session: Session, keys: Keys, shop_id: int, carts: Sequence[CartIn], *, now: datetime
) -> list[RecordedCart]:
    """Write carts with distinct external ids; gives what became of each, in order.

    Twice the same is «unchanged», and so is a report that is older than what is known: platforms send them in any order.
    A cart keeps its first customer, and never loses that it was ordered.
    """
    owners = resolve(session, keys, shop_id, [cart.customer for cart in carts], now=now)
    gone = set(
        session.scalars(
            select(Customer.id).where(
                Customer.shop_id == shop_id,
                Customer.id.in_([owner for owner in owners if owner is not None]),
                Customer.erased_at.is_not(None),
            )
        )
    )
    return [
        _record(session, shop_id, cart, None if owner is None else (owner, owner in gone))
        for cart, owner in zip(carts, owners, strict=True)
    ]


def order_takes_carts(session: Session, shop_id: int, customer_id: int, placed_at: datetime) -> None:
    """Whatever lay in a cart when this customer ordered is left no more."""
    session.execute(
        update(Cart)
        .where(
            Cart.shop_id == shop_id,
            Cart.customer_id == customer_id,
            Cart.ordered_at.is_(None),
            Cart.updated_at <= placed_at,
        )
        .values(ordered_at=placed_at)
        .execution_options(synchronize_session=False)
    )


def cart_of_passage(session: Session, enrolment_id: int, customer_id: int, shop_id: int) -> Cart | None:
    """The cart that a passage speaks of, while it is left; None: it speaks of none, or that was ordered."""
    return session.execute(
        select(Cart)
        .where(
            Cart.shop_id == shop_id,
            Cart.customer_id == customer_id,
            Cart.enrolment_id == enrolment_id,
            Cart.ordered_at.is_(None),
        )
        .order_by(Cart.updated_at.desc())
        .limit(1)
    ).scalar_one_or_none()


def items_of(cart: Cart) -> list[tuple[str, int]]:
    """What lies in it, as bot.offers.carts wants it: ids of products and how many."""
    return [(str(item["id"]), int(item["quantity"])) for item in cart.items]


def _record(session: Session, shop_id: int, cart: CartIn, owner: tuple[int, bool] | None) -> RecordedCart:
    if owner is None:
        return RecordedCart("rejected", NOBODY)
    customer_id, erased = owner
    if erased:
        return RecordedCart("rejected", ERASED)
    values = _values(cart)
    row = {"shop_id": shop_id, "customer_id": customer_id, "external_id": cart.external_id, **values}
    if insert_new(session, Cart, [row], "id"):
        return RecordedCart("created")
    known = session.execute(
        select(Cart)
        .where(Cart.shop_id == shop_id, Cart.external_id == cart.external_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    if cart.updated_at < known.updated_at:
        return RecordedCart("unchanged")
    if known.ordered_at is not None:
        values.pop("ordered_at")
    changed = {name: value for name, value in values.items() if getattr(known, name) != value}
    for name, value in changed.items():
        setattr(known, name, value)
    session.flush()
    ordered = known.enrolment_id if "ordered_at" in changed else None
    return RecordedCart("updated" if changed else "unchanged", ordered=ordered)


def _values(cart: CartIn) -> dict[str, Any]:
    return {
        "items": [
            {
                "id": line.product_id,
                "name": line.name,
                "quantity": line.quantity,
                "price_cents": line.price_cents,
            }
            for line in cart.lines
            if line.quantity > 0 and product_kind(line.name) == "product"
        ],
        "total_cents": cart.total_cents,
        "currency": cart.currency,
        "link": cart.link,
        "updated_at": cart.updated_at,
        "ordered_at": cart.ordered_at,
    }
