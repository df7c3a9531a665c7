"""The record of each turn: what happened, what was known, what was decided (I7).

Owns writing it, and undoing the last turn when a newer text arrived before anything of it was claimed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.conversations.apply import retire_timers
from bot.conversations.rows import insert_row
from bot.models import Enrolment, Journal, Outbound
from flows import codec
from flows import state as states
from flows.definition import ENGINE_VERSION
from flows.effects import Effect
from flows.events import Event, Replied, Started
from flows.facts import Facts
from flows.state import State

SNAPSHOT_EVERY = 20
_UNDOABLE = {"SendText", "StartTimer", "RequestCoupon", "SetFact"}


def write(
    session: Session,
    enrolment: Enrolment,
    before: State,
    event: Event,
    facts: Facts,
    effects: tuple[Effect, ...],
    bodies: list[str],
    inbound_ids: list[int],
    now: datetime,
) -> None:
    """One entry. The state before is kept on every 20th turn, and wherever the turn may still be undone."""
    encoded = [codec.encode(effect) for effect in effects]
    snapshot = bool(bodies) or enrolment.turn % SNAPSHOT_EVERY == 0
    insert_row(
        session,
        Journal,
        {
            "shop_id": enrolment.shop_id,
            "enrolment_id": enrolment.id,
            "turn": enrolment.turn,
            "superseded": 0,
            "at": now,
            "revision_hash": before.revision,
            "engine_version": ENGINE_VERSION,
            "event": codec.encode(event),
            "facts": codec.encode(facts),
            "effects": encoded,
            "texts": bodies,
            "inbound_ids": inbound_ids,
            "state": states.to_json(before) if snapshot else None,
        },
    )


def undo_unsent(session: Session, enrolment: Enrolment) -> Replied | bool | None:
    """Take back the last turn if it said something and nothing of it was claimed: a newer text withholds its answer.

    Gives the Replied to be answered together with the newer text, True when another kind of turn was undone, None
    when there was nothing to undo. The journal keeps both versions.
    """
    last = session.execute(
        select(Journal).where(
            Journal.enrolment_id == enrolment.id, Journal.turn == enrolment.turn, Journal.superseded == 0
        )
    ).scalar_one_or_none()
    if last is None or last.state is None or not last.texts:
        return None
    event: Event = codec.decode(Event, last.event)
    if isinstance(event, Started) or not {effect["type"] for effect in last.effects} <= _UNDOABLE:
        return None
    rows = session.execute(
        select(Outbound.id, Outbound.status).where(
            Outbound.enrolment_id == enrolment.id, Outbound.turn == last.turn
        )
    ).all()
    if not rows or any(row.status not in ("ready", "withheld") for row in rows):
        return None
    taken = session.execute(
        update(Outbound)
        .where(Outbound.id.in_([row.id for row in rows]), Outbound.status.in_(("ready", "withheld")))
        .values(status="superseded", why="a newer text arrived")
    )
    if taken.rowcount != len(rows):  # type: ignore[attr-defined]
        raise RuntimeError("a text was claimed under the conversation's lock")
    now_state = states.from_json(enrolment.state)
    before = states.from_json(last.state)
    versions = session.execute(
        select(func.max(Journal.superseded)).where(
            Journal.enrolment_id == enrolment.id, Journal.turn == last.turn
        )
    ).scalar_one()
    last.superseded = (versions or 0) + 1
    retire_timers(session, enrolment.id)
    # numbers only go forward: a timer or a report of the undone turn must not fit the new one
    enrolment.state = states.to_json(replace(before, turn=now_state.turn, wait=now_state.wait))
    session.flush()
    return event if isinstance(event, Replied) else True
