"""What a colleague has to know in ten seconds: why it is theirs, what was promised and given, how the customer feels.

Owns the gathering, as plain values; how it looks is the page's. Reads, and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.snapshot import last_lines, live_offer
from bot.conversations.subjects import subject_of
from bot.inbox.promises import OpenPromise, open_promises
from bot.models import Conversation, Inbound
from flows.zones import zone_named

LOOK_BACK = 5
"""Texts of the customer whose mood counts; the latest that shows one wins."""


@dataclass(frozen=True, slots=True)
class CodeGiven:
    """The code in the customer's hands."""

    code: str | None
    name: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class LastOrder:
    """The customer's last order that counts."""

    product: str | None
    total_cents: int
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything at a glance. `zone`: the customer's, for the dates."""

    why: str | None
    """Why the bot handed it over, or who left it."""
    owed_since: datetime | None
    matter: str | None
    mood: str | None
    """Of the customer's last texts: angry, upset ...; None: nothing special."""
    promises: tuple[OpenPromise, ...]
    code: CodeGiven | None
    last_order: LastOrder | None
    paused_until: datetime | None
    zone: str


def brief_of(session: Session, conversation: Conversation, now: datetime) -> Brief:
    """The brief of a conversation that the caller has read in its own shop."""
    subject = subject_of(session, conversation)
    offer = live_offer(session, subject.customer.id, subject.zone, now)
    lines = last_lines(session, subject)
    named = next((line for line in lines if line.name and not line.private), None)
    paused = conversation.marketing_paused_until
    return Brief(
        why=conversation.holder_reason,
        owed_since=conversation.owed_since,
        matter=conversation.open_matter,
        mood=_mood(session, conversation),
        promises=open_promises(session, conversation.shop_id, conversation.id, now),
        code=CodeGiven(offer.code, offer.name, offer.ends) if offer else None,
        last_order=LastOrder(
            (named.text_name or named.name) if named else None, lines[0].total_cents, lines[0].placed_at
        )
        if lines
        else None,
        paused_until=paused if paused and paused > now else None,
        zone=subject.zone,
    )


def in_words(brief: Brief) -> str:
    """The brief as a note to a colleague, a line a thing; empty when there is nothing to say."""
    zone = zone_named(brief.zone)

    def day(moment: datetime) -> str:
        local = moment.astimezone(zone)
        return f"{local:%a %b} {local.day}, {local:%H:%M}"

    lines = [
        f"Why: {brief.why}." if brief.why else "",
        f"Waits for an answer since {day(brief.owed_since)}." if brief.owed_since else "",
        f"Open: {brief.matter}." if brief.matter else "",
        f"Mood: {brief.mood}." if brief.mood else "",
        *(f"Promised: {each.what} (by {day(each.due_at)})." for each in brief.promises),
        f"Has a code: {brief.code.code or brief.code.name}, till {day(brief.code.ends)}."
        if brief.code
        else "",
        f"Marketing is paused until {day(brief.paused_until)}." if brief.paused_until else "",
    ]
    return "\n".join(line for line in lines if line)


def _mood(session: Session, conversation: Conversation) -> str | None:
    rows = session.execute(
        select(Inbound.reading)
        .where(Inbound.shop_id == conversation.shop_id, Inbound.conversation_id == conversation.id)
        .order_by(Inbound.id.desc())
        .limit(LOOK_BACK)
    ).scalars()
    moods = [str(row["mood"]) for row in rows if row and row.get("mood")]
    return next((mood for mood in moods if mood != "neutral"), None)
