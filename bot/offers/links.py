"""Short links: a row for each one that a text really carries, and what became of it.

Owns links and clicks. Whether a visitor is a person is decided where the request is seen (webhooks.links).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.conversations.snapshot import PURPOSES, Subject
from bot.models import Link
from bot.offers.carts import cart_target
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
        insert_once(
            session,
            Link,
            {
                "shop_id": subject.shop.id,
                "token": address.rsplit("/", 1)[1],
                "customer_id": subject.customer.id,
                "enrolment_id": enrolment_id,
                "purpose": purpose,
                "target": cart_target(session, subject.shop, subject.customer, purpose, now),
                "created_at": now,
            },
        )
