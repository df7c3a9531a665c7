"""How things stand with one customer now: who speaks, which flow has the floor, what is waited for, which code they hold.

Owns the simulator's panel «now» in words, and the mark by which its page knows that something changed. What stands is
bot.inbox.beside's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import offset
from bot.conversations.snapshot import live_offer
from bot.inbox.beside import Passage, standing_of
from bot.inbox.beside import Standing as Stands
from bot.models import Conversation, Customer, Outbound, Receipt
from bot.timetravel import next_due
from console import words
from console.people import SILENCED, Subject
from flows.names import offer_words

HOLDERS = {"bot": "the bot", "nobody": "nobody: it waits for a person", "staff": "a person"}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of the panel. `tone`: calm, stop or call."""

    name: str
    value: str
    tone: str = "calm"


@dataclass(frozen=True, slots=True)
class Standing:
    """The panel and what the buttons depend on."""

    lines: tuple[Line, ...]
    waits_for_person: bool
    in_flow: bool
    next_due: str | None


def standing(session: Session, who: Subject, now: datetime) -> Standing:
    """How things stand with this customer."""
    customer = session.execute(
        select(Customer).where(Customer.shop_id == who.shop_id, Customer.id == who.customer_id)
    ).scalar_one()
    conversation = _conversation(session, who)
    stands = standing_of(session, customer, conversation)
    lines = [_speaker(conversation), *_passages(stands.passages), _permission(stands)]
    offer = live_offer(session, who.customer_id, who.zone, now)
    if offer is not None:
        amount = f"{offer.amount_cents / 100:,.2f}" if offer.amount_cents else offer_words(offer, "en", "USD")
        worth = f"{offer.percent}%" if offer.percent else amount
        lines.append(Line("Code in hand", f"{offer.code}, {worth} till {words.day(offer.ends, who.zone)}"))
    if stands.link_opened_at is not None:
        lines.append(Line("Link opened", words.when(stands.link_opened_at, who.zone, now)))
    due = None
    if conversation is not None:
        lines += _waits(stands, who, now)
        due = next_due(session, now, shop_id=who.shop_id, conversation_id=conversation.id)
    return Standing(
        lines=tuple(lines),
        waits_for_person=conversation is not None and conversation.holder != "bot",
        in_flow=bool(stands.passages),
        next_due=words.when(due, who.zone, now) if due else None,
    )


def mark(session: Session, who: Subject, now: datetime) -> str:
    """Changes whenever something on the page would: conversation, gate, clicks, the clock's minute."""
    receipt = opened = None
    if who.conversation_id is not None:
        receipt = session.execute(
            select(func.max(Receipt.id))
            .join(Outbound, (Outbound.shop_id == Receipt.shop_id) & (Outbound.id == Receipt.outbound_id))
            .where(Outbound.shop_id == who.shop_id, Outbound.conversation_id == who.conversation_id)
        ).scalar()
        opened = session.execute(
            select(Customer.clicked_at).where(Customer.shop_id == who.shop_id, Customer.id == who.customer_id)
        ).scalar()
    moved = int(offset(session).total_seconds())
    clicked = int(opened.timestamp()) if opened else 0
    return f"{who.version}.{receipt or 0}.{clicked}.{moved}.{int(now.timestamp()) // 60}"


def _conversation(session: Session, who: Subject) -> Conversation | None:
    return session.execute(
        select(Conversation).where(
            Conversation.shop_id == who.shop_id, Conversation.id == who.conversation_id
        )
    ).scalar_one_or_none()


def _speaker(conversation: Conversation | None) -> Line:
    holder = conversation.holder if conversation else "bot"
    value = HOLDERS.get(holder, holder)
    if conversation and conversation.holder_reason:
        value += f" ({conversation.holder_reason})"
    return Line("Speaks", value, "calm" if holder == "bot" else "call")


def _passages(passages: Sequence[Passage]) -> list[Line]:
    found = []
    for each in passages:
        flow = each.flow.replace("_", " ")
        value = (
            f"{flow}, holdout: hears nothing" if each.holdout else f"{flow}, at {words.node_words(each.node)}"
        )
        found.append(Line("Has the floor" if each.has_floor else "In flow", value))
    return found or [Line("Has the floor", "the front desk")]


def _permission(stands: Stands) -> Line:
    if stands.silenced is not None:
        kind, source = stands.silenced
        by = words.SOURCES.get(source, source)
        return Line("May be texted", f"no: {SILENCED.get(kind, kind)}, by {by}", "stop")
    if stands.consent is None:
        return Line("May be texted", "answers only: no consent on record", "stop")
    return Line("May be texted", f"yes, {stands.consent} consent")


def _waits(stands: Stands, who: Subject, now: datetime) -> list[Line]:
    found = [Line("Text leaves", words.when(due, who.zone, now)) for due in stands.leaves if due > now]
    for due in stands.waits:
        if due is None:
            found.append(Line("Waits for answer", "from when the text leaves"))
        else:
            found.append(Line("Waits for answer", f"until {words.when(due, who.zone, now)}"))
    return found
