"""One flow begins another (`run:`): the passage that follows, in the transaction of the turn that asked for it.

Owns the beginning, and what speaks against it. The new passage is on the shop's current revision and is texted, whatever
the flow's holdout: somebody led the customer there. Its first event is heard in the same turn, so that the text which it
says is the answer to the reply that asked for it. What cannot begin goes to a person: whoever answered must not meet
silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot import flows_store
from bot.audience.kinds import kind_of
from bot.conversations.hearers import live
from bot.conversations.rows import insert_once
from bot.conversations.subjects import Subject
from bot.models import Enrolment, FlowRevision, FlowStart
from flows import state as states
from flows.effects import RunFlow
from flows.engine import begin
from flows.events import Event, Started, Stopped

AT_MOST = 3
"""Flows that begin each other in one turn. More is a circle that nobody saw when they were published."""

BY = "another flow"
"""Who started a passage that a flow led to, in flow_starts."""


@dataclass(frozen=True, slots=True)
class Begun:
    """It begins. `events`: what is to be heard now, and by whom, in this order."""

    events: tuple[tuple[Enrolment, Event], ...]


@dataclass(frozen=True, slots=True)
class NotBegun:
    """It does not, and a person has to go on. `why` is for them."""

    why: str


Beginning: TypeAlias = Begun | NotBegun


def run_flow(
    session: Session, subject: Subject, before: Enrolment, effect: RunFlow, now: datetime
) -> Beginning:
    """Begin the flow that the passage `before` names. Whatever else speaks with the customer stops: one flow does."""
    revision = flows_store.current(session, subject.shop.id, effect.flow)
    if revision is None:
        return NotBegun(f"flow {effect.flow} is not published")
    if subject.seen.begun >= AT_MOST:
        return NotBegun(f"flows run each other in a circle, at {effect.flow}")
    speaking = live(session, subject)
    if any(each.flow_id == revision.flow_id for each in speaking):
        return NotBegun(f"they are in flow {effect.flow} already")
    made = _enrol(session, subject, before, revision, now)
    if made is None:
        return NotBegun(f"they were brought into flow {effect.flow} just now")
    subject.seen.begun += 1
    if subject.seen.live is not None:
        subject.seen.live.append((made, effect.flow))
    others = [each for each in speaking if each.id != before.id and each.start_id is not None]
    stops: list[tuple[Enrolment, Event]] = [
        (each, Stopped(f"{effect.flow} goes first"[:64])) for each in others
    ]
    return Begun((*stops, (made, Started(effect.prompted_by))))


def _enrol(
    session: Session, subject: Subject, before: Enrolment, revision: FlowRevision, now: datetime
) -> Enrolment | None:
    """The new passage; None when somebody else wrote one of that number at this moment (I10).

    What the customer knows from this talk goes with them: that a bot writes, and in which language.
    """
    flow = flows_store.flow_of(session, revision.id)
    known = states.from_json(before.state)
    state = replace(begin(flow), disclosed=known.disclosed, said_at=known.said_at, language=known.language)
    whose = {"shop": subject.shop.id, "customer": subject.customer.id, "flow": revision.flow_id}
    last = session.execute(_LAST_PASSAGE, whose).scalar()
    made = insert_once(
        session,
        Enrolment,
        {
            "shop_id": subject.shop.id,
            "customer_id": subject.customer.id,
            "conversation_id": subject.conversation.id,
            "flow_id": revision.flow_id,
            "revision_id": revision.id,
            "start_id": _start(session, revision, before, now),
            "passage": (last or 0) + 1,
            "arm": "treated",
            "trial": before.trial,
            "status": "active",
            "state": states.to_json(state),
            "turn": 0,
            "started_at": now,
        },
    )
    return session.get_one(Enrolment, made) if made is not None else None


def _start(session: Session, revision: FlowRevision, before: Enrolment, now: datetime) -> int:
    """The start that all such passages of a revision share: what has none is the front desk's, and has no floor."""
    whose = {"shop": revision.shop_id, "revision": revision.id, "trial": before.trial}
    known: int | None = session.execute(_START, whose).scalars().first()
    if known is not None:
        return known
    flow = flows_store.flow_of(session, revision.id)
    start = FlowStart(
        shop_id=revision.shop_id,
        revision_id=revision.id,
        status="done",
        kind=kind_of(flow.trigger),
        priority=flow.priority,
        trial=before.trial,
        daily_limit=1,
        total_limit=1,
        params={},
        started_at=now,
        started_by=BY,
    )
    session.add(start)
    session.flush()
    return start.id


# Built once: building a statement costs SQLAlchemy about as much as running it.
_LAST_PASSAGE = select(func.max(Enrolment.passage)).where(
    Enrolment.shop_id == bindparam("shop"),
    Enrolment.customer_id == bindparam("customer"),
    Enrolment.flow_id == bindparam("flow"),
)
_START = (
    select(FlowStart.id)
    .where(
        FlowStart.shop_id == bindparam("shop"),
        FlowStart.revision_id == bindparam("revision"),
        FlowStart.trial == bindparam("trial"),
        FlowStart.started_by == BY,
        FlowStart.kind.is_not(None),  # those of before lack their flow's priority
    )
    .order_by(FlowStart.id)
    .limit(1)
)
