"""A flow that the customer asked for by its keyword: found, and begun in the very turn that read the text.

Owns what a keyword does. Carrier words, JOIN, a YES to our question and every opt-out went first (bot.conversations.turn). Answering is allowed,
since they asked; consent is not given thereby, so whatever the flow says later by itself needs one (the gate).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from bot.audience.enrol import enrol, others_speaking
from bot.audience.finding import Candidate, arm_of
from bot.audience.kinds import again_of
from bot.conversations.rows import fixed
from bot.conversations.subjects import Subject
from bot.conversations.words import folded
from bot.flows_store import flow_of
from bot.models import Enrolment, Flow, FlowRevision, FlowStart, Inbound, Suppression
from flows.events import Event, Started, Stopped

PROMPTED_BY = "keyword"
"""What the first text answers, in its effect and for the gate."""


def asked_for(
    session: Session, subject: Subject, texts: Sequence[Inbound], now: datetime
) -> list[tuple[Enrolment, Event]] | None:
    """What is heard by whom, in order, when these texts are nothing but the keyword of a flow that stands ready: the passages
    that end, then the new one. None: they are a reply like any other.

    The customer goes before priorities: whatever else speaks with them makes room, an earlier passage of the same flow
    as well, unless the flow says `again` and that is not over. In the control group, or opted out, a keyword begins nothing.
    """
    word = _word(texts)
    if not word:
        return None
    found = [start for start in _ready(session, subject) if word in start.params.get("keywords", ())]
    if not found or subject.shop.state == "paused" or session.scalar(_OUT, _who(subject)):
        return None
    # the one that was started first, should two flows have the same word; the next, where that one may not begin
    return next(filter(None, (_begun_by(session, subject, start, now) for start in found)), None)


def _begun_by(
    session: Session, subject: Subject, start: FlowStart, now: datetime
) -> list[tuple[Enrolment, Event]] | None:
    """What this start begins; None: nothing, since its flow is held, the customer in its control group, or `again` not over."""
    flow = flow_of(session, start.revision_id)
    flow_id = session.get_one(FlowRevision, start.revision_id).flow_id
    if session.get_one(Flow, flow_id).held_at is not None:
        return None
    mine = _passages(session, subject, flow_id)
    again, last = again_of(flow.trigger), next(iter(mine), None)
    if last is not None and (again or again is None):
        ended = last.ended_at if last.status == "ended" else None
        if again is None or ended is None or ended + again > now:
            return None
    customer = subject.customer
    arm = arm_of(customer.shop_id, customer.phone_key, flow.name, flow.holdout_percent)
    ending = [each for each in mine if each.status == "active" and each.arm == "treated"]
    if arm == "treated":
        ending += [
            session.get_one(Enrolment, each)
            for each in others_speaking(session, customer.shop_id, flow_id, customer.id)
        ]
    candidate = Candidate(customer.id, customer.phone_key, customer.phone or "", customer.last_order_at, arm)
    made = enrol(session, customer.shop_id, start, candidate, now, begun=None)
    if made is None or arm != "treated":
        return None
    new = session.get_one(Enrolment, made)
    if subject.seen.live is not None:
        subject.seen.live.append((new, flow.name))
    stopped: list[tuple[Enrolment, Event]] = [
        (each, Stopped("another flow was asked for")) for each in ending
    ]
    return [*stopped, (new, Started(PROMPTED_BY))]


def _ready(session: Session, subject: Subject) -> Sequence[FlowStart]:
    """The shop's starts that wait for a word: asked once for a whole batch of conversations."""
    known = subject.seen.keyword_starts
    if subject.shop.id not in known:
        known[subject.shop.id] = session.scalars(_READY, {"shop": subject.shop.id}).all()
    return known[subject.shop.id]


def _word(texts: Sequence[Inbound]) -> str:
    """The one word, texted once or several times in a breath; empty: something else was said as well."""
    said = {folded(row.body) if row.kind == "text" else "" for row in texts}
    return said.pop() if len(said) == 1 else ""


def _passages(session: Session, subject: Subject, flow_id: int) -> list[Enrolment]:
    return list(
        session.scalars(
            select(Enrolment)
            .where(
                Enrolment.shop_id == subject.shop.id,
                Enrolment.customer_id == subject.customer.id,
                Enrolment.flow_id == flow_id,
            )
            .order_by(Enrolment.passage.desc())
        )
    )


def _who(subject: Subject) -> dict[str, object]:
    return {"shop": subject.shop.id, "key": subject.customer.phone_key}


# Built once: building a statement costs SQLAlchemy about as much as running it.
_READY = (
    select(FlowStart)
    .where(
        FlowStart.shop_id == bindparam("shop"),
        FlowStart.status == fixed("running"),
        FlowStart.kind == fixed("keyword"),
    )
    .order_by(FlowStart.id)
)
_OUT = select(
    exists().where(Suppression.shop_id == bindparam("shop"), Suppression.phone_key == bindparam("key"))
)
