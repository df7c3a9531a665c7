"""A conversation under another flow: every passage of that flow which it has, side by side with what was said.

Owns which passages are run, and where the other flow comes from: a published revision, or a file. The rules of such a run
are bot.history.instead's. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.flows_store import current
from bot.history.instead import Instead, Turn
from bot.history.passages import Revisions, Taken, Walk, rows
from bot.history.revisions import revision
from bot.models import Enrolment
from bot.models import Flow as FlowRow
from flows.definition import Flow
from flows.parser import published

LONGEST_NUMBER = 20
"""Digits of a revision's number; what has more is none, and is not worth reading."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage in both. `complete` is False where a part of it was erased: the rest was not followed."""

    enrolment: int
    complete: bool
    turns: tuple[Turn, ...]

    @property
    def differs(self) -> bool:
        """Whether other words would have been said."""
        return any(each.differs for each in self.turns)

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "enrolment": self.enrolment,
            "complete": self.complete,
            "differs": self.differs,
            "turns": [each.to_json() for each in self.turns],
        }


def revision_named(session: Session, shop_id: int, name: str) -> Flow:
    """The flow of `FLOW@REVISION`, or of FLOW as it is now. Raises LookupError in words."""
    flow_name, at, number = name.partition("@")
    if at and not (number.isdecimal() and len(number) <= LONGEST_NUMBER):
        raise LookupError(f"{name}: write FLOW@REVISION, such as {flow_name}@3")
    found = revision(session, shop_id, flow_name, int(number)) if at else current(session, shop_id, flow_name)
    if found is None:
        raise LookupError(
            f"there is no {name} (`winback flow list` shows the flows, `winback flow revisions {flow_name}` theirs)"
        )
    return published(found.source)


def as_if(session: Session, conversation_id: int, flow: Flow, until: datetime) -> list[Passage]:
    """Every passage that this conversation has had in a flow of that name, as it would have gone under `flow`."""
    enrolments = session.scalars(
        select(Enrolment.id)
        .join(FlowRow, (FlowRow.shop_id == Enrolment.shop_id) & (FlowRow.id == Enrolment.flow_id))
        .where(Enrolment.conversation_id == conversation_id, FlowRow.name == flow.name)
        .order_by(Enrolment.id)
    ).all()
    return [_passage(session, each, flow, until) for each in enrolments]


def _passage(session: Session, enrolment_id: int, flow: Flow, until: datetime) -> Passage:
    other, walk = Instead(flow), Walk(Revisions())
    for entry in rows(session, enrolment_id):
        steps = walk.step(session, entry)
        last = steps[-1]
        other.take(entry, last.after.node if isinstance(last, Taken) else "")
    other.finish(until)
    return Passage(enrolment_id, other.complete, tuple(other.turns))
