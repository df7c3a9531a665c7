"""Codes: reserved before the text that promises them is written, live from the moment it left.

Owns a code's life (pool, reserved, live, redeemed, expired, void). One live offer a customer, whatever the flow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.models import Coupon, Outbound
from flows.effects import RequestCoupon

_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY3479"
"""No B/8, I/1, O/0, S/5, Z/2: codes are typed by hand."""


def reserve(
    session: Session, shop_id: int, customer_id: int, enrolment_id: int, request: RequestCoupon, now: datetime
) -> bool:
    """Reserve a free code of the pool for this customer, or find that they hold a live one. False: the pool is dry."""
    held = session.execute(
        select(Coupon.id).where(
            Coupon.shop_id == shop_id,
            Coupon.customer_id == customer_id,
            Coupon.status.in_(("reserved", "live")),
            (Coupon.ends_at.is_(None)) | (Coupon.ends_at > now),
        )
    ).first()
    if held:
        return True
    free = select(Coupon.id).where(
        Coupon.shop_id == shop_id, Coupon.pool == request.pool, Coupon.status == "pool"
    )
    # with skip_locked two workers take two codes instead of queueing for one; SQLite has one writer anyway
    code_id = session.execute(free.order_by(Coupon.id).limit(1).with_for_update(skip_locked=True)).scalar()
    if code_id is None:
        return False
    taken = session.execute(
        update(Coupon)
        .where(Coupon.id == code_id, Coupon.status == "pool")
        .values(
            status="reserved",
            customer_id=customer_id,
            enrolment_id=enrolment_id,
            offer=request.offer,
            valid_for_seconds=request.valid_for_seconds,
            reserved_at=now,
        )
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def go_live(session: Session, shop_id: int, customer_id: int, started: datetime, ends: datetime) -> None:
    """The text that carries the code was attempted: its clock runs from now (I11). Done twice, nothing changes."""
    session.execute(
        update(Coupon)
        .where(Coupon.shop_id == shop_id, Coupon.customer_id == customer_id, Coupon.status == "reserved")
        .values(status="live", starts_at=started, ends_at=ends)
    )


def give_back(session: Session, shop_id: int, conversation_id: int, enrolment_id: int) -> None:
    """The passage is over: a code that it reserved, and that no text carried, is free again. Nobody has seen it."""
    leaving = select(Outbound.id).where(
        Outbound.shop_id == shop_id,
        Outbound.conversation_id == conversation_id,
        Outbound.status.in_(("ready", "claimed")),
    )
    session.execute(
        update(Coupon)
        .where(
            Coupon.shop_id == shop_id,
            Coupon.enrolment_id == enrolment_id,
            Coupon.status == "reserved",
            ~leaving.exists(),
        )
        .values(
            status="pool",
            customer_id=None,
            enrolment_id=None,
            offer=None,
            valid_for_seconds=None,
            reserved_at=None,
        )
        .execution_options(synchronize_session=False)
    )


def redeem(session: Session, shop_id: int, code: str, order_id: int) -> Coupon | None:
    """The code that an order used, now redeemed; None if it isn't one of ours."""
    coupon = session.execute(
        select(Coupon).where(Coupon.shop_id == shop_id, func.upper(Coupon.code) == code.strip().upper())
    ).scalar_one_or_none()
    if coupon and coupon.redeemed_order_id in (None, order_id):
        coupon.status, coupon.redeemed_order_id = "redeemed", order_id
    return coupon


def add_codes(
    session: Session,
    shop_id: int,
    pool: str,
    codes: Iterable[str],
    *,
    percent: int | None,
    amount_cents: int | None,
) -> int:
    """Put codes into a pool; gives how many were new."""
    values = (
        {"shop_id": shop_id, "pool": pool, "code": code, "percent": percent, "amount_cents": amount_cents}
        for code in codes
    )
    return sum(insert_once(session, Coupon, each | {"status": "pool"}) is not None for each in values)


def make_codes(secret: bytes, prefix: str, count: int, start: int = 0) -> list[str]:
    """`count` codes such as BACK-7KQ4MX that nobody guesses: derived from a secret, numbered from `start`."""
    codes = []
    for number in range(start, start + count):
        digest = int.from_bytes(hashlib.blake2b(f"{prefix}/{number}".encode(), key=secret[:64]).digest()[:8])
        letters = ""
        for _ in range(8):
            digest, index = divmod(digest, len(_ALPHABET))
            letters += _ALPHABET[index]
        codes.append(f"{prefix}-{letters}")
    return codes


def counts(session: Session, shop_id: int) -> list[tuple[str, str, int]]:
    """(pool, status, how many), for people."""
    rows = session.execute(
        select(Coupon.pool, Coupon.status, func.count())
        .where(Coupon.shop_id == shop_id)
        .group_by(Coupon.pool, Coupon.status)
        .order_by(Coupon.pool, Coupon.status)
    ).all()
    return [(row[0], row[1], row[2]) for row in rows]
