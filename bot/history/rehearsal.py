"""An edit rehearsed before it is published: who waits where, and what each would get next, under the old and under the new.

Owns the rehearsal and the three ways to go on: `stay` (everybody under way stays on their revision), `migrate` (they go on
in the new one, where it has a place for them) and `drain` (they stay, and nobody new enters the old). What comes next is
played (`coming`) for one of those who wait at a place, the longest enrolled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import flows_store
from bot.audience.kinds import kind_of as trigger_kind
from bot.clock import domain_now
from bot.compose import App
from bot.flows_store import Published, flow_of
from bot.history.coming import next_of
from bot.history.migrate import Moves, move
from bot.history.moving import destination, exists
from bot.history.revisions import going_on, lead_starts_to
from bot.models import Enrolment, FlowRevision, FlowStart
from bot.models import Flow as FlowRow
from bot.teaching.lines import names
from flows.definition import Flow
from flows.parser import read_flow
from flows.play.diff import Kind, changes
from flows.problems import Problem

Choice: TypeAlias = Literal["stay", "migrate", "drain"]
CHOICES: tuple[Choice, ...] = ("stay", "migrate", "drain")


@dataclass(frozen=True, slots=True)
class Waiting:
    """People who stand at one node of one revision. `goes_to`: where migrating takes them; None: nowhere, they stay.

    `phase` is waiting, handed_off or new. `stranded`: the node is gone and nothing is mapped to it. `next_old` and
    `next_new`: what they get next on silence, «yes» and «no»; `next_new` is empty where they don't go.
    """

    revision: int
    node: str
    phase: str
    people: int
    goes_to: str | None
    stranded: bool
    next_old: Mapping[str, str]
    next_new: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What publishing this source would mean for those who are under way. `to`: the number that it would get, or has."""

    flow: str
    from_revisions: tuple[int, ...]
    to: int
    hash: str
    published: bool
    """Whether this very source is the current revision already."""
    kind: Kind
    waiting: tuple[Waiting, ...]
    starts: int
    """Starts that bring new people into an older revision."""
    nodes: tuple[str, ...] = field(default=())
    """Names of the new nodes at which people may wait: what a map may lead to."""
    trigger: str = "manual"
    """The kind of the new trigger (bot.audience.kinds)."""
    triggers: tuple[str, ...] = ()
    """Other kinds, of the starts that would be led into it: they would look for other people than they do now."""

    @property
    def people(self) -> int:
        """How many are under way in other revisions."""
        return sum(each.people for each in self.waiting)

    def to_json(self, choice: Choice | None = None) -> dict[str, Any]:
        """For a screen. `stays` says what the choice (stay, unless given) means for the people of each row."""
        return {
            "flow": self.flow,
            "from_revisions": list(self.from_revisions),
            "to": self.to,
            "published": self.published,
            "only_words": self.kind.only_words,
            "only_offers": self.kind.only_offers,
            "people": self.people,
            "starts": self.starts,
            "trigger": self.trigger,
            "triggers": list(self.triggers),
            "nodes": list(self.nodes),
            "waiting": [
                {
                    "revision": each.revision,
                    "node": each.node,
                    "phase": each.phase,
                    "people": each.people,
                    "stays": choice != "migrate" or each.goes_to is None,
                    "goes_to": each.goes_to,
                    "stranded": each.stranded,
                    "next_old": dict(each.next_old),
                    "next_new": dict(each.next_new),
                }
                for each in self.waiting
            ],
        }


@dataclass(frozen=True, slots=True)
class Done:
    """What publishing with a choice did."""

    published: Published
    moves: Moves
    starts: int


def rehearse(
    app: App, shop_id: int, source: str, *, file: str, node_map: Mapping[str, str] | None = None
) -> tuple[Rehearsal | None, list[Problem]]:
    """The rehearsal of this source; None with problems where it is no flow that could be published. Writes nothing.

    Raises ValueError, in words, for a map that leads from or to a node that does not exist.
    """
    with app.database.read() as session:
        taught = names(session, shop_id)
    new, problems = read_flow(source, file, taught)
    if new is None or any(each.severity == "error" for each in problems):
        return None, problems
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        return _rehearsed(app, session, shop_id, new, dict(node_map or {}), now), problems


def carry_out(
    app: App,
    shop_id: int,
    source: str,
    choice: Choice,
    *,
    file: str,
    by: str,
    node_map: Mapping[str, str] | None = None,
    seen: Callable[[int], object] = lambda passages: None,
) -> tuple[Done | None, list[Problem]]:
    """Publish, and do with those who are under way what was chosen. Done twice, the second time changes nothing."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        published, problems = flows_store.publish(session, shop_id, source, file=file, by=by, now=now)
        if published is None:
            return None, problems
        starts = 0 if choice == "stay" else lead_starts_to(session, shop_id, published, now)
    moves = Moves()
    if choice == "migrate":
        moves = move(app, shop_id, published.flow_id, published.revision_id, dict(node_map or {}), seen)
    return Done(published, moves, starts), problems


def _rehearsed(
    app: App, session: Session, shop_id: int, new: Flow, node_map: dict[str, str], now: datetime
) -> Rehearsal:
    row = session.execute(
        select(FlowRow).where(FlowRow.shop_id == shop_id, FlowRow.name == new.name)
    ).scalar_one_or_none()
    places = tuple(name for name in new.nodes if destination(new, name, "waiting", {}) is not None)
    if row is None:
        _sound(node_map, set(), places)
        return Rehearsal(new.name, (), 1, new.hash, False, Kind(False, False), (), 0, places)
    known = {
        each.id: each
        for each in session.scalars(
            select(FlowRevision).where(FlowRevision.shop_id == shop_id, FlowRevision.flow_id == row.id)
        )
    }
    same = next((each for each in known.values() if each.hash == new.hash), None)
    to = same.number if same else max(each.number for each in known.values()) + 1
    groups = _groups(session, shop_id, row.id, same.id if same else 0)
    standing = {each.node for each in groups}
    olds = {each.revision_id: flow_of(session, each.revision_id) for each in groups}
    names = standing.union(*(set(old.nodes) for old in olds.values()))
    _sound(node_map, names or set(node_map), places)
    waiting = [
        _waiting(
            app, session, olds[each.revision_id], new, known[each.revision_id].number, each, node_map, now
        )
        for each in groups
    ]
    waiting.sort(
        key=lambda each: (-each.revision, list(new.nodes).index(each.node) if each.node in new.nodes else -1)
    )
    compared = [olds[each] for each in olds]
    if not compared and row.current_revision_id:
        compared = [flow_of(session, row.current_revision_id)]
    kinds = [changes(old, new).kind for old in compared]
    starts = _starts(session, shop_id, [each for each in known if same is None or each != same.id])
    return Rehearsal(
        flow=new.name,
        from_revisions=tuple(sorted({each.revision for each in waiting})),
        to=to,
        hash=new.hash,
        published=same is not None and same.id == row.current_revision_id,
        kind=Kind(all(each.only_words for each in kinds), all(each.only_offers for each in kinds)),
        waiting=tuple(waiting),
        starts=len(starts),
        nodes=places,
        triggers=tuple(sorted(set(starts) - {trigger_kind(new.trigger)})),
        trigger=trigger_kind(new.trigger),
    )


def _groups(session: Session, shop_id: int, flow_id: int, revision_id: int) -> list[Any]:
    """Who stands where: revision, node, phase, how many, and the first of them."""
    node, phase = Enrolment.state["node"].as_string(), Enrolment.state["phase"].as_string()
    return list(
        session.execute(
            select(
                Enrolment.revision_id,
                node.label("node"),
                phase.label("phase"),
                func.count().label("people"),
                func.min(Enrolment.id).label("first"),
            )
            .where(
                Enrolment.shop_id == shop_id,
                Enrolment.flow_id == flow_id,
                Enrolment.revision_id != revision_id,
                Enrolment.status == "active",
                Enrolment.arm == "treated",
            )
            .group_by(Enrolment.revision_id, node, phase)
            .order_by(Enrolment.revision_id, node, phase)
        )
    )


def _waiting(
    app: App,
    session: Session,
    old: Flow,
    new: Flow,
    number: int,
    group: Any,
    node_map: dict[str, str],
    now: datetime,
) -> Waiting:
    goes_to = destination(new, group.node, group.phase, node_map)
    return Waiting(
        revision=number,
        node=group.node,
        phase=group.phase,
        people=group.people,
        goes_to=goes_to,
        stranded=goes_to is None and not exists(new, node_map.get(group.node, group.node)),
        next_old=next_of(app, session, old, group.first, None, now),
        next_new=next_of(app, session, new, group.first, goes_to, now) if goes_to else {},
    )


def _starts(session: Session, shop_id: int, revision_ids: list[int]) -> list[str]:
    """The kinds of the starts that go on into these revisions, one each."""
    found = session.scalars(select(FlowStart.kind).where(*going_on(shop_id, revision_ids)))
    return [kind or "lapsed" for kind in found]


def _sound(node_map: Mapping[str, str], old: set[str], places: tuple[str, ...]) -> None:
    for here, there in node_map.items():
        if here not in old:
            raise ValueError(
                f"--map {here}={there}: nobody's flow has a node {here!r} (there are: {', '.join(sorted(old))})"
            )
        if there not in places:
            raise ValueError(
                f"--map {here}={there}: nobody can wait at {there!r} in the new flow, so map to a node with "
                f"replies and a silence ({', '.join(places)})"
            )
