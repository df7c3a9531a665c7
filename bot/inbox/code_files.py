"""A code as it stands: whose, worth what, used where, and what this actor may do with it.

Owns the reading. The deeds are bot.inbox.codes'; what a role may give is bot.inbox.limits'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from bot.inbox import Actor, Gone, NotAllowed
from bot.inbox.limits import limits_of, over_limit, worth_words
from bot.models import Conversation, Coupon, Customer, Flow, MendedCode, Order, Outbound, Shop
from bot.phones import mask
from bot.shops import AgentLimits

State = Literal["pool", "reserved", "live", "used", "ended", "void"]


@dataclass(frozen=True, slots=True)
class Instead:
    """The code in the place of one that was mended. `told`: a text has told them; until then the old one is honoured."""

    code: str
    told: bool


@dataclass(frozen=True, slots=True)
class CodeFile:
    """One code as it stands. Whose and where are None for one that nobody has."""

    coupon_id: int
    code: str
    worth: str
    state: State
    pool: str
    flow: str | None
    offer: str | None
    customer: str | None
    """Their name, or the masked number."""
    conversation_id: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    order: str | None
    """The platform's number of the order that used it."""
    used_at: datetime | None
    instead: Instead | None
    """What a mended offer put in its place; None: nothing."""
    may_void: str | None
    """Why this actor may not; None: they may. The same below."""
    may_extend: str | None
    may_replace: str | None


STANDS: Final[Mapping[str, str]] = {
    "redeemed": "it was used already",
    "void": "it is void",
    "expired": "it has ended",
}
"""Why nothing more can be done with a code, by its status."""


def look_up(session: Session, typed: str, actor: Actor, now: datetime) -> CodeFile | Gone | NotAllowed:
    """The code that was typed, as people type: spaces, small letters."""
    if not actor.may("inbox.look"):
        return NotAllowed("inbox.look")
    code = "".join(typed.split()).upper()
    rows = _files(session, actor, now, func.upper(Coupon.code) == code, 1)
    return rows[0] if rows else Gone()


def of_customer(
    session: Session, conversation_id: int, actor: Actor, now: datetime
) -> tuple[CodeFile, ...] | Gone | NotAllowed:
    """Every code that this conversation's customer was given, the newest first."""
    if not actor.may("inbox.look"):
        return NotAllowed("inbox.look")
    customer = session.execute(
        select(Conversation.customer_id).where(
            Conversation.shop_id == actor.shop_id, Conversation.id == conversation_id
        )
    ).scalar_one_or_none()
    if customer is None:
        return Gone()
    return tuple(_files(session, actor, now, Coupon.customer_id == customer, 50))


def _files(
    session: Session, actor: Actor, now: datetime, which: ColumnElement[bool], limit: int
) -> list[CodeFile]:
    rows = session.execute(_FILE.where(Coupon.shop_id == actor.shop_id, which).limit(limit)).all()
    limits = limits_of(session, actor.shop_id)[0] if rows else AgentLimits()
    return [_file(row, actor, limits, _instead(session, row.Coupon), now) for row in rows]


def _file(row: Any, actor: Actor, limits: AgentLimits, instead: Instead | None, now: datetime) -> CodeFile:
    coupon: Coupon = row.Coupon
    state = _state(coupon, now)
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    denied = None if actor.may("coupons.change") else f"{actor.role}s change no codes"
    dear = denied or over_limit(actor, coupon, limits, row.currency)
    stands = STANDS.get(coupon.status)
    nobody = "it is in nobody's hands yet"
    return CodeFile(
        coupon_id=coupon.id,
        code=coupon.code,
        worth=worth_words(coupon, row.currency),
        state=state,
        pool=coupon.pool,
        flow=row.flow,
        offer=coupon.offer,
        customer=(name or mask(row.phone)) if row.customer_id is not None else None,
        conversation_id=row.conversation_id,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        order=row.order,
        used_at=row.used_at,
        instead=instead,
        may_void=denied or (stands if coupon.status in ("redeemed", "void", "expired") else None),
        may_extend=dear or (None if state in ("live", "ended") else stands or nobody),
        may_replace=dear
        or (None if state == "live" else "it has ended" if state == "ended" else stands or nobody),
    )


def _instead(session: Session, coupon: Coupon) -> Instead | None:
    if coupon.status not in ("void", "redeemed"):
        return None
    row = session.execute(_INSTEAD, {"shop": coupon.shop_id, "old": coupon.id}).first()
    return Instead(row.code, row.attempted_at is not None) if row is not None else None


def _state(coupon: Coupon, now: datetime) -> State:
    match coupon.status:
        case "pool" | "reserved" | "void":
            return coupon.status
        case "redeemed":
            return "used"
        case "live" if coupon.ends_at is None or coupon.ends_at > now:
            return "live"
        case _:
            return "ended"


_FILE = (
    select(
        Coupon,
        Flow.name.label("flow"),
        Shop.currency,
        Customer.id.label("customer_id"),
        Customer.first_name,
        Customer.last_name,
        Customer.phone,
        Conversation.id.label("conversation_id"),
        Order.external_id.label("order"),
        Order.placed_at.label("used_at"),
    )
    .join(Shop, Shop.id == Coupon.shop_id)
    .outerjoin(Flow, (Flow.shop_id == Coupon.shop_id) & (Flow.id == Coupon.flow_id))
    .outerjoin(Customer, (Customer.shop_id == Coupon.shop_id) & (Customer.id == Coupon.customer_id))
    .outerjoin(
        Conversation,
        (Conversation.shop_id == Coupon.shop_id) & (Conversation.customer_id == Coupon.customer_id),
    )
    .outerjoin(Order, (Order.shop_id == Coupon.shop_id) & (Order.id == Coupon.redeemed_order_id))
    .order_by(Coupon.reserved_at.desc().nulls_last(), Coupon.id.desc())
)
_INSTEAD = (
    select(Coupon.code, Outbound.attempted_at)
    .select_from(MendedCode)
    .join(Coupon, (Coupon.shop_id == MendedCode.shop_id) & (Coupon.id == MendedCode.by_coupon_id))
    .outerjoin(Outbound, (Outbound.shop_id == MendedCode.shop_id) & (Outbound.id == MendedCode.outbound_id))
    .where(MendedCode.shop_id == bindparam("shop"), MendedCode.coupon_id == bindparam("old"))
    .order_by(MendedCode.id.desc())
    .limit(1)
)
