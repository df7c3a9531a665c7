"""What the page of a `choose` link shows, and where each of its choices leads.

Owns the reading: products that are known, sold and not private, in the order that the flow named them; the customer's code
as it stands at this moment; and the cart of one choice. Shows nothing: that is webhooks.choose's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.conversations.snapshot import code_facts, codes_of, offer_among
from bot.conversations.subjects import whereabouts
from bot.models import Conversation, Customer, Product, Shop
from bot.offers.carts import cart_address
from bot.offers.holding import held
from bot.offers.links import filled
from flows.facts import CodeFacts, OfferFacts


@dataclass(frozen=True, slots=True)
class Choice:
    """One product. Prices in cents; None where nobody has said one. `special`: with the customer's code, where that is so
    much off; None where it changes no price."""

    place: int
    """Its number among the products that the flow named, from 1: what its address ends in."""
    product: str
    """The platform's id."""
    name: str
    price_cents: int | None
    special_cents: int | None


@dataclass(frozen=True, slots=True)
class Choosing:
    """The page, in plain values. `language`: en or es. `offer` is the code that works now; `code` what became of the last
    one."""

    shop: Shop
    language: str
    zone: str
    choices: tuple[Choice, ...]
    offer: OfferFacts | None
    code: CodeFacts | None


def choosing(
    session: Session, shop_id: int, customer_id: int, products: list[str], now: datetime
) -> Choosing:
    """The page as it is at `now`: a code that ended since the text left takes nothing off."""
    row = session.execute(_WHO, {"shop": shop_id, "customer": customer_id}).one()
    _, zone = whereabouts(row, row.Shop.zone)
    said = row.spoken or row.language or row.Shop.language
    codes = codes_of(session, customer_id)
    offer = offer_among(held(codes, now), zone, now)
    known = {each.external_id: each for each in _known(session, shop_id, products)}
    choices = tuple(
        Choice(
            place,
            its_id,
            known[its_id].name,
            known[its_id].price_cents,
            special(known[its_id].price_cents, offer),
        )
        for place, its_id in enumerate(products, 1)
        if its_id in known
    )
    return Choosing(
        shop=row.Shop,
        language="es" if said == "es" else "en",
        zone=zone,
        choices=choices,
        offer=offer,
        code=code_facts(codes, now),
    )


def chosen(session: Session, shop_id: int, customer_id: int, product: str, now: datetime) -> str | None:
    """The cart of that choice, with the code that works now and the gift that it brings; None: it is not to be had."""
    if not _known(session, shop_id, [product]):
        return None
    shop = session.get_one(Shop, shop_id)
    code = next(iter(held(codes_of(session, customer_id), now)), None)
    return cart_address(shop, filled(product, code.gift if code else None), code.code if code else None)


def special(price_cents: int | None, offer: OfferFacts | None) -> int | None:
    """The price with the code off; None where there is no price, or the code is of another kind. Half a cent goes to the
    customer; money off is for the whole order, so this is the price of one alone."""
    if price_cents is None or offer is None:
        return None
    if offer.percent:
        return price_cents * (100 - offer.percent) // 100
    return max(price_cents - offer.amount_cents, 0) if offer.amount_cents else None


def _known(session: Session, shop_id: int, products: list[str]) -> list[Any]:
    return list(session.execute(_PRODUCTS, {"shop": shop_id, "products": products}).all())


# Built once: building a statement costs SQLAlchemy about as much as running it.
_PRODUCTS = select(Product.external_id, Product.name, Product.price_cents).where(
    Product.shop_id == bindparam("shop"),
    Product.external_id.in_(bindparam("products", expanding=True)),
    Product.kind == "product",
    Product.private.is_(False),
    Product.retired.is_(False),
)
_WHO = (
    select(
        Shop,
        Customer.phone,
        Customer.country,
        Customer.region,
        Customer.postcode,
        Customer.language,
        Conversation.language.label("spoken"),
    )
    .select_from(Customer)
    .join(Shop, Shop.id == Customer.shop_id)
    .outerjoin(
        Conversation,
        (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
    )
    .where(Customer.shop_id == bindparam("shop"), Customer.id == bindparam("customer"))
)
