"""The text that tells of a mended code.

Owns its words for one customer, and its row. It is a marketing text like any: it goes through the gate, and says a day that
is true on arrival, for the end is fixed and the text is worth nothing after it. Whom a person has meanwhile, hears when that
is over (bot.sending.wanted).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.conversations.snapshot import facts_of
from bot.conversations.subjects import Subject
from bot.keys import Keys
from bot.models import Coupon, Mending, Outbound
from bot.models.mending import TELLS
from bot.offers.by_hand import link
from bot.offers.holding import BY_HAND
from flows.effects import SendText
from flows.facts import LinkFacts
from flows.render import Rendered, render
from flows.saying import in_language
from flows.segments import measure


def tell(
    session: Session,
    keys: Keys,
    link_url: str,
    subject: Subject,
    mending: Mending,
    old: Coupon,
    ends: datetime,
    now: datetime,
) -> Outbound | None:
    """Write the row of the text; None: nobody is told, or the words lack something for this customer. One that told of an
    earlier mending, and has not left, is superseded."""
    bodies: Mapping[str, str] = mending.bodies
    if not bodies or subject.customer.phone is None:
        return None
    spoken = subject.conversation.language or subject.customer.language or subject.shop.language
    language, template = in_language(bodies, spoken)
    facts = facts_of(session, keys, link_url, subject, enrolment_id=BY_HAND, turn=0, now=now)
    links = {
        purpose: link(session, keys, link_url, subject, purpose, now)
        for purpose in ("reorder", "checkout", "shop")
        if f"link.{purpose}" in template
    }
    facts = replace(
        facts,
        link=LinkFacts(links.get("reorder", ""), links.get("checkout", ""), links.get("shop", "")),
    )
    words = render(SendText(0, "mend", template, language, None), facts, now)
    if not isinstance(words, Rendered):
        return None
    session.execute(
        update(Outbound)
        .where(
            Outbound.shop_id == mending.shop_id,
            Outbound.conversation_id == subject.conversation.id,
            Outbound.status == "ready",
            Outbound.key.startswith(TELLS, autoescape=True),
        )
        .values(status="superseded", why="a newer text tells of their code")
    )
    size = measure(words.body)
    values: dict[str, Any] = {
        "shop_id": mending.shop_id,
        "public_id": uuid.uuid4().hex,
        "conversation_id": subject.conversation.id,
        "key": f"{TELLS}{mending.id}:{old.id}",
        "author": "api",
        "staff_id": mending.staff_id,
        "effect": {"offer": mending.offer},
        "body": words.body,
        "language": language,
        "encoding": size.encoding,
        "parts": size.parts,
        "kind": "marketing",
        "status": "ready",
        "fence": subject.conversation.fence,
        "read_inbound_id": subject.conversation.last_inbound_id,
        "due_at": now,
        "expires_at": ends,
        "ordinal": 0,
        "attempts": 0,
        "created_at": now,
    }
    made = insert_once(session, Outbound, values)
    return session.get_one(Outbound, made) if made is not None else None
