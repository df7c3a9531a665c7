"""What becomes of one code of a wrong offer: in one transaction, once.

Owns the rule «never less than was promised»: a code of its kind that is worth at least as much takes its place, else their
own stays; the later of both ends counts. The text is bot.inbox.mended_text's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.conversations.subjects import Subject, subject_of
from bot.inbox.deeds import lock, note
from bot.inbox.mended_text import tell
from bot.keys import Keys
from bot.models import Conversation, Coupon, Link, MendedCode, Mending, Outbound
from bot.offers.by_hand import ByHand
from bot.offers.coupons import offer_end, reserve
from bot.offers.worth import kind_of
from flows.effects import RequestCoupon
from flows.render import day_words

Fate: TypeAlias = Literal["replaced", "extended", "kept", "without_code", "failed", "gone"]
"""replaced, extended: better than before, and told. kept: as good as what is right already. without_code: nothing as good
was left in the pool, so theirs stays and lasts longer. failed: a fault of ours, theirs stays as it was. gone: used, void or
over by now."""


def mend_one(
    session: Session, keys: Keys, link_url: str, mending: Mending, coupon_id: int, now: datetime
) -> tuple[Fate, Outbound | None, Subject | None]:
    """Mend this code. Gives what became of it, the text that tells of it if one does, and who it is for."""
    shop_id = mending.shop_id
    whose = session.execute(
        select(Conversation.id)
        .join(
            Coupon,
            (Coupon.shop_id == Conversation.shop_id) & (Coupon.customer_id == Conversation.customer_id),
        )
        .where(Coupon.shop_id == shop_id, Coupon.id == coupon_id)
    ).scalar_one_or_none()
    conversation = lock(session, shop_id, whose) if whose is not None else None
    old = session.execute(
        select(Coupon)
        .where(Coupon.shop_id == shop_id, Coupon.id == coupon_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    if conversation is None or old.status != "live" or old.ends_at is None or old.ends_at <= now:
        return "gone", None, None
    values = {"shop_id": shop_id, "mending_id": mending.id, "coupon_id": old.id, "fate": "kept"}
    made = insert_once(session, MendedCode, values)
    if made is None:  # somebody else saw to it
        return "gone", None, None
    subject = subject_of(session, conversation)
    row = session.get_one(MendedCode, made)
    ends = max(old.ends_at, offer_end(mending.ends_at, 0, subject.zone))
    new = _instead(session, subject, mending, old, now) if mending.pool else None
    row.fate = fate = _fate(mending, old, new, ends)
    if new is not None:
        new.status, new.starts_at, new.ends_at, new.flow_id = "live", now, ends, old.flow_id
        old.status, row.by_coupon_id = "void", new.id
        _lead_on(session, old, new)
    else:
        old.ends_at = ends
    session.flush()
    subject.seen.forget_codes()
    text = None
    if row.fate in ("replaced", "extended"):
        said = f"replaced {old.code} with {new.code}" if new else f"extended {old.code}"
        day = day_words(ends, now, subject.zone, "en")
        note(
            session,
            conversation,
            mending.staff_id,
            "mended",
            f"A wrong offer was mended: {said}, till {day}",
            now,
        )
        text = tell(session, keys, link_url, subject, mending, old, ends, now)
        row.outbound_id = text.id if text else None
        session.flush()
    return fate, text, subject


def _fate(mending: Mending, old: Coupon, new: Coupon | None, ends: datetime) -> Fate:
    if new is not None:
        return "replaced"
    if mending.pool:
        return "without_code"
    return "extended" if old.ends_at is None or ends > old.ends_at else "kept"


def _instead(
    session: Session, subject: Subject, mending: Mending, old: Coupon, now: datetime
) -> Coupon | None:
    """A free code of the right pool that is worth at least as much as theirs."""
    if kind_of(old) is None:
        return None
    request = RequestCoupon(
        offer=mending.offer,
        percent=old.percent,
        amount_cents=old.amount_cents,
        pool=mending.pool or "",
        valid_for_seconds=old.valid_for_seconds or 0,
        free_shipping=old.free_shipping,
        gift=old.gift,
        points=old.points,
    )
    hand = ByHand(mending.shop_id, subject.customer.id, mending.flow_id)
    taken = reserve(session, hand, request, now)
    return session.get_one(Coupon, taken.id, populate_existing=True) if taken is not None else None


def _lead_on(session: Session, old: Coupon, new: Coupon) -> None:
    """Links that they were sent lead to carts with the code that works: the text about it may never reach them."""
    theirs = session.execute(
        select(Link.id, Link.target).where(
            Link.shop_id == old.shop_id,
            Link.customer_id == old.customer_id,
            Link.target.contains(old.code, autoescape=True),
        )
    ).all()
    for its_id, target in theirs:
        session.execute(
            update(Link)
            .where(Link.shop_id == old.shop_id, Link.id == its_id)
            .values(target=target.replace(old.code, new.code))
        )
