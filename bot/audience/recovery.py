"""An order that arrives: it ends the flow, and may be one that a conversation brought back.

Owns the rule of recovery: the order came within 30 days (a setting) after the last text, click or reply of a treated
passage that had begun before it. The strongest trace names it: the code used, a click, a reply, a text.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from bot.audience.looks import look_soon
from bot.bulk import among, ask, columns_of
from bot.conversations.rows import insert_once
from bot.conversations.signals import signal
from bot.models import Click, Conversation, Enrolment, Inbound, Link, Order, Outbound, Recovery, Shop
from bot.offers.redeeming import redeem
from bot.orders.carts import order_takes_carts
from bot.shops import ShopSettings
from flows.events import Ordered, Stopped


def order_arrived(session: Session, shop_id: int, order_id: int, now: datetime) -> bool:
    """Tell the customer's conversation, and write down a recovery if it is one. True if it is. Safe to repeat."""
    order = session.execute(select(Order).where(Order.shop_id == shop_id, Order.id == order_id)).scalar_one()
    if not order.counts:
        return False
    order_takes_carts(session, shop_id, order.customer_id, order.placed_at)
    look_soon(session, shop_id, "after_purchase", now)
    coupon = redeem(session, shop_id, order.code, order.id) if order.code else None
    conversation = session.execute(
        select(Conversation).where(
            Conversation.shop_id == shop_id, Conversation.customer_id == order.customer_id
        )
    ).scalar_one_or_none()
    if conversation is None:
        return False
    passage = _passage(session, order, now)
    event = Ordered(order.external_id, order.total_cents, order.placed_at)
    began = session.execute(
        select(Enrolment.id).where(
            Enrolment.shop_id == shop_id,
            Enrolment.customer_id == order.customer_id,
            Enrolment.status == "active",
            Enrolment.started_at < order.placed_at,
        )
    ).first()
    if began:
        signal(session, shop_id, conversation.id, None, f"ordered:{order.id}", event, now)
    if passage is None:
        return False
    via = _trace(session, passage, conversation, order)
    if via is None:
        return False
    if coupon and coupon.customer_id == order.customer_id:
        via = "code"
    discount = _discount(order.total_cents, coupon.percent, coupon.amount_cents) if coupon else 0
    made = insert_once(
        session,
        Recovery,
        {
            "shop_id": shop_id,
            "order_id": order.id,
            "enrolment_id": passage.id,
            "via": via,
            "revenue_cents": order.total_cents,
            "discount_cents": discount,
            "at": order.placed_at,
        },
    )
    return made is not None


def cart_ordered(session: Session, shop_id: int, enrolment_id: int, cart: str, now: datetime) -> bool:
    """The cart of which that passage speaks became an order, says the platform; the order itself may come later, or never.

    The passage ends, since nobody is reminded of what they bought. Safe to repeat.
    """
    passage = session.get_one(Enrolment, enrolment_id)
    if passage.status != "active" or passage.shop_id != shop_id:
        return False
    if passage.arm == "control":  # nobody talks to them, so nothing hears
        passage.status, passage.outcome, passage.ended_at = "ended", "ordered", now
        return True
    event = Stopped("ordered")
    return signal(session, shop_id, passage.conversation_id, enrolment_id, f"cart:{enrolment_id}", event, now)


def orders_arrived(session: Session, shop_id: int, order_ids: Sequence[int], now: datetime) -> int:
    """The same for many orders of a file: only customers whom we talk with are looked at. Gives the recoveries."""
    if order_ids:
        look_soon(session, shop_id, "after_purchase", now)
    talked_with = ask(session, _talked_with, shop_id=shop_id, among=list(order_ids)).scalars()
    return sum(order_arrived(session, shop_id, order_id, now) for order_id in sorted(talked_with))


@functools.cache
def _talked_with(dialect: str) -> Any:
    o, t = columns_of(Order), columns_of(Conversation)
    return (
        select(o.id)
        .join(Conversation.__table__, and_(t.shop_id == o.shop_id, t.customer_id == o.customer_id))
        .where(o.shop_id == bindparam("shop_id"), among(dialect, o.id), o.counts.is_(True))
    )


def _passage(session: Session, order: Order, now: datetime) -> Enrolment | None:
    """The last passage that spoke with the customer before the order."""
    return (
        session.execute(
            select(Enrolment)
            .where(
                Enrolment.shop_id == order.shop_id,
                Enrolment.customer_id == order.customer_id,
                Enrolment.start_id.is_not(None),
                Enrolment.arm == "treated",
                Enrolment.trial.is_(False),
                Enrolment.started_at < order.placed_at,
            )
            .order_by(Enrolment.id.desc())
        )
        .scalars()
        .first()
    )


def _trace(session: Session, passage: Enrolment, conversation: Conversation, order: Order) -> str | None:
    """The strongest thing but a code that leads from the conversation to the order, within the time that counts."""
    settings = ShopSettings.model_validate(session.get_one(Shop, order.shop_id).settings)
    since = max(order.placed_at - timedelta(days=settings.recovered_within_days), passage.started_at)
    texted = session.execute(
        select(func.max(Outbound.attempted_at)).where(
            Outbound.enrolment_id == passage.id,
            Outbound.status.in_(("sent", "unknown")),
            Outbound.attempted_at <= order.placed_at,
        )
    ).scalar()
    if texted is None:
        return None
    clicked = session.execute(
        select(Click.id)
        .join(Link, (Link.shop_id == Click.shop_id) & (Link.id == Click.link_id))
        .where(
            Link.shop_id == order.shop_id,
            Link.customer_id == order.customer_id,
            Click.by_machine.is_(False),
            Click.at.between(since, order.placed_at),
        )
    ).first()
    if clicked:
        return "click"
    replied = session.execute(
        select(Inbound.id).where(
            Inbound.shop_id == order.shop_id,
            Inbound.conversation_id == conversation.id,
            Inbound.kind != "call",
            Inbound.received_at.between(max(since, passage.started_at), order.placed_at),
        )
    ).first()
    if replied:
        return "reply"
    return "text" if texted >= since else None


def _discount(total_cents: int, percent: int | None, amount_cents: int | None) -> int:
    """What the code took off a total that is already without it."""
    if percent:
        return round(total_cents * percent / (100 - percent))
    return amount_cents or 0
