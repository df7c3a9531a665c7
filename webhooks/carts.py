"""What a shop may say about a cart in JSON, and how it becomes the core's plain value.

Owns the shape of the document and the wording of its problems, which never repeat what was sent: it may hold somebody's
data. Must not touch the database.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, StringConstraints, field_validator

from bot.orders.carts import CartIn
from bot.orders.values import LineIn
from webhooks.orders import (
    ApiCustomer,
    ApiLine,
    ApiPart,
    Fault,
    Id,
    Money,
    Problem,
    cents,
    plain_customer,
    read_several,
)

LONGEST_LINK = 2_000
"""Characters; platforms' recovery addresses have a few hundred."""


class ApiCart(ApiPart):
    """One cart. Money is in units of the currency, as a number or a string («31.50»)."""

    external_id: Id
    updated_at: AwareDatetime
    total: Money
    currency: Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{3}$")]
    customer: ApiCustomer
    lines: list[ApiLine] = Field(default_factory=list, max_length=1000)
    link: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_LINK)] | None = None
    ordered_at: AwareDatetime | None = None

    @field_validator("updated_at", "ordered_at")
    @classmethod
    def _plausible(cls, at: datetime | None) -> datetime | None:
        if at is not None and not 1990 <= at.year <= 2200:
            raise ValueError("the year is not plausible")
        return at


def read_carts(
    given: Any, country: str, *, latest: datetime, hosts: Collection[str]
) -> tuple[list[CartIn], list[Problem]]:
    """The carts in a document (one, or a list of up to 500), or everything that is wrong with them, all at once.

    `country` is how a national phone number is read when the customer has none; a cart touched after `latest` is a
    mistake, and so is a link to a host that is neither one of `hosts`, the shop's own, nor within one.
    """

    def one(document: Any) -> tuple[CartIn, list[Fault]]:
        cart = ApiCart.model_validate(document)
        faults = [] if cart.updated_at <= latest else [("updated_at", "lies in the future")]
        if cart.link is not None and not _own(cart.link, hosts):
            faults.append(("link", "not an https address of the shop's site, or of its setting link_hosts"))
        return _plain(cart, country), faults

    return read_several(given, "cart", one)


def _plain(cart: ApiCart, country: str) -> CartIn:
    return CartIn(
        external_id=cart.external_id,
        updated_at=cart.updated_at,
        customer=plain_customer(cart.customer, country),
        lines=tuple(
            LineIn(line.name, line.quantity, cents(line.price), line.product_id, line.sku)
            for line in cart.lines
        ),
        total_cents=cents(cart.total),
        currency=cart.currency,
        link=cart.link or None,
        ordered_at=cart.ordered_at,
    )


def _own(link: str, hosts: Collection[str]) -> bool:
    """Our short link must lead nowhere but to the shop, whoever has its key."""
    try:
        parts = urlsplit(link)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or parts.username or parts.password or port not in (None, 443):
        return False
    if not link.isprintable() or " " in link or "\\" in link:
        return False
    return any(host == own or host.endswith(f".{own}") for own in hosts)
