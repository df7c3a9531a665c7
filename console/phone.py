"""What is on the customer's phone: every text that reached it, and every text that it sent.

Owns the bubbles. A text that the gate holds back is not here (it is not on the phone either); it is in `console.mind`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Inbound, Outbound
from console import words
from console.handset import KeywordReply
from console.people import Subject

LENGTH = 200
"""Bubbles that a page shows at most, the newest ones."""

DELIVERY = {
    "delivered": "delivered",
    "read": "read",
    "undelivered": "not delivered",
    "failed": "not delivered",
}
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; with `href`, one that can be opened."""

    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text on the phone. `side`: me (the customer), shop, carrier (the provider's own words) or note."""

    key: str
    side: str
    pieces: tuple[Piece, ...]
    caption: str
    day: str | None
    """The day, above the first text of one."""


@dataclass(frozen=True, slots=True)
class _Entry:
    at: datetime
    rank: int
    id: int
    side: str
    body: str
    state: str


def bubbles(session: Session, who: Subject, replies: Sequence[KeywordReply]) -> list[Bubble]:
    """The texts on this phone, oldest first."""
    entries = sorted(_entries(session, who, replies), key=lambda each: (each.at, each.rank, each.id))
    shown, last_day = [], None
    for entry in entries[-LENGTH:]:
        today = words.day(entry.at, who.zone)
        caption = words.clock(entry.at, who.zone) + (f" · {entry.state}" if entry.state else "")
        shown.append(
            Bubble(
                key=f"{entry.side}-{entry.rank}-{entry.id}",
                side=entry.side,
                pieces=pieces(entry.body, links=entry.side == "shop"),
                caption=caption,
                day=today if today != last_day else None,
            )
        )
        last_day = today
    return shown


def pieces(body: str, *, links: bool) -> tuple[Piece, ...]:
    """The text cut at its addresses. Only the shop's own texts have links that open: a customer may write anything."""
    if not links:
        return (Piece(body),)
    cut, end = [], 0
    for found in _ADDRESS.finditer(body):
        if found.start() > end:
            cut.append(Piece(body[end : found.start()]))
        address = found.group()
        cut.append(Piece(address.removeprefix("https://").removeprefix("http://"), address))
        end = found.end()
    if end < len(body):
        cut.append(Piece(body[end:]))
    return tuple(cut)


def _entries(session: Session, who: Subject, replies: Sequence[KeywordReply]) -> list[_Entry]:
    if who.conversation_id is None:
        return []
    inbound = session.execute(
        select(Inbound)
        .where(Inbound.shop_id == who.shop_id, Inbound.conversation_id == who.conversation_id)
        .order_by(Inbound.id.desc())
        .limit(LENGTH)
    ).scalars()
    answers: dict[str, list[str]] = {}
    for reply in replies:
        answers.setdefault(reply.after, []).append(reply.body)
    found = []
    for row in inbound:
        side, body = ("note", "called the number") if row.kind == "call" else ("me", _body(row))
        found.append(_Entry(row.received_at, 0, row.id, side, body, ""))
        found += [
            _Entry(row.received_at, 1, row.id, "carrier", text, "from the carrier")
            for text in answers.get(row.provider_id, ())
        ]
    outbound = session.execute(
        select(Outbound)
        .where(
            Outbound.shop_id == who.shop_id,
            Outbound.conversation_id == who.conversation_id,
            Outbound.status.in_(("claimed", "sent", "unknown")),
        )
        .order_by(Outbound.id.desc())
        .limit(LENGTH)
    ).scalars()
    for text in outbound:
        at = text.attempted_at or text.created_at
        found.append(_Entry(at, 2, text.id, "shop", text.body, _state(text)))
    return found


def _body(row: Inbound) -> str:
    if row.media:
        return f"{row.body} [picture]".strip()
    return row.body or "(an empty text)"


def _state(text: Outbound) -> str:
    if text.status == "claimed":
        return "leaving"
    if text.status == "unknown":
        return "may be on its way"
    return DELIVERY.get(text.provider_status or "", "sent")
