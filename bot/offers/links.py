"""Short links: a row for each one that a text really carries, and what became of it.

Owns links and clicks. Whether a visitor is a person is decided where the request is seen (webhooks.links).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once_soon
from bot.conversations.snapshot import PURPOSES, last_lines, offer_of
from bot.conversations.subjects import Subject
from bot.models import Link
from bot.offers.carts import cart_address
from flows.facts import LinkFacts


def keep_links(
    session: Session,
    subject: Subject,
    enrolment_id: int,
    turn: int,
    body: str,
    links: LinkFacts,
    now: datetime,
) -> None:
    """Write a row for each short link in `body`; one that is there already stays as it is."""
    for purpose in PURPOSES:
        address: str = getattr(links, purpose)
        if address not in body:
            continue
        insert_once_soon(
            session,
            Link,
            {
                "shop_id": subject.shop.id,
                "token": address.rsplit("/", 1)[1],
                "customer_id": subject.customer.id,
                "enrolment_id": enrolment_id,
                "purpose": purpose,
                "target": _target(session, subject, purpose, now),
                "created_at": now,
            },
        )


def _target(session: Session, subject: Subject, purpose: str, now: datetime) -> str:
    """Where a link of that purpose leads: the last cart again, with the customer's code in it for `checkout`."""
    if purpose == "shop":
        return subject.shop.site_url
    lines = sorted(
        (line for line in last_lines(session, subject) if line.name), key=lambda line: line.line_no
    )
    items = [(line.external_id, line.quantity) for line in lines]
    offer = offer_of(session, subject, now) if purpose == "checkout" else None
    return cart_address(subject.shop, items, offer.code if offer else None)
