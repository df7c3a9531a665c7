"""What a person gives in a text of their own: the same codes and the same links, asked for by no flow.

Owns who asks (`ByHand`), the links of such texts, and the going back of codes that no text brought. Who may get which code
is bot.offers.giving's, as ever; its clock starts when the text leaves (bot.offers.coupons.go_live).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.conversations.rows import fixed, insert_once
from bot.conversations.subjects import Subject
from bot.flows_store import flow_of
from bot.keys import Keys
from bot.models import Conversation, Coupon, Flow, FlowRevision, Link
from bot.offers import coupons
from bot.offers.holding import BY_HAND
from bot.offers.links import target_of
from flows.definition import Offer
from flows.effects import RequestCoupon

UNSENT = timedelta(hours=24)
"""How long a code that somebody picked waits for its text, before it is free again."""
_TOKEN = re.compile(r"/l/([A-Za-z0-9]{1,16})")
_BATCH = 200


@dataclass(frozen=True, slots=True)
class ByHand:
    """A person asks for a code of that flow's offer, for this customer."""

    shop_id: int
    customer_id: int
    flow_id: int
    id: int = BY_HAND


def shop_offers(session: Session, shop_id: int) -> list[tuple[int, str, Offer]]:
    """Every offer that a published flow of the shop has: (flow's id, flow's name, offer)."""
    rows = session.execute(
        select(Flow.id, Flow.name, FlowRevision.id.label("revision"), FlowRevision.hash)
        .join(
            FlowRevision,
            (FlowRevision.shop_id == Flow.shop_id) & (FlowRevision.id == Flow.current_revision_id),
        )
        .where(Flow.shop_id == shop_id)
        .order_by(Flow.name)
    ).all()
    return [
        (row.id, row.name, offer)
        for row in rows
        for offer in flow_of(session, row.revision, row.hash).offers.values()
    ]


def request_for(offer: Offer) -> RequestCoupon:
    """What a flow that makes this offer asks for."""
    return RequestCoupon(
        offer=offer.name,
        percent=offer.percent,
        amount_cents=offer.amount_cents,
        pool=offer.pool,
        valid_for_seconds=offer.valid_for_seconds,
        budget=offer.budget,
        free_shipping=offer.free_shipping,
        gift=offer.gift,
        points=offer.points,
    )


def link(
    session: Session,
    keys: Keys,
    link_url: str,
    subject: Subject,
    purpose: str,
    now: datetime,
    products: Sequence[str] = (),
) -> str:
    """A short link of that purpose for this customer, with its row. What leads to the same place is the same link."""
    shop_id, customer_id = subject.shop.id, subject.customer.id
    target = target_of(session, subject, BY_HAND, purpose, list(products), now, None)
    token = keys.link_token("by hand", shop_id, customer_id, purpose, target)
    insert_once(
        session,
        Link,
        {
            "shop_id": shop_id,
            "token": token,
            "customer_id": customer_id,
            "enrolment_id": None,
            "purpose": purpose,
            "target": target,
            "products": list(products) or None,
            "created_at": now,
        },
    )
    return f"{link_url.rstrip('/')}/l/{token}"


def carried_offer(session: Session, shop_id: int, customer_id: int, body: str) -> str | None:
    """The name of the offer that these words bring: its code, or a link with the code in it, was picked for this customer
    and waits for its text. None: they bring none."""
    waiting: Sequence[Any] = session.execute(
        select(Coupon.code, Coupon.offer, Coupon.pool).where(
            Coupon.shop_id == shop_id,
            Coupon.customer_id == customer_id,
            Coupon.status == "reserved",
            Coupon.enrolment_id.is_(None),
        )
    ).all()
    if not waiting:
        return None
    said = [body]
    if tokens := _TOKEN.findall(body):
        said += session.scalars(
            select(Link.target).where(
                Link.shop_id == shop_id, Link.customer_id == customer_id, Link.token.in_(tokens)
            )
        )
    brought = (each for each in waiting if any(each.code in words for words in said))
    return next((each.offer or each.pool for each in brought), None)


def take_back_unsent(app: App) -> int:
    """Codes that somebody picked a day ago, and that no text brought, are free again; gives how many customers they were
    promised to. Those that a text waiting to leave may bring stay."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        found = session.execute(
            select(Coupon.shop_id, Conversation.id)
            .join(
                Conversation,
                (Conversation.shop_id == Coupon.shop_id) & (Conversation.customer_id == Coupon.customer_id),
            )
            .where(
                Coupon.status == fixed("reserved"),
                Coupon.enrolment_id.is_(None),
                Coupon.reserved_at <= now - UNSENT,
            )
            .distinct()
            .limit(_BATCH)
        ).all()
    freed = 0
    for shop_id, conversation_id in found:
        with app.database.write() as session:
            session.execute(
                select(Conversation.id).where(Conversation.id == conversation_id).with_for_update()
            )
            freed += coupons.give_back(session, shop_id, conversation_id, BY_HAND)
    return freed
