"""Taking people who are under way to another revision: each under their conversation's lock, a batch a transaction.

Owns the deed; where somebody goes is bot.history.moving's. Killed in between, it is done again from the start: whoever has
arrived is passed over. Nothing is said. A text that nobody asked for and that has not left is taken back and written anew
by the new revision (bot.history.unsent); whoever is being answered at that moment is left for the next time, because the
answer belongs to the revision that they answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias, cast

from sqlalchemy import select

from bot.clock import domain_now
from bot.compose import App
from bot.conversations import journal
from bot.conversations.apply import TRIAL_WAIT, retire_timers
from bot.conversations.rows import insert_soon, store
from bot.conversations.signals import signal
from bot.conversations.snapshot import facts_of
from bot.conversations.subjects import Subject, subjects_of
from bot.db import WritingSession
from bot.flows_store import flow_of
from bot.history import unsent
from bot.history.moving import Moved, destination, moved, wait_of
from bot.models import Conversation, Enrolment, Inbound, Timer
from flows import state as states
from flows.definition import Flow
from flows.effects import StartTimer
from flows.events import Event, Started, TimerFired
from flows.facts import Facts
from flows.state import State

BATCH = 25
"""Passages a transaction: the write lock stays short."""

What: TypeAlias = Literal["moved", "stays", "busy", "gone"]


@dataclass(frozen=True, slots=True)
class Moves:
    """What came of it. `stayed`: the new revision has no place for them. `busy`: an answer of theirs, or a text to them,
    is on its way; the same again takes them along later."""

    moved: int = 0
    stayed: int = 0
    busy: int = 0


def move(
    app: App,
    shop_id: int,
    flow_id: int,
    revision_id: int,
    node_map: Mapping[str, str],
    seen: Callable[[int], object] = lambda passages: None,
) -> Moves:
    """Take everybody who is under way in this flow to the revision, as far as it has a place for them.

    `node_map`: old node -> new node, for those that have another name now. `seen` is called with how many were looked at.
    """
    counts: dict[What, int] = {"moved": 0, "stays": 0, "busy": 0, "gone": 0}
    after, looked = 0, 0
    while True:
        with app.database.write() as session:
            page = session.execute(
                select(Enrolment.id, Enrolment.conversation_id)
                .where(
                    Enrolment.shop_id == shop_id,
                    Enrolment.flow_id == flow_id,
                    Enrolment.revision_id != revision_id,
                    Enrolment.status == "active",
                    Enrolment.arm == "treated",
                    Enrolment.id > after,
                )
                .order_by(Enrolment.id)
                .limit(BATCH)
            ).all()
            if not page:
                return Moves(counts["moved"], counts["stays"], counts["busy"])
            for what in _batch(app, session, page, revision_id, dict(node_map)):
                counts[what] += 1
            after, looked = page[-1].id, looked + len(page)
        seen(looked)


def _batch(
    app: App, session: WritingSession, page: Sequence[Any], revision_id: int, node_map: dict[str, str]
) -> list[What]:
    wanted = sorted({row.conversation_id for row in page})
    locked = session.scalars(
        select(Conversation)
        .where(Conversation.id.in_(wanted))
        .order_by(Conversation.id)
        .with_for_update(skip_locked=True, of=Conversation)
    ).all()
    now = domain_now(session, app.real_now)
    subjects = subjects_of(session, locked) if locked else {}
    unread = set(
        session.scalars(
            select(Inbound.conversation_id).where(
                Inbound.conversation_id.in_(wanted), Inbound.turned_at.is_(None)
            )
        )
    )
    new = flow_of(session, revision_id)
    found: list[What] = []
    for row in page:
        subject = subjects.get(row.conversation_id)
        if subject is None or row.conversation_id in unread:
            found.append("busy")
            continue
        enrolment = session.get_one(Enrolment, row.id, populate_existing=True)
        found.append(_one(app, session, subject, enrolment, new, revision_id, node_map, now))
    return found


def _one(
    app: App,
    session: WritingSession,
    subject: Subject,
    enrolment: Enrolment,
    new: Flow,
    revision_id: int,
    node_map: dict[str, str],
    now: datetime,
) -> What:
    if enrolment.status != "active" or enrolment.revision_id == revision_id:
        return "gone"
    state = states.from_json(enrolment.state)
    texts = unsent.of(session, enrolment)
    ground = unsent.ground(session, enrolment, texts) if texts else state
    if ground is None or ground.phase == "coupon":
        return "busy"
    node = destination(new, ground.node, ground.phase, node_map)
    if node is None:
        return "stays"
    again = unsent.take_back(session, enrolment, texts) if texts else None
    if texts and again is None:
        return "busy"
    state = states.from_json(enrolment.state)
    old = flow_of(session, enrolment.revision_id, state.revision)
    timer = session.execute(
        select(Timer.due_at, Timer.after_seconds).where(
            Timer.enrolment_id == enrolment.id, Timer.status == "armed"
        )
    ).first()
    number = enrolment.turn + 1
    facts = facts_of(
        session,
        app.keys,
        app.settings.link_url,
        subject,
        enrolment_id=enrolment.id,
        turn=number,
        now=now,
        links=new.links,
    )
    mark = mark_of(old, new, state, node, timer, facts, now)
    if isinstance(again, TimerFired):  # the silence was over, and is over still
        mark = Moved(new.hash, node, due=now)
    after, effects = moved(new, state, mark, facts, now)
    retire_timers(session, enrolment.id)
    store(session, enrolment, turn=number, state=states.to_json(after), revision_id=revision_id)
    for effect in effects:
        if isinstance(effect, StartTimer):
            _arm(session, subject.conversation, enrolment, effect, now)
    journal.write(session, enrolment, state, cast(Event, mark), facts, effects, [], [], now)
    store(session, subject.conversation, version=subject.conversation.version + 1)
    if isinstance(again, Started):
        key = f"started-again:{enrolment.id}:{number}"
        signal(session, enrolment.shop_id, enrolment.conversation_id, enrolment.id, key, again, now)
    return "moved"


def mark_of(old: Flow, new: Flow, state: State, node: str, timer: Any, facts: Facts, now: datetime) -> Moved:
    """What the journal will say of this move. `timer`: due_at and after_seconds of the wait that is armed, or None."""
    if state.phase != "waiting":
        return Moved(new.hash, node)
    if timer is None:
        return Moved(new.hash, node, since=state.said_at or now)
    if timer.due_at is None:  # the text that it hung on never left
        return Moved(new.hash, node, since=now)
    if _keeps_its_end(old, new, state, node, timer.after_seconds, facts, now):
        return Moved(new.hash, node, due=timer.due_at)
    since = timer.due_at - timedelta(seconds=timer.after_seconds) if timer.after_seconds else None
    return Moved(new.hash, node, since=since or state.said_at or now)


def _keeps_its_end(
    old: Flow, new: Flow, state: State, node: str, after_seconds: int | None, facts: Facts, now: datetime
) -> bool:
    """Whether the wait ends when it would have ended: it did not change, or it was never the old node's own."""
    was, becomes = old.node(state.node), new.node(node)
    if (was.silence and was.silence.after_seconds, was.wait) == (
        becomes.silence and becomes.silence.after_seconds,
        becomes.wait,
    ):
        return True
    own = wait_of(old, state, facts, now)
    if after_seconds is None:  # a day: the customer's, unless the flow waits for a day of the week
        return was.wait is None or was.wait.until != "weekday"
    return own is None or own.after_seconds != after_seconds


def _arm(
    session: WritingSession,
    conversation: Conversation,
    enrolment: Enrolment,
    effect: StartTimer,
    now: datetime,
) -> None:
    assert effect.until is not None
    due = min(effect.until, now + timedelta(seconds=TRIAL_WAIT)) if enrolment.trial else effect.until
    insert_soon(
        session,
        Timer,
        {
            "shop_id": enrolment.shop_id,
            "conversation_id": enrolment.conversation_id,
            "enrolment_id": enrolment.id,
            "wait_no": effect.wait,
            "status": "armed",
            "after_seconds": None,
            "outbound_id": None,
            "due_at": due,
        },
    )
    # looked at too early, the conversation goes to sleep again; too late would be silence
    if conversation.work_due_at is None or conversation.work_due_at > due:
        store(session, conversation, work_due_at=due)
