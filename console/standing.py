"""How things stand with one customer now: who speaks, which flow has the floor, what is waited for, which code they hold.

Owns the panel «now» and the mark by which a page knows that something changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import offset
from bot.conversations.snapshot import live_offer
from bot.models import (
    Click,
    Consent,
    Conversation,
    Enrolment,
    Flow,
    Link,
    Outbound,
    Receipt,
    Suppression,
    Timer,
)
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
    conversation = _conversation(session, who)
    lines = [_speaker(conversation), *_passages(session, who, conversation), _permission(session, who)]
    offer = live_offer(session, who.customer_id, who.zone, now)
    if offer is not None:
        amount = f"{offer.amount_cents / 100:,.2f}" if offer.amount_cents else offer_words(offer, "en", "USD")
        worth = f"{offer.percent}%" if offer.percent else amount
        lines.append(Line("Code in hand", f"{offer.code}, {worth} till {words.day(offer.ends, who.zone)}"))
    opened = _opened(session, who)
    if opened is not None:
        lines.append(Line("Link opened", words.when(opened, who.zone, now)))
    due = None
    if conversation is not None:
        lines += _waits(session, who, conversation, now)
        due = next_due(session, now, shop_id=who.shop_id, conversation_id=conversation.id)
    return Standing(
        lines=tuple(lines),
        waits_for_person=conversation is not None and conversation.holder != "bot",
        in_flow=_running(session, who),
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
        opened = _opened(session, who)
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


def _passages(session: Session, who: Subject, conversation: Conversation | None) -> list[Line]:
    rows = session.execute(
        select(Enrolment.id, Enrolment.state, Enrolment.arm, Flow.name)
        .join(Flow, (Flow.shop_id == Enrolment.shop_id) & (Flow.id == Enrolment.flow_id))
        .where(
            Enrolment.shop_id == who.shop_id,
            Enrolment.customer_id == who.customer_id,
            Enrolment.status == "active",
            Enrolment.start_id.is_not(None),
        )
        .order_by(Enrolment.id)
    ).all()
    floor = conversation.floor_enrolment_id if conversation else None
    found = []
    for row in rows:
        where = words.node_words(str(row.state.get("node", "")))
        value = f"{row.name.replace('_', ' ')}, at {where}"
        if row.arm == "control":
            value = f"{row.name.replace('_', ' ')}, holdout: hears nothing"
        found.append(Line("Has the floor" if row.id == floor else "In flow", value))
    return found or [Line("Has the floor", "the front desk")]


def _permission(session: Session, who: Subject) -> Line:
    silenced = session.get(Suppression, (who.shop_id, who.phone_key))
    if silenced is not None:
        by = words.SOURCES.get(silenced.source, silenced.source)
        return Line("May be texted", f"no: {SILENCED.get(silenced.kind, silenced.kind)}, by {by}", "stop")
    given = session.get(Consent, (who.shop_id, who.phone_key))
    if given is None:
        return Line("May be texted", "answers only: no consent on record", "stop")
    return Line("May be texted", f"yes, {given.kind} consent")


def _waits(session: Session, who: Subject, conversation: Conversation, now: datetime) -> list[Line]:
    timers = session.execute(
        select(Timer.due_at)
        .where(
            Timer.shop_id == who.shop_id, Timer.conversation_id == conversation.id, Timer.status == "armed"
        )
        .order_by(Timer.due_at)
    ).scalars()
    texts = session.execute(
        select(Outbound.due_at)
        .where(
            Outbound.shop_id == who.shop_id,
            Outbound.conversation_id == conversation.id,
            Outbound.status == "ready",
        )
        .order_by(Outbound.due_at)
    ).scalars()
    found = [Line("Text leaves", words.when(due, who.zone, now)) for due in texts if due > now]
    for due in timers:
        if due is None:
            found.append(Line("Waits for answer", "from when the text leaves"))
        else:
            found.append(Line("Waits for answer", f"until {words.when(due, who.zone, now)}"))
    return found


def _opened(session: Session, who: Subject) -> datetime | None:
    return session.execute(
        select(func.max(Click.at))
        .join(Link, (Link.shop_id == Click.shop_id) & (Link.id == Click.link_id))
        .where(Click.shop_id == who.shop_id, Link.customer_id == who.customer_id, Click.by_machine.is_(False))
    ).scalar()


def _running(session: Session, who: Subject) -> bool:
    return (
        session.execute(
            select(Enrolment.id)
            .where(
                Enrolment.shop_id == who.shop_id,
                Enrolment.customer_id == who.customer_id,
                Enrolment.status == "active",
                Enrolment.start_id.is_not(None),
            )
            .limit(1)
        ).first()
        is not None
    )
