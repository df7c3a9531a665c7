"""A text of the old revision that has not left when its passage moves: taken back, so that the new one can say it anew.

Owns which texts may be taken back: those that silence or the start wrote, that nobody tried to send, and that answer nothing.
A text may wait for days (for the evening, for order data, for a person), and its merchant edits the flow meanwhile because
of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations import journal
from bot.conversations.apply import retire_timers
from bot.models import Enrolment, Journal, Outbound
from flows import codec
from flows import state as states
from flows.events import Event, Started, TimerFired
from flows.state import State

_ASKED = ("CouponReady", "CouponUnavailable")


def of(session: Session, enrolment: Enrolment) -> Sequence[Any]:
    """The texts of this passage that have yet to leave."""
    return session.execute(
        select(
            Outbound.id,
            Outbound.turn,
            Outbound.status,
            Outbound.provider_id,
            Outbound.author,
            Outbound.attempts,
            Outbound.effect,
        ).where(
            Outbound.shop_id == enrolment.shop_id,
            Outbound.conversation_id == enrolment.conversation_id,
            Outbound.enrolment_id == enrolment.id,
            Outbound.status.in_(("ready", "claimed")),
        )
    ).all()


def ground(session: Session, enrolment: Enrolment, texts: Sequence[Any]) -> State | None:
    """The state before the turn that wrote them; None where they can't be taken back."""
    for text in texts:
        tried = text.status != "ready" or text.attempts or text.provider_id
        if tried or text.turn != enrolment.turn or (text.effect or {}).get("prompted_by") is not None:
            return None
    entry = _first(session, enrolment)
    if entry is None or entry.state is None or entry.event.get("type") not in ("Started", "TimerFired"):
        return None
    return states.from_json(entry.state)


def take_back(session: Session, enrolment: Enrolment, texts: Sequence[Any]) -> Started | TimerFired | None:
    """Undo the turn that wrote them. Gives what happened, for the new revision to hear; None: it has to stay.

    The enrolment stands afterwards where `ground` says, with its numbers going on.
    """
    entry = _first(session, enrolment)
    if entry is None:
        return None
    event: Event = codec.decode(Event, entry.event)
    match event:
        case TimerFired():
            return event if journal.undo_unsent(session, enrolment, texts) else None
        case Started():
            pass
        case _:
            return None
    session.execute(
        update(Outbound)
        .where(Outbound.id.in_([each.id for each in texts]), Outbound.status == "ready")
        .values(status="superseded", why="the flow was edited")
    )
    session.execute(
        update(Journal)
        .where(
            Journal.enrolment_id == enrolment.id,
            Journal.turn.between(entry.turn, enrolment.turn),
            Journal.superseded == 0,
        )
        .values(superseded=1)
    )
    retire_timers(session, enrolment.id)
    stood = states.from_json(enrolment.state)
    before = states.from_json(entry.state or {})
    enrolment.state = states.to_json(replace(before, turn=stood.turn, wait=stood.wait))
    session.flush()
    return event


def _first(session: Session, enrolment: Enrolment) -> Journal | None:
    """The entry of the turn that wrote the last texts; where a code was asked for first, of the turn that asked."""
    turn = enrolment.turn
    for _ in range(2):
        entry = session.execute(
            select(Journal).where(
                Journal.enrolment_id == enrolment.id, Journal.turn == turn, Journal.superseded == 0
            )
        ).scalar_one_or_none()
        if entry is None or entry.event.get("type") not in _ASKED:
            return entry
        turn -= 1
    return None
