"""What the bot saw and decided: one card a turn, from the journal.

Owns the telling of a turn: the texts that came in and how each was read, the nodes before and after, the effects. The
nodes are found by running the engine over the journal again, which gives what it gave then (I7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.history.moving import MOVED, Moved, moved
from bot.history.passages import Revisions
from bot.inbox.entries import reading_of
from bot.models import Enrolment, Inbound, Journal
from console import words
from console.people import Subject
from console.verdicts import Said, said
from flows import codec
from flows import state as states
from flows.definition import Flow
from flows.effects import Effect
from flows.engine import advance, begin
from flows.events import Event, Replied
from flows.facts import Facts
from flows.state import State
from nlu.interpretation import Interpretation

CARDS = 30
"""Turns that a page tells, the newest ones."""
OPT_OUT = {
    "carrier_word": "Opt-out, by a carrier's word: in force before anything else happened",
    "rule": "Opt-out, by rule: in force before anything else happened",
    "model": "Opt-out, found by the reader: in force before any text could leave",
    "held": "May be an opt-out: no marketing until a person has looked",
    "repeated": "Had opted out before",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A text that came in and what the reader made of it; `intent` is empty while it is unread."""

    key: str
    body: str
    intent: str
    percent: int
    understood: bool
    why: tuple[str, ...]
    ranking: tuple[tuple[str, int], ...]
    extras: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a turn and what one flow made of it."""

    key: str
    event: str
    reply: bool
    flow: str
    before: str
    after: str
    effects: tuple[str, ...]
    texts: tuple[Said, ...]
    undone: bool


@dataclass(slots=True)
class Card:
    """One turn: everything that was taken at one instant."""

    key: str
    at: datetime
    time: str
    heard: list[Heard] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def cards(session: Session, who: Subject, now: datetime) -> list[Card]:
    """The turns of this conversation, the newest first."""
    if who.conversation_id is None:
        return []
    found: dict[datetime, Card] = {}

    def card(at: datetime) -> Card:
        if at not in found:
            found[at] = Card(f"turn-{int(at.timestamp() * 1000)}", at, words.when(at, who.zone, now))
        return found[at]

    for row in _inbound(session, who):
        card(row.turned_at or row.received_at).heard.append(_heard(row))
    texts = said(session, who, now)
    for enrolment in _enrolments(session, who):
        for at, step in _steps(session, enrolment, who, texts, now):
            card(at).steps.append(step)
    return sorted(found.values(), key=lambda each: each.at, reverse=True)[:CARDS]


def _inbound(session: Session, who: Subject) -> Sequence[Inbound]:
    rows = session.execute(
        select(Inbound)
        .where(Inbound.shop_id == who.shop_id, Inbound.conversation_id == who.conversation_id)
        .order_by(Inbound.id.desc())
        .limit(CARDS * 2)
    ).scalars()
    return list(rows)[::-1]


def _enrolments(session: Session, who: Subject) -> Sequence[Enrolment]:
    return (
        session.execute(
            select(Enrolment)
            .where(Enrolment.shop_id == who.shop_id, Enrolment.customer_id == who.customer_id)
            .order_by(Enrolment.id.desc())
            .limit(CARDS)
        )
        .scalars()
        .all()[::-1]
    )


def _steps(
    session: Session,
    enrolment: Enrolment,
    who: Subject,
    texts: dict[tuple[int, int], list[Said]],
    now: datetime,
) -> list[tuple[datetime, Step]]:
    rows = session.execute(
        select(Journal)
        .where(Journal.shop_id == who.shop_id, Journal.enrolment_id == enrolment.id)
        .order_by(Journal.turn, Journal.id)
    ).scalars()
    revisions, found = Revisions(), list[tuple[datetime, Step]]()
    state: State | None = None
    for row in rows:
        if row.event.get("erased"):  # whoever it was about was erased, and has come back since
            state = None
            continue
        flow = revisions.named(session, enrolment.flow_id, row.revision_hash, enrolment.revision_id)
        if row.turn == 1:
            state = begin(flow)
        before = states.from_json(row.state) if row.state else state
        if row.event.get("type") == MOVED:
            mark: Moved = codec.decode(Moved, row.event)
            flow = revisions.named(session, enrolment.flow_id, mark.revision, enrolment.revision_id)
        after = _after(flow, before, row)
        if not row.superseded:
            state = after
        step = _step(row, enrolment, flow, before, after, who, texts, now)
        found.append((row.at, step))
    return found[-CARDS:]


def _step(
    row: Journal,
    enrolment: Enrolment,
    flow: Flow,
    before: State | None,
    after: State | None,
    who: Subject,
    texts: dict[tuple[int, int], list[Said]],
    now: datetime,
) -> Step:
    event: Event | None = None if row.event.get("type") == MOVED else codec.decode(Event, row.event)
    effects: list[Effect] = [codec.decode(Effect, each) for each in row.effects]
    lines = (words.effect_words(each, who.zone, now) for each in effects)
    return Step(
        key=f"step-{row.id}",
        event=words.event_words(event) if event else "Goes on in another revision of the flow",
        reply=isinstance(event, Replied),
        flow=flow.title,
        before=_node(before),
        after=_node(after),
        effects=tuple(line for line in lines if line),
        texts=tuple(texts.get((enrolment.id, row.turn), ())),
        undone=bool(row.superseded),
    )


def _after(flow: Flow, before: State | None, row: Journal) -> State | None:
    """The state that this entry left behind; None when an engine of another version wrote it."""
    if before is None:
        return None
    try:
        facts: Facts = codec.decode(Facts, row.facts)
        if row.event.get("type") == MOVED:
            mark: Moved = codec.decode(Moved, row.event)
            return moved(flow, before, mark, facts, row.at)[0]
        event: Event = codec.decode(Event, row.event)
        return advance(flow, before, event, facts, row.at)[0]
    except (ValueError, KeyError):
        return None


def _node(state: State | None) -> str:
    if state is None:
        return "?"
    match state.phase:
        case "new":
            return "not begun"
        case "ended":
            return f"ended, {(state.outcome or '').replace('_', ' ')}"
        case "handed_off":
            return f"{words.node_words(state.node)}, with people"
        case "coupon":
            return f"{words.node_words(state.node)}, code asked for"
        case "waiting":
            return words.node_words(state.node)


def _heard(row: Inbound) -> Heard:
    reading = reading_of(row.reading)
    notes = [OPT_OUT[row.opt_out]] if row.opt_out in OPT_OUT else []
    if row.keyword and row.provider_answers:
        notes.append("The carrier has answered it")
    if row.turned_at is None:
        notes.append("Waits for the rest of the breath")
    return Heard(
        key=f"heard-{row.id}",
        body=row.body or f"({row.kind})",
        intent=words.intent_words(reading.intent) if reading else "",
        percent=round(reading.confidence * 100) if reading else 0,
        understood=reading.understood if reading else False,
        why=tuple(reading.why) if reading else (),
        ranking=tuple(
            (words.intent_words(intent), round(share * 100)) for intent, share in reading.ranking[:4]
        )
        if reading
        else (),
        extras=_extras(reading) if reading else (),
        note=". ".join(notes),
    )


def _extras(reading: Interpretation) -> tuple[str, ...]:
    found = [f"{name.replace('_', ' ')}: {value}" for name, value in reading.slots.items()]
    if reading.also:
        found.append(f"also: {words.intent_words(reading.also)}")
    if reading.mood != "neutral":
        found.append(reading.mood)
    if reading.language and reading.language != "en":
        found.append(f"language: {reading.language}")
    return tuple(found)
