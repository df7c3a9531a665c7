"""What a person writes to a customer: looked at beforehand, written once, taken back for some seconds, or sent later.

Owns the row of a staff text and what it settles. A staff text passes the same gate as everybody's, here as a forecast and
at dispatch for good (I5): there is no way round it. Whoever writes takes the conversation over, unless it is the bot's
draft that they send; then the bot's passage goes on as if it had said it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.gate import Allow, Decision, Defer, Deny
from bot.compose import App
from bot.conversations import drafts, holders
from bot.conversations.subjects import Subject, subject_of
from bot.inbox import Actor, Gone, HeldBy, NotAllowed, TooLate
from bot.inbox.deeds import begin, lock, record, shown
from bot.inbox.drafting import drop_own
from bot.inbox.from_draft import promote, waiting
from bot.inbox.holding import holds_it, mine, rearm, take
from bot.inbox.offering import carried
from bot.inbox.wording import Unsayable, Worded, worded
from bot.models import Conversation, Inbound, Outbound
from bot.sending.forecast import forecast

UNDONE = "taken back"
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
class Unread:
    """A text of the customer that the writer has not seen."""

    id: int
    body: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class NewerText:
    """The customer has written since: nothing was written. Say it again with the last of these as `seen_inbound_id`."""

    texts: tuple[Unread, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """It is there, and leaves at `leaves_at` (domain time) unless it is taken back. `took_over`: from the bot or nobody."""

    outbound_id: int
    leaves_at: datetime
    took_over: bool = False
    again: bool = False
    """The same form was sent before: this is the text of then."""


Writing: TypeAlias = (
    Written | NewerText | WouldBeDenied | WouldWait | Unsayable | HeldBy | TooLate | Gone | NotAllowed
)


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
    """The text with its variables filled in, what it costs, and what the gate would say. Writes nothing, locks nothing."""
    if not actor.may("inbox.reply"):
        return NotAllowed("inbox.reply")
    conversation = session.execute(
        select(Conversation).where(Conversation.shop_id == actor.shop_id, Conversation.id == conversation_id)
    ).scalar_one_or_none()
    if conversation is None:
        return Gone()
    subject = subject_of(session, conversation)
    words = worded(session, app, subject, body, now, writing=False)
    if isinstance(words, Unsayable):
        return words
    leaves_at = _leaves_at(subject, at, now)
    row = _row(subject, actor, words, "preview", leaves_at, now)
    answer = forecast(session, subject, row, leaves_at, link_url=app.settings.link_url)
    return Preview(
        words.body,
        words.encoding,
        words.parts,
        round(words.parts * subject.settings.part_cost_cents, 4),
        leaves_at,
        _refusal(subject, answer, words.body),
    )


def write(
    session: Session,
    app: App,
    conversation_id: int,
    body: str,
    actor: Actor,
    seen_inbound_id: int | None,
    now: datetime,
    *,
    form: str,
    at: datetime | None = None,
    wait: bool = False,
    force: bool = False,
    draft_of: int | None = None,
) -> Writing:
    """Write a text to the customer; it leaves after the shop's `undo_seconds`, or at `at`.

    `form`: given by the form (a uuid), so that a double click is one text. `seen_inbound_id`: the last text that the
    screen showed. `wait`: it may wait for the gate's hour. `force`: although a colleague speaks here. `draft_of`: the
    bot's withheld text that this one was made of.
    """
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if there := _there(session, actor.shop_id, form, draft_of, conversation_id):
        return there
    if newer := _newer(session, conversation, seen_inbound_id):
        return newer
    colleague = holds_it(session, conversation, actor)
    if colleague and not force:
        return colleague
    subject = subject_of(session, conversation)
    words = worded(session, app, subject, body, now, writing=True)
    if isinstance(words, Unsayable):
        return words
    drafted = waiting(session, conversation, draft_of) if draft_of is not None else []
    if draft_of is not None and not drafted:
        return TooLate("The bot's text is not waiting any more: what was said since may have changed it.")
    leaves_at = _leaves_at(subject, at, now)
    row = _row(subject, actor, words, form, leaves_at, now)
    answer = forecast(session, subject, row, leaves_at, link_url=app.settings.link_url)
    if isinstance(answer, Deny) or (isinstance(answer, Defer) and not wait and at is None):
        refusal = _refusal(subject, answer, words.body)
        assert refusal is not None
        return refusal
    took_over = False
    if not (drafted and conversation.holder == "bot") and not mine(conversation, actor):
        take(session, conversation, actor, now, force=force)
        took_over = True
    row.fence, row.answers_since = conversation.fence, holders.answered(conversation)
    text = promote(session, drafted, row) if drafted else row
    if not drafted:
        row.effect = carried(session, conversation, words.body)
        session.add(row)
    words.keep_links(session, now)
    _settled(session, conversation, actor, now)
    session.flush()
    record(session, actor, "text written", conversation.id, now, outbound=text.id, drafted=bool(drafted))
    until = answer.until if isinstance(answer, Defer) else leaves_at
    return Written(text.id, max(leaves_at, until), took_over)


@dataclass(frozen=True, slots=True)
class Undone:
    """It is taken back; its words, to write on with."""

    body: str


def undo(
    session: Session, outbound_id: int, actor: Actor, now: datetime
) -> Undone | TooLate | Gone | NotAllowed:
    """Take a person's text back before it is claimed: within the undo seconds, or any time before its scheduled hour."""
    found = session.execute(
        select(Outbound.conversation_id).where(
            Outbound.shop_id == actor.shop_id, Outbound.id == outbound_id, Outbound.author == "staff"
        )
    ).scalar_one_or_none()
    if found is None:
        return Gone()
    if not actor.may("inbox.reply"):
        return NotAllowed("inbox.reply")
    conversation = lock(session, actor.shop_id, found)
    row = session.get(Outbound, outbound_id, populate_existing=True)
    if conversation is None or row is None:
        return Gone()
    if row.status == "withheld" and row.why == UNDONE:
        return Undone(row.body)
    if row.status != "ready" or row.provider_id is not None:
        return TooLate("It has left already." if row.status in _LEFT else "It will not leave anyway.")
    row.status, row.why = "withheld", UNDONE
    holders.not_answered(conversation, row, now)
    record(session, actor, "text taken back", conversation.id, now, outbound=row.id)
    return Undone(row.body)


_LEFT = ("claimed", "sent", "unknown")


def _leaves_at(subject: Subject, at: datetime | None, now: datetime) -> datetime:
    soonest = now + timedelta(seconds=subject.settings.undo_seconds)
    return max(at, soonest) if at else soonest


def _there(
    session: Session, shop_id: int, form: str, draft_of: int | None, conversation_id: int
) -> Written | TooLate | None:
    """The text that this very form has written already."""
    row = session.execute(
        select(Outbound).where(Outbound.shop_id == shop_id, Outbound.key == _key(form))
    ).scalar_one_or_none()
    if row is None and draft_of is not None:
        row = session.execute(
            select(Outbound).where(
                Outbound.shop_id == shop_id,
                Outbound.id == draft_of,
                Outbound.conversation_id == conversation_id,
                Outbound.author == "staff",
            )
        ).scalar_one_or_none()
    if row is None:
        return None
    if row.conversation_id != conversation_id:
        return TooLate("This form has been used in another conversation.")
    return Written(row.id, row.due_at, again=True)


def _key(form: str) -> str:
    return KEY + form[:LONGEST_KEY]


def _newer(session: Session, conversation: Conversation, seen: int | None) -> NewerText | None:
    if (conversation.last_inbound_id or 0) <= (seen or 0):
        return None
    rows = session.execute(
        select(Inbound.id, Inbound.body, Inbound.received_at)
        .where(
            Inbound.shop_id == conversation.shop_id,
            Inbound.conversation_id == conversation.id,
            Inbound.id > (seen or 0),
        )
        .order_by(Inbound.id.desc())
        .limit(10)
    ).all()
    return NewerText(tuple(Unread(row.id, row.body, row.received_at) for row in reversed(rows)))


def _row(
    subject: Subject, actor: Actor, words: Worded, form: str, leaves_at: datetime, now: datetime
) -> Outbound:
    conversation = subject.conversation
    return Outbound(
        shop_id=subject.shop.id,
        public_id=uuid.uuid4().hex,
        conversation_id=conversation.id,
        key=_key(form),
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


def _settled(session: Session, conversation: Conversation, actor: Actor, now: datetime) -> None:
    """What a text of a person's settles: drafts are used, it is nobody's sleep any more, and the time begins anew."""
    drafts.drop(session, conversation.shop_id, conversation.id)
    drop_own(session, conversation.id, actor)
    conversation.snoozed_until = conversation.closed_at = None
    rearm(session, conversation, now)
    shown(conversation)


def _refusal(subject: Subject, answer: Decision, body: str) -> WouldBeDenied | WouldWait | None:
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
