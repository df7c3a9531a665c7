"""What a shop may say about a cart in JSON, and how it becomes the core's plain value.

Owns the shape of the document and the wording of its problems, which never repeat what was sent: it may hold somebody's
data. Must not touch the database.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError, field_validator

from bot.orders.carts import CartIn
from bot.orders.values import LineIn
from bot.phones import BadPhone
from webhooks.orders import AT_MOST, ApiCustomer, ApiLine, ApiPart, Id, Money, Problem, cents, plain_customer

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
    several = given if isinstance(given, list) else [given]
    if not 1 <= len(several) <= AT_MOST:
        return [], [Problem(field="", message=f"give one cart, or a list of 1 to {AT_MOST}")]
    carts: list[CartIn] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, document in enumerate(several):
        path = f"{place}." if isinstance(given, list) else ""
        try:
            cart = ApiCart.model_validate(document)
            plain = _plain(cart, country)
        except ValidationError as error:
            problems += [
                Problem(field=path + ".".join(map(str, fault["loc"])), message=fault["msg"])
                for fault in error.errors(include_input=False, include_url=False, include_context=False)
            ]
        except BadPhone as error:
            problems.append(Problem(field=f"{path}customer.phone", message=str(error)))
        else:
            if cart.external_id in seen:
                problems.append(Problem(field=f"{path}external_id", message="twice in one request"))
            if cart.updated_at > latest:
                problems.append(Problem(field=f"{path}updated_at", message="lies in the future"))
            if cart.link is not None and not _own(cart.link, hosts):
                message = "not an https address of the shop's site, or of its setting link_hosts"
                problems.append(Problem(field=f"{path}link", message=message))
            seen.add(cart.external_id)
            carts.append(plain)
    return carts, problems


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
