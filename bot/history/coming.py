"""What somebody who waits would get next: their facts are real, the reply is made up. Plays; writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compose import App
from bot.conversations.snapshot import facts_of
from bot.conversations.subjects import subject_of
from bot.models import Conversation, Enrolment, Timer
from flows import state as states
from flows.definition import Flow
from flows.events import Event, Reading, Replied, TimerFired
from flows.play.player import Player
from flows.state import State

WHAT = ("silence", "yes", "no")
"""What may come next, as far as a rehearsal plays it."""


def next_of(
    app: App, session: Session, flow: Flow, enrolment_id: int, node: str | None, now: datetime
) -> dict[str, str]:
    """What this person gets next from the flow, where they stand or at `node`."""
    enrolment = session.get_one(Enrolment, enrolment_id)
    state = states.from_json(enrolment.state)
    due = session.execute(
        select(Timer.due_at).where(Timer.enrolment_id == enrolment_id, Timer.status == "armed")
    ).scalar()
    if node is not None:
        state = replace(state, node=node, revision=flow.hash)
    subject = subject_of(session, session.get_one(Conversation, enrolment.conversation_id))
    number = enrolment.turn + 1
    facts = facts_of(
        session, app.keys, app.settings.link_url, subject, enrolment_id=enrolment_id, turn=number, now=now
    )
    found = {}
    for what in WHAT:
        at = max(due or now, now) if what == "silence" else now
        if state.phase == "new":
            found[what] = "the first text"
            continue
        if state.phase == "handed_off":
            found[what] = "nothing: people have it"
            continue
        player = Player(flow, facts, at)
        player.state = state
        found[what] = _in_words(player, _event(what, state, at))
    return found


def _in_words(player: Player, event: Event) -> str:
    """What comes of the event: the texts, or in brackets what happens without any."""
    came = player.happen(event)
    if came.bodies:
        return " / ".join(came.bodies)
    if came.lacking:
        return f"(no text: {came.lacking[0]})"
    if came.ran:
        return f"(goes on in {came.ran})"
    match player.state.phase:
        case "ended":
            return f"(ends: {(player.state.outcome or '').replace('_', ' ')})"
        case "handed_off":
            return "(goes to a person)"
        case _:
            return "(nothing)"


def _event(what: str, state: State, at: datetime) -> Event:
    if what == "silence":
        return TimerFired(state.wait)
    return Replied(what, Reading(what, 1.0), at)
