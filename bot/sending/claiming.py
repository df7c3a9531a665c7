"""Claiming texts: under their conversations' locks, are they still wanted, are they allowed? Then they are ours to send.

Owns the claim, and what becomes of a text that is not claimed: put off, withheld, expired, denied. Whether a text may
leave is the gate's answer (bot.sending.permission asks it). Must not call the provider: the claim commits before that.
"""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.clock import OFFSET, domain_time
from bot.compliance.gate import Allow, Defer, Deny
from bot.compose import App
from bot.conversations.rows import some, store
from bot.conversations.snapshot import facts_of, last_lines, links_in
from bot.conversations.subjects import Subject, subjects_of, words_ahead
from bot.models import Conversation, Inbound, Outbound, Sender
from bot.offers.links import keep_links
from bot.offers.picks import SLOT as PICKED
from bot.offers.picks import as_picked
from bot.sending import permission, results
from bot.sending.breaker import LOOPS, tell_of_machine
from bot.sending.held_back import held_back, hold_back
from bot.sending.outcomes import Sent, TextToSend
from bot.sending.permission import Asked, Standing
from bot.sending.wanted import next_look, unwanted
from flows import codec
from flows.effects import SendText
from flows.facts import LinkFacts
from flows.render import Rendered, Unrenderable, render_within
from flows.segments import measure

FRESH = timedelta(seconds=90)
"""A text older than this is rendered again before it leaves, so that date, code and price are true on arrival."""

PASSING = frozenset({"holder", "matter", "loop"})
"""Rules whose no lies in the moment: a person has the conversation, a complaint is open. Another day it may be a yes."""

WORKER = socket.gethostname()[:60]


@dataclass(frozen=True, slots=True)
class Claim:
    """A text that is ours to send, in plain values: the session that made it is closed by now."""

    outbound_id: int
    conversation_id: int
    text: TextToSend


@dataclass(frozen=True, slots=True)
class _Due:
    """A text that is due, with everything that its judgement needs."""

    row: Outbound
    subject: Subject
    standing: Standing
    sender: Any
    """account, number, messaging_service; None: the shop has no number."""

    @property
    def conversation(self) -> Conversation:
        return self.subject.conversation


def claim_together(app: App, texts: Sequence[int], conversations: Sequence[int]) -> list[Claim]:
    """Claim what may leave of these texts, in one transaction. `conversations`: whose they are, each once.

    A conversation that another worker holds is passed over, with its text.
    """
    with app.database.write() as session:
        locked: Sequence[Any] = session.execute(_LOCK, {"conversations": some(conversations)}).all()
        if not locked:
            return []
        now = domain_time(locked[0][1], app.real_now)
        held = {row[0].id: row[0] for row in locked}
        rows = {row.id: row for row in session.execute(_TEXTS, {"texts": some(texts)}).scalars()}
        ready = [
            rows[each]
            for each in texts
            if each in rows
            and rows[each].conversation_id in held
            and rows[each].status == "ready"
            and rows[each].due_at <= now
        ]
        if not ready:
            return []
        subjects = subjects_of(session, [held[row.conversation_id] for row in ready])
        standing = permission.standing_of(session, ready, subjects.values(), now)
        _look_up_words(session, [(row, subjects[row.conversation_id]) for row in ready], now)
        senders = _senders(session, [subjects[row.conversation_id] for row in ready])
        claims: list[Claim] = []
        for row in ready:
            subject = subjects[row.conversation_id]
            due = _Due(row, subject, standing[row.id], senders[row.conversation_id])
            if claim := _judge(app, session, due, now):
                claims.append(claim)
            else:  # a screen shows what became of it
                store(session, due.conversation, version=due.conversation.version + 1)
        return claims


def _judge(app: App, session: Session, due: _Due, now: datetime) -> Claim | None:
    """What is to become of a text that is due: claimed, put off, or ended."""
    row, conversation, subject = due.row, due.conversation, due.subject
    if row.provider_id is not None:  # a report says that the provider has it, whatever its answer said then
        row.status, row.attempted_at = "claimed", row.attempted_at or now
        results.record(session, row.id, Sent(row.provider_id, row.provider_status or "sent"), now)
        return None
    if why := unwanted(session, row, conversation):
        results.not_sent(session, row, "withheld", why, final=False, now=now)
        return None
    if why := held_back(session, row, conversation, now):
        hold_back(session, row, conversation, why, now)
        return None
    if results.too_late(row, now):
        results.expire(session, row, now)
        return None
    fresh = _again(app, session, subject, row, now) if _stale(row, now) else None
    body = fresh.words.body if fresh and isinstance(fresh.words, Rendered) else None
    asked = permission.ask(
        session, subject, row, due.standing, now, link_url=app.settings.link_url, body=body
    )
    permission.keep_receipt(session, row, asked, now)
    match asked.answer:
        case Defer(until=until, why=why):
            store(session, row, due_at=until, why=why[:64])
            return None
        case Deny(rule=rule, why=why):
            if rule in LOOPS:
                tell_of_machine(session, conversation.id, why, app.real_now())
            if rule in PASSING and (later := next_look(row, now)):
                store(session, row, due_at=later, why=why[:64])
                return None
            results.not_sent(session, row, "denied", why, final=True, now=now, passing=rule in PASSING)
            return None
        case Allow():
            return _take(app, session, due, asked, fresh, now)
        case _:
            assert_never(asked.answer)


def _take(
    app: App, session: Session, due: _Due, asked: Asked, fresh: _Fresh | None, now: datetime
) -> Claim | None:
    row, subject, sender = due.row, due.subject, due.sender
    if sender is None or subject.customer.phone is None:
        results.not_sent(session, row, "denied", "no number to send from or to", final=True, now=now)
        return None
    if fresh is not None and not isinstance(fresh.words, Rendered):
        results.not_sent(session, row, "denied", f"unrenderable: {fresh.words.why}", final=True, now=now)
        return None
    if asked.body != row.body:
        size = measure(asked.body)
        row.body, row.encoding, row.parts = asked.body, size.encoding, size.parts
    if fresh is not None and row.enrolment_id is not None:
        picked = (row.effect or {}).get("values", {}).get(PICKED)
        keep_links(session, subject, row.enrolment_id, row.turn or 0, row.body, fresh.links, now, picked)
    silence = _silence_after(due, asked, now)
    store(
        session,
        row,
        status="claimed",
        claimed_by=WORKER,
        lease_until=app.real_now() + timedelta(seconds=app.settings.lease_seconds),
        attempts=row.attempts + 1,
        attempted_at=now,
        why=None,
    )
    conversation, floor = subject.conversation, subject.conversation.floor_enrolment_id
    if row.enrolment_id and not (row.effect or {}).get("notice"):
        floor = _floor_after(due)
    store(session, conversation, floor_enrolment_id=floor, version=conversation.version + 1, **silence)
    text = TextToSend(
        public_id=row.public_id,
        account=sender.account,
        to=subject.customer.phone,
        from_number=None if sender.messaging_service else sender.number,
        messaging_service=sender.messaging_service,
        body=row.body,
        validity_seconds=asked.validity_seconds,
    )
    return Claim(row.id, row.conversation_id, text)


def _stale(row: Outbound, now: datetime) -> bool:
    """Whether a bot's text has to be rendered again before it leaves.

    An offer's clock starts with this attempt, and its text names the day on which it ends: never yesterday's (I11).
    """
    old = now - row.created_at > FRESH or (row.effect or {}).get("offer") is not None
    return row.author == "bot" and old


def _look_up_words(session: Session, texts: Sequence[tuple[Outbound, Subject]], now: datetime) -> None:
    """What those that are rendered again speak of, for all of them at once."""
    if stale := [subject for row, subject in texts if _stale(row, now)]:
        words_ahead(session, stale)


def _senders(session: Session, subjects: Sequence[Subject]) -> dict[int, Any]:
    """The number that the customer texted last, so that the answer stands in the same thread; else the shop's first."""
    shops = defaultdict[int, list[Any]](list)
    for sender in session.execute(_SENDERS, {"shops": some({each.shop.id for each in subjects})}):
        shops[sender.shop_id].append(sender)
    last = {each.conversation.last_inbound_id or 0 for each in subjects} - {0}
    texted: dict[int | None, str] = {}
    if last and any(len(own) > 1 for own in shops.values()):
        found = session.execute(_TEXTED, {"inbound": some(last)})
        texted = {row.id: row.sender_number for row in found}
    senders: dict[int, Any] = {}
    for each in subjects:
        own = shops[each.shop.id]
        wanted = texted.get(each.conversation.last_inbound_id)
        senders[each.conversation.id] = next(
            (sender for sender in own if sender.number == wanted), own[0] if own else None
        )
    return senders


@dataclass(frozen=True, slots=True)
class _Fresh:
    """What a text that waited would say now, and the links that may stand in it."""

    words: Rendered | Unrenderable
    links: LinkFacts


def _again(app: App, session: Session, subject: Subject, row: Outbound, now: datetime) -> _Fresh:
    """Render anew a text that waited, before the gate looks at its words."""
    effect: SendText = codec.decode(SendText, row.effect)
    assert row.enrolment_id is not None
    facts = facts_of(
        session,
        app.keys,
        app.settings.link_url,
        subject,
        enrolment_id=row.enrolment_id,
        turn=row.turn or 0,
        now=now,
        links=links_in(effect.template),
    )
    if picked := effect.values.get(PICKED):
        facts = as_picked(facts, picked, last_lines(session, subject))
    return _Fresh(render_within(effect, facts, now, subject.settings.marketing_parts), facts.link)


def _floor_after(due: _Due) -> int | None:
    """A reply belongs to the enrolment whose text was sent last; the front desk never takes it from a flow."""
    enrolment = due.standing.enrolment
    if enrolment and enrolment.start_id is not None and enrolment.status == "active":
        return enrolment.id
    return due.conversation.floor_enrolment_id


def _silence_after(due: _Due, asked: Asked, now: datetime) -> dict[str, Any]:
    """One more text in a row, for the rule `let_go`. Tried again it is the same text; a trial's are of no account."""
    enrolment, count = due.standing.enrolment, asked.facts.silent_texts
    trial = enrolment is not None and enrolment.trial
    if asked.answer.kind != "marketing" or due.row.attempts or count is None or trial:
        return {}
    return {"silent_texts": count + 1, "silent_at": now}


# Built once: building a statement costs SQLAlchemy about as much as running it.
_LOCK = (
    select(Conversation, OFFSET)
    .where(Conversation.id.in_(bindparam("conversations", expanding=True)))
    .order_by(Conversation.id)
    .with_for_update(skip_locked=True, of=Conversation)
)
_TEXTS = select(Outbound).where(Outbound.id.in_(bindparam("texts", expanding=True)))
_SENDERS = (
    select(Sender.shop_id, Sender.account, Sender.number, Sender.messaging_service)
    .where(Sender.shop_id.in_(bindparam("shops", expanding=True)), Sender.active.is_(True))
    .order_by(Sender.id)
)
_TEXTED = select(Inbound.id, Inbound.sender_number).where(
    Inbound.id.in_(bindparam("inbound", expanding=True))
)
