"""What staff told a customer that they would do, and by when: it ticks, staff are reminded once, and it is kept.

Owns these rows. While one is open the conversation does not go back to the bot by itself (bot.inbox.returning).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate
from bot.inbox.deeds import begin, lock, note, record, shown
from bot.models import Conversation, Promise, Shop
from bot.sending.heeding import raise_alert

LONGEST = 300
DUE = "promise.due"
"""The alert's code. It is about `conversation NUMBER` of a shop, and says nothing of what was promised (I12)."""


@dataclass(frozen=True, slots=True)
class Promised:
    """It ticks."""

    promise_id: int


@dataclass(frozen=True, slots=True)
class OpenPromise:
    """A promise that is not kept yet. `late`: its time is over."""

    id: int
    what: str
    due_at: datetime
    staff_id: int | None
    late: bool


def promise(
    session: Session, conversation_id: int, what: str, due_at: datetime, actor: Actor, now: datetime
) -> Promised | TooLate | Gone | NotAllowed:
    """Note what was promised. `due_at` (aware) has to be ahead."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    words = what.replace("\x00", "").strip()[:LONGEST]
    if not words:
        return TooLate("What was promised is not said.")
    if due_at <= now:
        return TooLate("That time is over already.")
    row = Promise(
        shop_id=actor.shop_id,
        conversation_id=conversation.id,
        staff_id=actor.staff_id,
        what=words,
        due_at=due_at,
        at=now,
    )
    session.add(row)
    note(session, conversation, actor.staff_id, "promised", f"Promised: {words}", now)
    session.flush()
    record(session, actor, "promise made", conversation.id, now, promise=row.id)
    return Promised(row.id)


def keep(session: Session, promise_id: int, actor: Actor, now: datetime) -> Done | Gone | NotAllowed:
    """It is kept (or not wanted any more)."""
    found = session.execute(
        select(Promise.conversation_id).where(Promise.shop_id == actor.shop_id, Promise.id == promise_id)
    ).scalar_one_or_none()
    if found is None:
        return Gone()
    conversation = begin(session, found, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    row = session.get_one(Promise, promise_id, populate_existing=True)
    if row.kept_at is not None:
        return Done(changed=False)
    row.kept_at = now
    shown(conversation)
    record(session, actor, "promise kept", conversation.id, now, promise=row.id)
    return Done()


def open_promises(
    session: Session, shop_id: int, conversation_id: int, now: datetime
) -> tuple[OpenPromise, ...]:
    """Those of a conversation that are not kept yet, the first due first."""
    rows = session.execute(
        select(Promise)
        .where(
            Promise.shop_id == shop_id,
            Promise.conversation_id == conversation_id,
            Promise.kept_at.is_(None),
        )
        .order_by(Promise.due_at, Promise.id)
    ).scalars()
    return tuple(OpenPromise(row.id, row.what, row.due_at, row.staff_id, row.due_at <= now) for row in rows)


def remind(app: App, limit: int = 50) -> int:
    """Tell of promises whose time is over: each once. Gives how many. May run twice."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        due = session.execute(
            select(Promise.id, Promise.shop_id, Promise.conversation_id, Shop.slug)
            .join(Shop, Shop.id == Promise.shop_id)
            .where(Promise.kept_at.is_(None), Promise.told_at.is_(None), Promise.due_at <= now)
            .order_by(Promise.due_at)
            .limit(limit)
        ).all()
    for each in due:
        told = f"a promise to a customer is due: conversation {each.conversation_id} of {each.slug}"
        raise_alert(app, f"conversation {each.conversation_id}", DUE, told, app.real_now())
        with app.database.write() as session:  # afterwards: killed in between, it is said again
            conversation = lock(session, each.shop_id, each.conversation_id)
            row = session.get(Promise, each.id, populate_existing=True)
            if conversation is not None and row is not None and row.told_at is None:
                row.told_at = now
                conversation.snoozed_until = None
                shown(conversation)
    return len(due)
