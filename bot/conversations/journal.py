"""The record of each turn: what happened, what was known, what was decided (I7).

Owns writing it, and undoing the last turn when a newer text arrived before anything of it was claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.conversations.apply import retire_timers
from bot.conversations.rows import insert_soon
from bot.models import Enrolment, Inbound, Journal, Outbound
from flows import codec
from flows import state as states
from flows.definition import ENGINE_VERSION
from flows.effects import Effect, RequestCoupon
from flows.events import CouponReady, CouponUnavailable, Event, HandedBack, Replied, Started
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
    undoable = bool(bodies) or any(isinstance(effect, RequestCoupon) for effect in effects)
    snapshot = undoable or enrolment.turn % SNAPSHOT_EVERY == 0
    insert_soon(
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


def undo_unsent(
    session: Session, enrolment: Enrolment, rows: Sequence[Any] | None = None
) -> Replied | bool | None:
    """Take back the last turn if it said something and nothing of it was claimed: a newer text withholds its answer.

    Gives the Replied to be answered together with the newer text, True when another kind of turn was undone, None
    when there was nothing to undo. The journal keeps both versions. What the law asks for stays: a text that comes
    right after a stop takes nothing of its confirmation back (R5); and what a person has sent of the bot's is theirs to
    take back. `rows`: the texts of that turn, where they are known.
    """
    if rows is None:
        whose = {"shop": enrolment.shop_id, "conversation": enrolment.conversation_id}
        rows = session.execute(_TEXTS, {**whose, "enrolment": enrolment.id, "turn": enrolment.turn}).all()
    if not rows or any(row.status not in ("ready", "withheld") or row.provider_id for row in rows):
        return None  # asked first: it is nearly always so, and the journal's rows are long
    if any(row.author != "bot" for row in rows):
        return None
    last = _entry(session, enrolment, enrolment.turn)
    if last is None or last.state is None or not last.texts:
        return None
    undone = [last]
    event: Event = codec.decode(Event, last.event)
    if isinstance(event, (CouponReady, CouponUnavailable)):
        # the words that asked for the code are in the turn before, and they are what has to be answered
        asked = _entry(session, enrolment, last.turn - 1)
        if asked is None or asked.state is None or asked.texts:
            return None
        undone, event = [asked, last], codec.decode(Event, asked.event)
    kinds = {effect["type"] for entry in undone for effect in entry.effects}
    # before what people gave back the passage was theirs, and would not hear the newer text
    if isinstance(event, Started | HandedBack) or not kinds <= _UNDOABLE:
        return None
    if any(effect.get("notice") for effect in last.effects):
        return None
    taken = session.execute(
        update(Outbound)
        .where(Outbound.id.in_([row.id for row in rows]), Outbound.status.in_(("ready", "withheld")))
        .values(status="superseded", why="a newer text arrived")
    )
    if taken.rowcount != len(rows):  # type: ignore[attr-defined]
        raise RuntimeError("a text was claimed under the conversation's lock")
    now_state = states.from_json(enrolment.state)
    before = states.from_json(undone[0].state or {})
    for entry in undone:
        versions = session.execute(
            select(func.max(Journal.superseded)).where(
                Journal.enrolment_id == enrolment.id, Journal.turn == entry.turn
            )
        ).scalar_one()
        entry.superseded = (versions or 0) + 1
    retire_timers(session, enrolment.id)
    # numbers only go forward: a timer or a report of the undone turn must not fit the new one
    enrolment.state = states.to_json(replace(before, turn=now_state.turn, wait=now_state.wait))
    session.flush()
    return event if isinstance(event, Replied) else True


# a row that says «try later» while a report says that the provider has it was sent: it is not taken back
_TEXTS = select(Outbound.id, Outbound.status, Outbound.provider_id, Outbound.author).where(
    Outbound.shop_id == bindparam("shop"),
    Outbound.conversation_id == bindparam("conversation"),
    Outbound.enrolment_id == bindparam("enrolment"),
    Outbound.turn == bindparam("turn"),
)


def answers_keyword(session: Session, text: Outbound, keyword: str) -> bool:
    """Whether the turn that wrote this text answered the carriers' word `keyword`."""
    heard = session.execute(
        select(Journal.inbound_ids).where(
            Journal.shop_id == text.shop_id,
            Journal.enrolment_id == text.enrolment_id,
            Journal.turn == text.turn,
            Journal.superseded == 0,
        )
    ).scalar_one_or_none()
    words = select(Inbound.id).where(Inbound.id.in_(heard or []), Inbound.keyword == keyword)
    return session.execute(words).first() is not None


def _entry(session: Session, enrolment: Enrolment, turn: int) -> Journal | None:
    """The entry of that turn which is in force."""
    return session.execute(
        select(Journal).where(
            Journal.enrolment_id == enrolment.id, Journal.turn == turn, Journal.superseded == 0
        )
    ).scalar_one_or_none()
