"""One customer's code, in the hands of staff: looked up, voided, extended, replaced, up to what their role may.

Owns these deeds and their limits (ShopSettings.agent_limits; an owner has none). What a code is worth and how it lives is
bot.offers'. Nothing here tells the shop's till: the words say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.conversations.snapshot import held_codes
from bot.conversations.subjects import Subject, subject_of
from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate
from bot.inbox.deeds import lock, note
from bot.inbox.limits import over_limit, worth_words
from bot.models import Audit, Conversation, Coupon, Customer, Flow, Order, Outbound, Shop
from bot.offers.by_hand import ByHand
from bot.offers.coupons import offer_end, reserve
from bot.offers.worth import kind_of
from bot.phones import mask
from bot.shops import AgentLimits, ShopSettings
from bot.staff import audit
from flows.effects import RequestCoupon
from flows.render import day_words

State = Literal["pool", "reserved", "live", "used", "ended", "void"]


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
    may_void: str | None
    """Why this actor may not; None: they may. The same below."""
    may_extend: str | None
    may_replace: str | None


@dataclass(frozen=True, slots=True)
class OverLimit:
    """More than the actor's role may give. `why`: one sentence that names the limit."""

    why: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """The new code, and its end. The old one is void."""

    coupon_id: int
    code: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class NoneLeft:
    """No free code is worth as much. `pool` is where one was looked for."""

    pool: str


LONGEST = 365
"""Days by which anybody may extend a code."""


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


def void(
    session: Session, coupon_id: int, actor: Actor, now: datetime, why: str = ""
) -> Done | Gone | NotAllowed | TooLate:
    """Speak of it no more. The shop's till may still take it: it has to be ended there, too."""
    found = _take(session, coupon_id, actor)
    if not isinstance(found, _Taken):
        return found
    coupon = found.coupon
    if coupon.status == "void":
        return Done(changed=False)
    if late := _not_now(session, found):
        return TooLate(late)
    coupon.status = "void"
    said = f"made code {coupon.code} void" + (f": {why.strip()[:200]}" if why.strip() else "")
    _told(session, found, actor, "code_voided", said, now)
    return Done()


def extend(
    session: Session, coupon_id: int, days: int, actor: Actor, now: datetime
) -> Done | Gone | NotAllowed | TooLate | OverLimit:
    """Let it last so many days longer: from its end, or from now where that is past. Ends with the customer's day."""
    found = _take(session, coupon_id, actor)
    if not isinstance(found, _Taken):
        return found
    coupon, (limits, currency) = found.coupon, _limits(session, actor)
    if days < 1 or days > LONGEST:
        return OverLimit(f"a code can be extended by 1 to {LONGEST} days")
    if actor.role != "owner" and days > limits.days:
        return OverLimit(
            f"{days} days are more than {actor.role}s may give here ({limits.days}): ask an owner"
        )
    if why := over_limit(actor, coupon, limits, currency):
        return OverLimit(why)
    if coupon.status not in ("live", "expired") or coupon.ends_at is None or found.subject is None:
        return TooLate(_STANDS.get(coupon.status, "it is in nobody's hands yet"))
    other = next((each for each in held_codes(session, found.subject, now) if each.id != coupon.id), None)
    if other is not None and coupon.ends_at <= now:
        return TooLate(f"they hold {other.code} by now, and have one code at a time")
    before = _extended(session, coupon)
    if actor.role != "owner" and before + days > limits.days:
        return OverLimit(f"it was extended by {before} days already, of {limits.days}: ask an owner")
    coupon.ends_at = offer_end(max(coupon.ends_at, now), days * 86_400, found.subject.zone)
    coupon.status = "live"
    day = day_words(coupon.ends_at, now, found.subject.zone, "en")
    _told(session, found, actor, "code_extended", f"extended code {coupon.code} till {day}", now, days=days)
    return Done()


def replace(
    session: Session, coupon_id: int, actor: Actor, now: datetime
) -> Replaced | Gone | NotAllowed | TooLate | OverLimit | NoneLeft:
    """Another code of its kind that is worth as much, in its place, with the same end or a later one."""
    found = _take(session, coupon_id, actor)
    if not isinstance(found, _Taken):
        return found
    old, subject = found.coupon, found.subject
    if why := over_limit(actor, old, *_limits(session, actor)):
        return OverLimit(why)
    if old.status != "live" or old.ends_at is None or subject is None:
        return TooLate(_STANDS.get(old.status, "it is in nobody's hands yet"))
    if old.ends_at <= now:
        return TooLate("it has ended: extend it first, or give another offer")
    if kind_of(old) is None:
        return TooLate("nobody has said what it is worth")
    hand = ByHand(actor.shop_id, subject.customer.id, old.flow_id or 0)
    taken = reserve(session, hand, _like(old), now)
    if taken is None:
        return NoneLeft(old.pool)
    new = session.get_one(Coupon, taken.id, populate_existing=True)
    # the code in its place is in their hands at once: the text that says so is written next
    new.status, new.starts_at, new.ends_at, new.flow_id = "live", now, old.ends_at, old.flow_id
    old.status = "void"
    subject.seen.forget_codes()
    _told(session, found, actor, "code_replaced", f"replaced code {old.code} with {new.code}", now, by=new.id)
    return Replaced(new.id, new.code, old.ends_at)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A code of the shop, and whose it is, both locked. None: nobody's."""

    coupon: Coupon
    subject: Subject | None


def _take(session: Session, coupon_id: int, actor: Actor) -> _Taken | Gone | NotAllowed:
    """The conversation first, then the code: a claim and a gift take them in that order, too."""
    if not actor.may("coupons.change"):
        return NotAllowed("coupons.change")
    owner = session.execute(
        select(Coupon.id, Conversation.id)
        .outerjoin(
            Conversation,
            (Conversation.shop_id == Coupon.shop_id) & (Conversation.customer_id == Coupon.customer_id),
        )
        .where(Coupon.shop_id == actor.shop_id, Coupon.id == coupon_id)
    ).one_or_none()
    if owner is None:
        return Gone()
    conversation = lock(session, actor.shop_id, owner[1]) if owner[1] is not None else None
    coupon = session.execute(
        select(Coupon)
        .where(Coupon.shop_id == actor.shop_id, Coupon.id == coupon_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    if conversation is not None and coupon.customer_id != conversation.customer_id:
        return Gone()  # it changed hands since
    return _Taken(coupon, subject_of(session, conversation) if conversation is not None else None)


def _not_now(session: Session, found: _Taken) -> str | None:
    """Why it cannot be made void; None: it can."""
    coupon = found.coupon
    if coupon.status in ("redeemed", "expired"):
        return _STANDS[coupon.status]
    if found.subject is None:
        return None
    leaving = session.execute(
        select(Outbound.body, Outbound.effect).where(
            Outbound.shop_id == coupon.shop_id,
            Outbound.conversation_id == found.subject.conversation.id,
            Outbound.author != "bot",  # the bot's are rendered again before they leave
            Outbound.status.in_(("ready", "claimed")),
        )
    )
    if any(coupon.code in row.body or (row.effect or {}).get("offer") for row in leaving):
        return "a text with an offer is about to leave: undo it first"
    return None


def _told(
    session: Session, found: _Taken, actor: Actor, action: str, said: str, now: datetime, **details: Any
) -> None:
    """Colleagues read it in the conversation; the audit keeps it. A code that nobody has is in the audit alone."""
    if found.subject is not None:
        note(session, found.subject.conversation, actor.staff_id, "mended", f"{actor.name} {said}", now)
    by = audit.By(actor.name, staff_id=actor.staff_id)
    subject = audit.Subject("coupon", found.coupon.id)
    audit.record(session, by, action, shop_id=actor.shop_id, at=now, subject=subject, details=details)


def _extended(session: Session, coupon: Coupon) -> int:
    """By how many days in all people have extended it: several small steps are one large one."""
    told = session.scalars(
        select(Audit.details).where(
            Audit.shop_id == coupon.shop_id,
            Audit.subject_kind == "coupon",
            Audit.subject_id == coupon.id,
            Audit.action == "code_extended",
        )
    )
    return sum(int(details.get("days", 0)) for details in told)


def _like(old: Coupon) -> RequestCoupon:
    return RequestCoupon(
        offer=old.offer or old.pool,
        percent=old.percent,
        amount_cents=old.amount_cents,
        pool=old.pool,
        valid_for_seconds=old.valid_for_seconds or 0,
        free_shipping=old.free_shipping,
        gift=old.gift,
        points=old.points,
    )


def _limits(session: Session, actor: Actor) -> tuple[AgentLimits, str]:
    """What an agent may give at the actor's shop, and in which currency."""
    shop = session.execute(select(Shop.settings, Shop.currency).where(Shop.id == actor.shop_id)).one()
    return ShopSettings.model_validate(shop.settings).agent_limits, shop.currency


def _files(
    session: Session, actor: Actor, now: datetime, which: ColumnElement[bool], limit: int
) -> list[CodeFile]:
    rows = session.execute(_FILE.where(Coupon.shop_id == actor.shop_id, which).limit(limit)).all()
    limits = _limits(session, actor)[0] if rows else AgentLimits()
    return [_file(row, actor, limits, now) for row in rows]


def _file(row: Any, actor: Actor, limits: AgentLimits, now: datetime) -> CodeFile:
    coupon: Coupon = row.Coupon
    state = _state(coupon, now)
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    denied = None if actor.may("coupons.change") else f"{actor.role}s change no codes"
    dear = denied or over_limit(actor, coupon, limits, row.currency)
    stands = _STANDS.get(coupon.status)
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
        may_void=denied or (stands if coupon.status in ("redeemed", "void", "expired") else None),
        may_extend=dear or (None if state in ("live", "ended") else stands or nobody),
        may_replace=dear
        or (None if state == "live" else "it has ended" if state == "ended" else stands or nobody),
    )


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


_STANDS = {"redeemed": "it was used already", "void": "it is void", "expired": "it has ended"}
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
