"""An order in plain values, whoever reported it, and the one rule that says whether it counts.

Owns the values and the rule. Must not touch the database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

ProductKind: TypeAlias = Literal["product", "shipping", "gift_card"]

DOES_NOT_COUNT = frozenset(
    {
        "failed",
        "declined",
        "voided",
        "void",
        "cancelled",
        "canceled",
        "expired",
        "trash",
        "deleted",
        "pending",
        "pending payment",
        "payment pending",
        "awaiting payment",
        "unpaid",
        "draft",
        "checkout draft",
        "auto draft",
        "abandoned",
        "refunded",
        "fully refunded",
        "test",
    }
)
"""Statuses, in words, of orders in which nothing was sold in the end. Any other status counts: a shop's own status
(«roasting») must not hide its orders."""

MAX_EXTERNAL = 100
"""Characters of an id at the platform, as the schema has them."""


@dataclass(frozen=True, slots=True)
class CustomerIn:
    """Whose order it is. `phone` is E.164; the ids and the e-mail find a known customer, the phone makes a new one."""

    phone: str | None = None
    email: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class LineIn:
    """One line. `price_cents` is for one piece. `variant_id` and `sku` as the platform has them."""

    name: str
    quantity: int
    price_cents: int
    variant_id: str | None = None
    sku: str | None = None

    @property
    def product_id(self) -> str:
        """What the product is known by: the variant id, else the SKU, else the name."""
        return (self.variant_id or self.sku or self.name)[:MAX_EXTERNAL]


@dataclass(frozen=True, slots=True)
class OrderIn:
    """One order. `total_cents` is what was paid, delivery and tax included, before refunds. No lines: not told."""

    external_id: str
    placed_at: datetime
    total_cents: int
    currency: str
    customer: CustomerIn
    status: str = ""
    test: bool = False
    refunded_cents: int = 0
    code: str | None = None
    lines: tuple[LineIn, ...] = ()


def plain_status(status: str) -> str:
    """`wc-Pending_Payment` as `pending payment`: the platforms' spellings made one."""
    return re.sub(r"[\s_-]+", " ", re.sub(r"^wc-", "", status.strip().casefold())).strip()


def was_refunded(order: OrderIn) -> bool:
    """Whether it was paid, and all of it given back."""
    if order.test:
        return False
    given_back = 0 < order.total_cents <= order.refunded_cents
    return given_back or plain_status(order.status) in ("refunded", "fully refunded")


def does_count(order: OrderIn) -> bool:
    """Whether the order is a purchase: not failed, cancelled, unpaid, a test or wholly refunded."""
    if order.test or plain_status(order.status) in DOES_NOT_COUNT:
        return False
    return not 0 < order.total_cents <= order.refunded_cents


_GIFT_CARD = re.compile(
    r"\b(gift ?cards?|gift (certificate|voucher)|e-?gift|tarjeta (de )?regalo)\b", re.IGNORECASE
)
_SHIPPING = re.compile(
    r"^\W*(shipping|standard shipping|express shipping|delivery|postage|freight|shipping (&|and) handling|"
    r"shipping (protection|insurance|fee|cost|charge)s?|delivery (fee|charge)|"
    r"(package|route|order) protection|env[ií]o|gastos de env[ií]o|versand(kosten)?)\b(\s*[(\[].*)?[^a-z]*$",
    re.IGNORECASE,
)


def product_kind(name: str) -> ProductKind:
    """What a line is, by its name. Only a product is ever named in a text: nobody is low on shipping."""
    if _GIFT_CARD.search(name):
        return "gift_card"
    return "shipping" if _SHIPPING.search(name) else "product"
