"""One customer's code, in the hands of staff: voided, extended, replaced, up to what their role may.

Owns these deeds and their limits (ShopSettings.agent_limits; an owner has none). A code is looked up in
bot.inbox.code_files; what it is worth and how it lives is bot.offers'. Nothing here tells the shop's till: the words say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.conversations.snapshot import held_codes
from bot.conversations.subjects import Subject, subject_of
from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate
from bot.inbox.code_files import STANDS
from bot.inbox.deeds import lock, note
from bot.inbox.limits import limits_of, over_limit
from bot.models import Audit, Conversation, Coupon, Outbound
from bot.models.mending import TELLS
from bot.offers.by_hand import ByHand
from bot.offers.coupons import offer_end, reserve
from bot.offers.worth import kind_of
from bot.staff import audit
from flows.effects import RequestCoupon
from flows.render import day_words


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
    coupon, (limits, currency) = found.coupon, limits_of(session, actor.shop_id)
    if days < 1 or days > LONGEST:
        return OverLimit(f"a code can be extended by 1 to {LONGEST} days")
    if actor.role != "owner" and days > limits.days:
        return OverLimit(
            f"{days} days are more than {actor.role}s may give here ({limits.days}): ask an owner"
        )
    if why := over_limit(actor, coupon, limits, currency):
        return OverLimit(why)
    if coupon.status not in ("live", "expired") or coupon.ends_at is None or found.subject is None:
        return TooLate(STANDS.get(coupon.status, "it is in nobody's hands yet"))
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
    if why := over_limit(actor, old, *limits_of(session, actor.shop_id)):
        return OverLimit(why)
    if old.status != "live" or old.ends_at is None or subject is None:
        return TooLate(STANDS.get(old.status, "it is in nobody's hands yet"))
    if old.ends_at <= now:
        return TooLate("it has ended: extend it first, or give another offer")
    if late := _not_now(session, found):
        return TooLate(late)
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
    """Why it cannot be made void, or another put in its place; None: it can."""
    coupon = found.coupon
    if coupon.status in ("redeemed", "expired"):
        return STANDS[coupon.status]
    if found.subject is None:
        return None
    leaving = session.execute(
        select(Outbound.body, Outbound.effect).where(
            Outbound.shop_id == coupon.shop_id,
            Outbound.conversation_id == found.subject.conversation.id,
            Outbound.author != "bot",  # the bot's are rendered again before they leave
            Outbound.status.in_(("ready", "claimed")),
            # that one may wait for days, and does not leave then (bot.sending.wanted)
            or_(Outbound.status == "claimed", Outbound.key.not_like(f"{TELLS}%")),
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
    subject = audit.Subject("coupon", found.coupon.id)
    audit.record(session, actor.by, action, shop_id=actor.shop_id, at=now, subject=subject, details=details)


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
