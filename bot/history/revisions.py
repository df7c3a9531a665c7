"""The revisions of a flow: which there are, who is under way in which, and making an older one current again.

Owns the list and the way back. A revision is never changed and never deleted (I8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot import flows_store
from bot.audience.start_rows import lead
from bot.flows_store import Published
from bot.models import Enrolment, FlowRevision, FlowStart
from bot.models import Flow as FlowRow
from flows.problems import Problem

MOST_REVISIONS = 2**31 - 1
"""What the column holds: a database is not asked for a number that it can't read."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One published version. `under_way`: passages that have not ended; `ended`: those that have; the holdout is in
    neither. `starts`: a start goes on that brings new people into it."""

    number: int
    hash: str
    published_at: datetime
    published_by: str
    current: bool
    under_way: int
    ended: int
    starts: bool

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {**asdict(self), "published_at": self.published_at.isoformat()}


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a way back did. `was`: the number that was current; `stay`: how many go on in other revisions; `starts`: starts
    that bring their people into `now` from here on."""

    was: int
    now: Published
    stay: int
    starts: int


def revisions(session: Session, shop_id: int, name: str) -> list[Revision]:
    """The revisions of the flow, newest first. Empty: there is no such flow."""
    flow = session.execute(
        select(FlowRow).where(FlowRow.shop_id == shop_id, FlowRow.name == name)
    ).scalar_one_or_none()
    if flow is None:
        return []
    passages = {
        (row.revision_id, row.status): row.people
        for row in session.execute(
            select(Enrolment.revision_id, Enrolment.status, func.count().label("people"))
            .where(Enrolment.shop_id == shop_id, Enrolment.flow_id == flow.id, Enrolment.arm == "treated")
            .group_by(Enrolment.revision_id, Enrolment.status)
        )
    }
    found = session.scalars(
        select(FlowRevision)
        .where(FlowRevision.shop_id == shop_id, FlowRevision.flow_id == flow.id)
        .order_by(FlowRevision.number.desc())
    ).all()
    ids = [each.id for each in found]
    starts = set(session.scalars(select(FlowStart.revision_id).where(*going_on(shop_id, ids))))
    return [
        Revision(
            each.number,
            each.hash,
            each.published_at,
            each.published_by,
            each.id == flow.current_revision_id,
            passages.get((each.id, "active"), 0),
            passages.get((each.id, "ended"), 0),
            each.id in starts,
        )
        for each in found
    ]


def revision(session: Session, shop_id: int, name: str, number: int) -> FlowRevision | None:
    """The revision with that number."""
    if number > MOST_REVISIONS:
        return None
    return session.execute(
        select(FlowRevision)
        .join(FlowRow, (FlowRow.shop_id == FlowRevision.shop_id) & (FlowRow.id == FlowRevision.flow_id))
        .where(FlowRow.shop_id == shop_id, FlowRow.name == name, FlowRevision.number == number)
    ).scalar_one_or_none()


def roll_back(
    session: Session, shop_id: int, name: str, number: int | None, *, by: str, now: datetime
) -> tuple[RolledBack | None, list[Problem]]:
    """Publish the source of an older revision again, which makes it current; the one before the current unless `number`.

    Whoever is under way stays where they are. Starts that go on bring new people into it: whoever goes back wants nobody
    new in what they leave. Problems instead, if today's rules find errors in the old source. Raises LookupError (in words)
    when there is no such revision, or nothing to go back to.
    """
    there = revisions(session, shop_id, name)
    if not there:
        raise LookupError(f"no flow {name!r} is published (`winback flow list` shows which are)")
    was = next(each for each in there if each.current)
    wanted = number or max((each.number for each in there if each.number < was.number), default=0)
    if not wanted:
        raise LookupError(f"{name} has nothing before revision {was.number}")
    if wanted == was.number:
        raise LookupError(f"{name} is at revision {wanted} already")
    old = revision(session, shop_id, name, wanted)
    if old is None:
        numbers = ", ".join(str(each.number) for each in reversed(there))
        raise LookupError(f"{name} has no revision {wanted} (there are: {numbers})")
    done, problems = flows_store.publish(
        session, shop_id, old.source, file=f"{name}, revision {wanted}", by=by, now=now
    )
    if done is None:
        return None, problems
    stay = sum(each.under_way for each in there if each.number != done.number)
    return RolledBack(was.number, done, stay, lead_starts_to(session, shop_id, done, now)), problems


def lead_starts_to(session: Session, shop_id: int, published: Published, now: datetime) -> int:
    """Starts of this flow's other revisions that go on bring their people into this one from here on; gives how many.

    A keyword's start as well, which waits for no clock. What the start repeats of its flow is that revision's from here on.
    """
    others = session.scalars(
        select(FlowRevision.id).where(
            FlowRevision.shop_id == shop_id,
            FlowRevision.flow_id == published.flow_id,
            FlowRevision.id != published.revision_id,
        )
    ).all()
    found = session.scalars(
        select(FlowStart)
        .where(*going_on(shop_id, others))
        .order_by(FlowStart.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    flow = flows_store.flow_of(session, published.revision_id)
    for each in found:
        lead(each, published.revision_id, flow, now)
    session.flush()
    return len(found)


def going_on(shop_id: int, revision_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """Starts that bring people into one of these revisions. A trial's start brings nobody but the one it was made for."""
    return (
        FlowStart.shop_id == shop_id,
        FlowStart.revision_id.in_(revision_ids),
        FlowStart.status == "running",
        FlowStart.trial.is_(False),
    )
