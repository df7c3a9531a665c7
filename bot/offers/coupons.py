"""Codes: reserved before the text that promises them is written, live from the moment it left.

Owns a code's life until it is used (pool, reserved, live, void); how it is used is bot.offers.redeeming's, how pools are
filled bot.offers.pools'. One live offer a customer, whatever the flow.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy import Boolean, ColumnElement, Table, bindparam, func, null, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.conversations.rows import fixed, some
from bot.conversations.subjects import CODE, whereabouts
from bot.db import pending_of
from bot.models import Conversation, Coupon, Customer, Outbound, Shop
from bot.models.mending import TELLS
from bot.offers.holding import BY_HAND, held
from bot.offers.worth import covers
from flows.effects import RequestCoupon
from flows.zones import zone_named


class Asks(Protocol):
    """Who asks for a code: a passage, or a person (`id` is BY_HAND then). `flow_id`: whose offer, and so whose budget."""

    @property
    def id(self) -> int:
        """Of the passage."""
        ...

    @property
    def shop_id(self) -> int:
        """The shop."""
        ...

    @property
    def customer_id(self) -> int:
        """Who gets it."""
        ...

    @property
    def flow_id(self) -> int:
        """The flow."""
        ...


def reserve(session: Session, enrolment: Asks, request: RequestCoupon, now: datetime) -> Any:
    """Reserve a free code of the pool that is worth what was asked for, or more; gives its columns as `CODES` has them, or
    None: there is none.

    Nothing that waits to be written concerns codes, so it may go on waiting.
    """
    found = session.connection().execute(
        _RESERVE,
        {
            "shop": enrolment.shop_id,
            "from_pool": request.pool,
            "customer": enrolment.customer_id,
            "enrolment": enrolment.id or None,
            "flow": enrolment.flow_id,
            "for_offer": request.offer,
            "seconds": request.valid_for_seconds,
            "now": now,
            "least_percent": request.percent or 0,
            "least_cents": request.amount_cents or 0,
            "least_points": request.points or 0,
            "wanted_gift": request.gift or "",
            "any_shipping": not request.free_shipping,
        },
    )
    return found.first()


def left_in(session: Session, shop_id: int, pool: str) -> bool:
    """Whether any code at all is free in that pool, whatever it is worth."""
    return session.execute(_LEFT, {"shop": shop_id, "from_pool": pool}).first() is not None


def withdraw(session: Session, coupon_id: int) -> None:
    """A promised code that a better one takes the place of in the same passage, before any text brought it."""
    session.execute(update(Coupon).where(Coupon.id == coupon_id).values(status="void"))


def go_live(session: Session, texts: Iterable[tuple[int, int | None, datetime]]) -> None:
    """Texts that carry a code were attempted: its clock runs from then (I11), and the code that it takes the place of, of
    its kind and worth no more, is spoken of no more, though the shop's till may still take it. Done twice, nothing changes.

    `texts`: conversation, passage (None: a person wrote it), and when it was attempted.
    """
    texts = list(texts)
    theirs: dict[int, list[Any]] = {}
    for row in session.execute(_PROMISED, {"conversations": some({each for each, _, _ in texts})}).all():
        theirs.setdefault(row.conversation_id, []).append(row)
    for conversation_id, enrolment_id, at in texts:
        coupon = next(iter(held(theirs.get(conversation_id, ()), at, enrolment_id or BY_HAND)), None)
        if coupon is None or coupon.status != "reserved":
            continue
        _, zone = whereabouts(coupon, coupon.zone)
        ends = offer_end(at, coupon.valid_for_seconds or 0, zone)
        if coupon.ends_at is not None:  # told as a date (bot.inbox.mending): never earlier than that
            ends = max(ends, coupon.ends_at)
        # what they got while this one waited for its text may be better by now: a wrong offer was mended meanwhile
        others = [
            each
            for each in held(theirs[conversation_id], at)
            if each.status == "live" and covers(coupon, each)
        ]
        for each in others:
            if covers(each, coupon) and each.ends_at is not None:
                ends = max(ends, each.ends_at)  # of two as good as each other, the later end counts
            session.execute(_REPLACE, {"shop": coupon.shop_id, "old": each.id})
        pending_of(session).run(_GO_LIVE, {"coupon": coupon.id, "at": at, "ends": ends})


def offer_end(start: datetime, valid_for_seconds: int, zone: str) -> datetime:
    """The last minute of the day on which the span ends where the customer is: «till Sunday night» is then true."""
    last_day = (start + timedelta(seconds=valid_for_seconds)).astimezone(zone_named(zone)).date()
    return datetime.combine(last_day, time(23, 59), zone_named(zone))


def give_back(session: Session, shop_id: int, conversation_id: int, enrolment_id: int) -> bool:
    """The passage is over: a code that it reserved, and that no text carried, is free again. Nobody has seen it.
    BY_HAND: the same for what a person picked in this conversation, and did not send.

    Gives whether there was one.
    """
    whose: ColumnElement[bool] = Coupon.enrolment_id == enrolment_id
    if enrolment_id == BY_HAND:
        customer = select(Conversation.customer_id).where(
            Conversation.shop_id == shop_id, Conversation.id == conversation_id
        )
        whose = Coupon.enrolment_id.is_(None) & (Coupon.customer_id == customer.scalar_subquery())
    leaving = select(Outbound.id).where(
        Outbound.shop_id == shop_id,
        Outbound.conversation_id == conversation_id,
        Outbound.status.in_(("ready", "claimed")),
        Outbound.key.not_like(f"{TELLS}%"),  # may wait for days, and brings a code that is live
    )
    freed = session.execute(
        update(Coupon)
        .where(
            Coupon.shop_id == shop_id,
            whose,
            Coupon.status == "reserved",
            ~leaving.exists(),
        )
        .values(
            status="pool",
            customer_id=None,
            enrolment_id=None,
            offer=None,
            flow_id=None,
            valid_for_seconds=None,
            reserved_at=None,
            ends_at=None,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(freed.rowcount)  # type: ignore[attr-defined]


# Built once: building a statement costs SQLAlchemy about as much as running it.
_COUPONS: Table = Coupon.__table__  # type: ignore[assignment]
_FREE = aliased(Coupon)
_RESERVE = (
    update(_COUPONS)
    .where(
        # with skip_locked two workers take two codes instead of queueing for one; SQLite has one writer anyway
        _COUPONS.c.id
        == select(_FREE.id)
        .where(
            _FREE.shop_id == bindparam("shop"),
            _FREE.pool == bindparam("from_pool"),
            _FREE.status == fixed("pool"),
            # bot.offers.worth.covers, in SQL: of that kind, and at least so much
            func.coalesce(_FREE.percent, 0) >= bindparam("least_percent"),
            func.coalesce(_FREE.amount_cents, 0) >= bindparam("least_cents"),
            func.coalesce(_FREE.points, 0) >= bindparam("least_points"),
            func.coalesce(_FREE.gift, "") == bindparam("wanted_gift"),
            or_(_FREE.free_shipping, bindparam("any_shipping", type_=Boolean)),
        )
        .order_by(_FREE.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    .values(
        status="reserved",
        customer_id=bindparam("customer"),
        enrolment_id=bindparam("enrolment"),
        offer=bindparam("for_offer"),
        flow_id=bindparam("flow"),
        valid_for_seconds=bindparam("seconds"),
        reserved_at=bindparam("now", type_=_COUPONS.c.reserved_at.type),
    )
    .returning(
        *(_COUPONS.c[name] for name in CODE),
        *(null().label(name) for name in ("gift_text_name", "gift_name", "used_at")),
    )
)
_LEFT = (
    select(Coupon.id)
    .where(
        Coupon.shop_id == bindparam("shop"),
        Coupon.pool == bindparam("from_pool"),
        Coupon.status == fixed("pool"),
    )
    .limit(1)
)
_PROMISED = (
    select(
        Conversation.id.label("conversation_id"),
        Coupon.id,
        Coupon.shop_id,
        Coupon.customer_id,
        Coupon.enrolment_id,
        Coupon.status,
        Coupon.ends_at,
        Coupon.valid_for_seconds,
        Coupon.percent,
        Coupon.amount_cents,
        Coupon.free_shipping,
        Coupon.gift,
        Coupon.points,
        Customer.phone,
        Customer.country,
        Customer.region,
        Customer.postcode,
        Shop.zone,
    )
    .select_from(Conversation)
    .join(Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id))
    .join(Shop, Shop.id == Conversation.shop_id)
    .join(Coupon, (Coupon.shop_id == Customer.shop_id) & (Coupon.customer_id == Customer.id))
    .where(
        Conversation.id.in_(bindparam("conversations", expanding=True)),
        Coupon.status.in_(("reserved", "live")),
    )
    .order_by(Coupon.reserved_at.desc().nulls_last(), Coupon.id.desc())
)
_REPLACE = (
    update(_COUPONS)
    .where(
        _COUPONS.c.shop_id == bindparam("shop"),
        _COUPONS.c.id == bindparam("old"),
        _COUPONS.c.status == fixed("live"),
    )
    .values(status="void")
)
_GO_LIVE = (
    update(_COUPONS)
    .where(_COUPONS.c.id == bindparam("coupon"), _COUPONS.c.status == fixed("reserved"))
    .values(
        status="live",
        starts_at=bindparam("at", type_=_COUPONS.c.starts_at.type),
        ends_at=bindparam("ends", type_=_COUPONS.c.ends_at.type),
    )
)
