"""A shadow run: a new revision over past conversations, before it speaks to anybody.

Owns the figures: how many would have got another text, at which node for the first time, and the first few side by side.
The rules of such a run are bot.history.instead's. Streams: a passage at a time is in memory. Writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import domain_now
from bot.compose import App
from bot.history.instead import Instead
from bot.history.otherwise import Passage
from bot.history.passages import Entry, all_rows
from bot.models import Flow as FlowRow
from flows.definition import Flow


@dataclass(frozen=True, slots=True)
class Shown:
    """A transcript that differs."""

    conversation: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Shadow:
    """What the new revision would have changed. `unknown`: passages of which a part was erased. `where`: node of the new
    flow at which the first other text would have been said -> passages."""

    flow: str
    passages: int
    differ: int
    unknown: int
    where: Mapping[str, int]
    first: tuple[Shown, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "flow": self.flow,
            "passages": self.passages,
            "differ": self.differ,
            "unknown": self.unknown,
            "where": dict(self.where),
            "transcripts": [
                {"conversation": each.conversation, **each.passage.to_json()} for each in self.first
            ],
        }


class _Run:
    """The run under way."""

    def __init__(self, flow: Flow, since: datetime | None, limit: int, until: datetime) -> None:
        self.flow, self.since, self.limit, self.until = flow, since, limit, until
        self.passages = self.differ = self.unknown = 0
        self.where: Counter[str] = Counter()
        self.first: list[Shown] = []
        self._of: Entry | None = None
        self._other = Instead(flow)

    def take(self, entry: Entry) -> None:
        if self._of is None or entry.enrolment_id != self._of.enrolment_id:
            self.close()
            self._of, self._other = entry, Instead(self.flow)
            if entry.turn != 1:  # what it began with is gone
                self._other.complete = False
        self._other.take(entry)

    def close(self) -> None:
        """The passage is whole."""
        if self._of is None:
            return
        entry, other = self._of, self._other
        self._of = None
        if entry.trial or (self.since is not None and entry.at < self.since):
            return
        self.passages += 1
        if not other.complete:
            self.unknown += 1
            return
        other.finish(self.until)
        differs = other.first_difference
        if differs is None:
            return
        self.differ += 1
        self.where[differs.node_instead] += 1
        if len(self.first) < self.limit:
            passage = Passage(entry.enrolment_id, True, tuple(other.turns))
            self.first.append(Shown(entry.conversation_id, passage))


def shadow(
    app: App,
    shop_id: int,
    flow: Flow,
    *,
    since: datetime | None = None,
    limit: int = 3,
    seen: Callable[[int], object] = lambda rows: None,
) -> Shadow:
    """Run `flow` over every past passage of the flow of that name that began at or after `since`; trials are left out.

    `limit`: so many transcripts are kept. Raises LookupError, in words, when the shop has no such flow.
    """
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        flow_id = _flow_id(session, shop_id, flow.name)
    run, done = _Run(flow, since, limit, now), 0
    for _, entry in all_rows(app.database, shop_id, flow_id):
        run.take(entry)
        done += 1
        if done % 100 == 0:
            seen(done)
    run.close()
    seen(done)
    where = dict(run.where.most_common())
    return Shadow(flow.name, run.passages, run.differ, run.unknown, where, tuple(run.first))


def _flow_id(session: Session, shop_id: int, name: str) -> int:
    found = session.execute(
        select(FlowRow.id).where(FlowRow.shop_id == shop_id, FlowRow.name == name)
    ).scalar()
    if found is None:
        raise LookupError(f"no flow {name!r} was ever published here, so nobody has talked to it")
    return found
