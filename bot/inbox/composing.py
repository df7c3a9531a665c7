"""What a person's text would be: its words and parts, when it leaves, and what the gate would say. Writes nothing.

Owns the row of a staff text before it is anybody's, and the gate's forecast in a person's words. The gate's answer at
dispatch is the one that counts (I5); bot.inbox.replying keeps the row.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.gate import Allow, Decision, Defer, Deny
from bot.compose import App
from bot.conversations.subjects import Subject, subject_of
from bot.inbox import Actor, Gone, NotAllowed
from bot.inbox.wording import Unsayable, Worded, worded
from bot.models import Conversation, Outbound
from bot.sending.forecast import forecast

KEY = "staff:"
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class OtherWays:
    """How else the customer may be reached, with the answer ready to copy."""

    email: str | None
    phone: str | None
    body: str


@dataclass(frozen=True, slots=True)
class WouldBeDenied:
    """The gate would say no: nothing was written. `words`: its reason."""

    rule: str
    words: str
    other: OtherWays


@dataclass(frozen=True, slots=True)
class WouldWait:
    """The gate would put it off until then: nothing was written. Say it again with `at=until`, or with `wait`."""

    until: datetime
    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How it would leave. `cents`: what its parts cost the shop."""

    body: str
    encoding: str
    parts: int
    cents: float
    leaves_at: datetime
    gate: WouldBeDenied | WouldWait | None
    """None: it may leave then."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A text as it would be written: a row that no session knows, and the gate's answer about it."""

    words: Worded
    row: Outbound
    answer: Decision
    leaves_at: datetime


def preview(
    session: Session,
    app: App,
    conversation_id: int,
    body: str,
    actor: Actor,
    now: datetime,
    *,
    at: datetime | None = None,
) -> Preview | Unsayable | Gone | NotAllowed:
    """The text with its variables filled in, what it costs, and what the gate would say. Locks nothing."""
    if not actor.may("inbox.reply"):
        return NotAllowed("inbox.reply")
    conversation = session.execute(
        select(Conversation).where(Conversation.shop_id == actor.shop_id, Conversation.id == conversation_id)
    ).scalar_one_or_none()
    if conversation is None:
        return Gone()
    subject = subject_of(session, conversation)
    found = compose(session, app, subject, body, actor, now, form="preview", at=at, writing=False)
    if isinstance(found, Unsayable):
        return found
    words = found.words
    return Preview(
        words.body,
        words.encoding,
        words.parts,
        round(words.parts * subject.settings.part_cost_cents, 4),
        found.leaves_at,
        refusal(subject, found.answer, words.body),
    )


def compose(
    session: Session,
    app: App,
    subject: Subject,
    body: str,
    actor: Actor,
    now: datetime,
    *,
    form: str,
    at: datetime | None,
    writing: bool,
) -> Composed | Unsayable:
    """The text as it would be written now. `form` and `at` as in bot.inbox.replying.write; `writing`: it is about to be."""
    words = worded(session, app, subject, body, now, writing=writing)
    if isinstance(words, Unsayable):
        return words
    soonest = now + timedelta(seconds=subject.settings.undo_seconds)
    leaves_at = max(at, soonest) if at else soonest
    row = _row(subject, actor, words, form, leaves_at, now)
    answer = forecast(session, subject, row, leaves_at, link_url=app.settings.link_url)
    return Composed(words, row, answer, leaves_at)


def refusal(subject: Subject, answer: Decision, body: str) -> WouldBeDenied | WouldWait | None:
    """The gate's no, or its not yet, as a person is told of it; None: it may leave."""
    match answer:
        case Allow():
            return None
        case Defer(until=until, rule=rule, why=why):
            return WouldWait(until, rule, why)
        case Deny(rule=rule, why=why):
            other = OtherWays(subject.customer.email, subject.customer.phone, body)
            return WouldBeDenied(rule, why, other)
        case _:
            assert_never(answer)


def key_of(form: str) -> str:
    """The unique key of the text that this form writes."""
    return KEY + form[:LONGEST_KEY]


def _row(
    subject: Subject, actor: Actor, words: Worded, form: str, leaves_at: datetime, now: datetime
) -> Outbound:
    conversation = subject.conversation
    return Outbound(
        shop_id=subject.shop.id,
        public_id=uuid.uuid4().hex,
        conversation_id=conversation.id,
        key=key_of(form),
        author="staff",
        staff_id=actor.staff_id,
        effect=None,
        body=words.body,
        language=words.language,
        encoding=words.encoding,
        parts=words.parts,
        kind="staff",
        status="ready",
        fence=conversation.fence,
        read_inbound_id=conversation.last_inbound_id,
        due_at=leaves_at,
        attempts=0,
        ordinal=0,
        created_at=now,
    )
