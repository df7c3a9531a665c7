"""What a person writes to a customer: written once, after a look at what came meanwhile; it leaves some seconds later.

Owns the writing down, and what a staff text settles. It passes the same gate as everybody's, here as a forecast
(bot.inbox.composing) and at dispatch for good (I5): there is no way round it. Whoever writes takes the conversation over,
unless it is the bot's draft that they send; then the bot's passage goes on as if it had said it. Taking back is
bot.inbox.undoing's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.gate import Defer, Deny
from bot.compose import App
from bot.conversations import drafts, holders
from bot.conversations.subjects import subject_of
from bot.inbox import Actor, Gone, HeldBy, NotAllowed, TooLate
from bot.inbox.composing import WouldBeDenied, WouldWait, compose, key_of, refusal
from bot.inbox.deeds import begin, name_of, record, shown
from bot.inbox.drafting import drop_own
from bot.inbox.from_draft import FORM, promote, sent_before, waiting
from bot.inbox.holding import holds_it, mine, rearm, take
from bot.inbox.newer import NewerText, newer
from bot.inbox.offering import carried
from bot.inbox.undoing import UNDONE
from bot.inbox.wording import Unsayable
from bot.models import Conversation, Outbound


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
    bot's withheld text that this one was made of. After `TooLate` the same words need a new form, without `draft_of`.
    """
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if there := _there(session, conversation, form, draft_of, actor):
        return there
    if came := newer(session, conversation, seen_inbound_id):
        return came
    colleague = holds_it(session, conversation, actor)
    if colleague and not force:
        return colleague
    drafted = waiting(session, conversation, draft_of) if draft_of is not None else []
    if draft_of is not None and not drafted:
        return TooLate("The bot's text is not waiting any more: what was said since may have changed it.")
    subject = subject_of(session, conversation)
    text = compose(session, app, subject, body, actor, now, form=form, at=at, writing=True)
    if isinstance(text, Unsayable):
        return text
    answer, row = text.answer, text.row
    if isinstance(answer, Deny) or (isinstance(answer, Defer) and not wait and at is None):
        refused = refusal(subject, answer, text.words.body)
        assert refused is not None
        return refused
    took_over = False
    if not (drafted and conversation.holder == "bot") and not mine(conversation, actor):
        take(session, conversation, actor, now, force=force)
        took_over = True
    row.fence, row.answers_since = conversation.fence, holders.answered(conversation)
    if drafted:
        row = promote(session, drafted, row, form)
    else:
        row.effect = carried(session, conversation, text.words.body)
        session.add(row)
    text.words.keep_links(session, now)
    _settled(session, conversation, actor, now)
    session.flush()
    record(session, actor, "text written", conversation.id, now, outbound=row.id, drafted=bool(drafted))
    until = answer.until if isinstance(answer, Defer) else text.leaves_at
    return Written(row.id, max(text.leaves_at, until), took_over)


def _there(
    session: Session, conversation: Conversation, form: str, draft_of: int | None, actor: Actor
) -> Written | TooLate | None:
    """What this very form has written already, or why it may not write; None: it has not been sent yet."""
    row = session.execute(
        select(Outbound).where(Outbound.shop_id == conversation.shop_id, Outbound.key == key_of(form))
    ).scalar_one_or_none()
    if row is not None and row.conversation_id != conversation.id:
        return TooLate("This form has been used in another conversation.")
    if row is not None and row.status == "withheld" and row.why == UNDONE:
        return TooLate("This text was taken back. Send it once more if it is to leave.")
    if row is None and draft_of is not None:
        row = sent_before(session, conversation, draft_of)
        if row is not None and (row.effect or {}).get(FORM) != form:
            who = "You have" if row.staff_id == actor.staff_id else _colleague(session, row)
            return TooLate(f"{who} sent the bot's text already. Look whether yours still has to be said.")
    return Written(row.id, row.due_at, again=True) if row is not None else None


def _colleague(session: Session, row: Outbound) -> str:
    return f"{name_of(session, row.shop_id, row.staff_id) or 'A colleague'} has"


def _settled(session: Session, conversation: Conversation, actor: Actor, now: datetime) -> None:
    """What a text of a person's settles: drafts are used, it is nobody's sleep any more, and the time begins anew."""
    drafts.drop(session, conversation.shop_id, conversation.id)
    drop_own(session, conversation.id, actor)
    conversation.snoozed_until = conversation.closed_at = None
    rearm(session, conversation, now)
    shown(conversation)
