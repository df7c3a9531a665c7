"""The frozen snapshot that the engine and the texts may look at. Nothing else exists for them.

Owns the names that a merchant's texts use (`customer.first_name`, `last_order.product` ...). Built by `bot`, stored in
the journal, so that a turn can be replayed without a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from flows.values import Scalar


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """Who is being texted. Money in whole cents; rubbish names («N/A», «test») arrive here as None."""

    key: str
    """Stable and meaningless outside: what variants are hashed on."""
    first_name: str | None = None
    language: str = "en"
    country: str = "US"
    orders: int = 0
    spent_cents: int = 0
    days_since_order: int | None = None
    points: int | None = None
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    segment: str | None = None
    """champions, loyal, cooling, at_risk, hibernating or lost, as bot.audience reckons it; None: never ordered."""
    birthday: str | None = None
    """MM-DD."""
    rhythm: str | None = None
    """What they said of how often and when we may text, in the form of nlu.rhythm; None: nothing."""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The last order that counts. `product` is what the customer would name; None when there is nothing to name."""

    product: str | None
    items: int
    total_cents: int
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """The shop, and what it has answers for (`answers`: key of the fact -> wording in the customer's language)."""

    name: str
    text_name: str
    site: str
    contact: str
    currency: str = "USD"
    answers: Mapping[str, str] = field(default_factory=dict)
    person_by: str | None = None
    """When a person will answer, in words: «today», «tomorrow after 9». From the working hours."""
    texts_a_month: int = 6
    """Marketing texts in 30 days at most, as the shop's setting has it: consent was asked for so many (R120)."""


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """A code in the customer's hands. `ends` is true if the text leaves now (an offer's clock starts then, I11)."""

    name: str
    code: str
    percent: int | None
    amount_cents: int | None
    ends: datetime
    free_shipping: bool = False
    gift: str | None = None
    """What the customer would call the gift."""
    points: int | None = None


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """The last code that this customer was given, as it stands today: `live`, `used`, `ended` or `void`."""

    code: str
    state: Literal["live", "used", "ended", "void"]
    ends: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """Short links on our domain: `reorder` the same cart, `checkout` the same cart with the offer in it, `shop`.

    `to`: the flow's own links, by LinkTo.key.
    """

    reorder: str
    checkout: str
    shop: str
    to: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything. `zone` is the IANA zone in which dates are said to this customer."""

    customer: CustomerFacts
    shop: ShopFacts
    link: LinkFacts
    zone: str
    last_order: OrderFacts | None = None
    offer: OfferFacts | None = None
    code: CodeFacts | None = None
