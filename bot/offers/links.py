"""Short links: a row for each one that a text really carries, and where it leads.

Owns links. What is on the page of a `choose` link is bot.offers.choosing's; whether a visitor is a person is decided where
the request is seen (webhooks.links).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once_soon
from bot.conversations.snapshot import PURPOSES, held_codes, last_lines
from bot.conversations.subjects import Subject
from bot.models import Link, Product
from bot.offers.carts import cart_address
from bot.offers.picks import items_picked
from bot.orders.carts import cart_of_passage, items_of
from flows.facts import LinkFacts
from flows.values import Scalar


def keep_links(
    session: Session,
    subject: Subject,
    enrolment_id: int,
    turn: int,
    body: str,
    links: LinkFacts,
    now: datetime,
    picked: Scalar = None,
) -> None:
    """Write a row for each short link in `body`; one that is there already stays as it is. `picked`: which products of
    the last order the customer wants (bot.offers.picks)."""
    addresses = {purpose: getattr(links, purpose) for purpose in PURPOSES} | dict(links.to)
    for key, address in addresses.items():
        if address not in body:
            continue
        purpose, _, named = key.partition(":")
        products = named.split(",") if named else None
        insert_once_soon(
            session,
            Link,
            {
                "shop_id": subject.shop.id,
                "token": address.rsplit("/", 1)[1],
                "customer_id": subject.customer.id,
                "enrolment_id": enrolment_id,
                "purpose": purpose,
                "target": target_of(session, subject, enrolment_id, purpose, products or [], now, picked),
                "products": products,
                "created_at": now,
            },
        )


def filled(product: str | None, gift: str | None) -> list[tuple[str, int]]:
    """What lies in a cart for one product: it, and the gift that the customer's code brings."""
    return [(each, 1) for each in (product, gift) if each]


def target_of(
    session: Session,
    subject: Subject,
    enrolment_id: int,
    purpose: str,
    products: list[str],
    now: datetime,
    picked: Scalar,
) -> str:
    """Where a link of that purpose leads: the cart that the passage speaks of, else the last one again or what the customer
    picked from it, one product, or the shop; with the customer's code in it wherever the text may speak of an offer. A `choose` link leads to the shop only
    if our own page cannot be shown. The platform's own address of a cart can't take a code: with one, it is filled anew."""
    if purpose == "shop":
        return subject.shop.site_url
    code: Any = None
    if purpose != "reorder":
        code = next(iter(held_codes(session, subject, now, enrolment_id)), None)
    gift = code.gift if code else None
    match purpose:
        case "product":
            items = filled(_on_sale(session, subject.shop.id, products[0]), gift)
        case "choose":
            items = []
        case _ if left := cart_of_passage(session, enrolment_id, subject.customer.id, subject.shop.id):
            if left.link and not code:
                return left.link
            items = items_of(left) + filled(None, gift)
        case _:
            lines = sorted(
                (line for line in last_lines(session, subject) if line.name), key=lambda line: line.line_no
            )
            again = [(line.external_id, line.quantity) for line in lines]
            items = (items_picked(picked, lines) or again) + filled(None, gift)
    return cart_address(subject.shop, items, code.code if code else None)


def _on_sale(session: Session, shop_id: int, product: str) -> str | None:
    """The product, unless we know that it is not sold any more. One that no order has named yet may well exist."""
    found = session.execute(_RETIRED, {"shop": shop_id, "product": product}).scalar_one_or_none()
    return None if found else product


# Built once: building a statement costs SQLAlchemy about as much as running it.
_RETIRED = select(Product.retired).where(
    Product.shop_id == bindparam("shop"), Product.external_id == bindparam("product")
)
