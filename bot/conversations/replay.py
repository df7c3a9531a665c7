"""Running a journal again: the same events and facts through today's engine, compared byte by byte (I7).

Owns the comparison. Needs no model and no provider: readings and facts are in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.flows_store import flow_of
from bot.models import Enrolment, Journal
from flows import codec
from flows import state as states
from flows.definition import ENGINE_VERSION
from flows.effects import Effect, SendText
from flows.engine import advance, begin
from flows.events import Event
from flows.facts import Facts
from flows.render import Rendered, render
from flows.state import State


@dataclass(frozen=True, slots=True)
class Difference:
    """One turn that would go otherwise today."""

    enrolment_id: int
    turn: int
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found. Turns of another engine version, and erased ones, are counted and not compared."""

    turns: int
    differences: tuple[Difference, ...]
    other_engine: int
    erased: int = 0
    """Turns of which nothing is kept (bot.privacy): emptied, or so old that the row is gone."""


def replay(session: Session, enrolment_id: int) -> Replayed:
    """Replay one passage from its first turn."""
    enrolment = session.get_one(Enrolment, enrolment_id)
    flow = flow_of(session, enrolment.revision_id)
    rows = session.execute(
        select(Journal).where(Journal.enrolment_id == enrolment_id).order_by(Journal.turn, Journal.id)
    ).scalars()
    state: State = begin(flow)
    found: list[Difference] = []
    turns = others = erased = 0
    known, expected = True, 1
    for row in rows:
        if row.turn > expected:  # retention took them
            erased, known = erased + row.turn - expected, False
        expected = max(expected, row.turn + 1)
        if row.event.get("erased"):
            erased, known = erased + 1, False
            continue
        if not known:
            if row.state is None or row.superseded:
                erased += 1
                continue
            state, known = states.from_json(row.state), True
        if row.engine_version != ENGINE_VERSION:
            others += 1
            state = states.from_json(row.state) if row.state else state
            continue
        turns += 1
        event: Event = codec.decode(Event, row.event)
        facts: Facts = codec.decode(Facts, row.facts)
        # an undone turn may stand on another undone one (a code asked for, and given), so it brings its own ground
        before = states.from_json(row.state) if row.superseded and row.state else state
        after, effects = advance(flow, before, event, facts, row.at)
        then = codec.dumps({"effects": row.effects, "texts": row.texts})
        now = codec.dumps({"effects": codec.encode(effects), "texts": _bodies(effects, facts, row)})
        if then != now:
            found.append(Difference(enrolment_id, row.turn, then, now))
        # an undone turn leaves its numbers behind, and nothing else
        state = replace(state, turn=after.turn, wait=after.wait) if row.superseded else after
    return Replayed(turns, tuple(found), others, erased)


def _bodies(effects: tuple[Effect, ...], facts: Facts, row: Journal) -> list[str]:
    texts = [render(effect, facts, row.at) for effect in effects if isinstance(effect, SendText)]
    return [text.body if isinstance(text, Rendered) else "" for text in texts]
