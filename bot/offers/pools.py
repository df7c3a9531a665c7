"""Pools of codes: filled, and counted for people.

Owns the codes that nobody has yet. How one of them comes to a customer is bot.offers.coupons'.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.models import Coupon

_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY3479"
"""No B/8, I/1, O/0, S/5, Z/2: codes are typed by hand."""


def add_codes(
    session: Session,
    shop_id: int,
    pool: str,
    codes: Iterable[str],
    *,
    percent: int | None = None,
    amount_cents: int | None = None,
    free_shipping: bool = False,
    gift: str | None = None,
    points: int | None = None,
) -> int:
    """Put codes into a pool, each worth one of these; gives how many were new. `gift`: the platform's id of a product."""
    alike = {
        "shop_id": shop_id,
        "pool": pool,
        "percent": percent,
        "amount_cents": amount_cents,
        "free_shipping": free_shipping,
        "gift": gift,
        "points": points,
        "status": "pool",
    }
    return sum(insert_once(session, Coupon, {**alike, "code": code}) is not None for code in codes)


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
