"""What it means that a passage goes on under another revision of its flow: where it waits, and until when. Pure.

Owns the mark that stands in the journal where an event would (the engine never sees it), and what follows from it, so
that a replay can walk a passage that was moved. Decides and does nothing; bot.history.migrate does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows.definition import COURTESY, Flow
from flows.effects import Effect, StartTimer
from flows.engine import advance
from flows.events import HandedBack
from flows.facts import Facts
from flows.state import State


@dataclass(frozen=True, slots=True)
class Moved:
    """This passage goes on at `node` of the revision with this hash.

    `since`: since when the customer has been waited for; that time counts under the new revision, too. `due`: an end of
    the wait that stays what it was, because it was not the old flow's own (a day that the customer named, a pause that
    came with the language), or because the wait did not change. Neither is set where nobody is waited for.
    """

    revision: str
    node: str
    since: datetime | None = None
    due: datetime | None = None


MOVED = Moved.__name__
"""The `type` of the mark in the journal."""


def moved(
    new: Flow, state: State, mark: Moved, facts: Facts, now: datetime
) -> tuple[State, tuple[Effect, ...]]:
    """The state under the new revision, and the timer of its wait. Nothing is said, and nothing that was said is forgotten.

    The number of the wait goes up: a timer of the old revision that fires late does nothing.
    """
    here = replace(
        state,
        revision=mark.revision,
        node=mark.node,
        turn=state.turn + 1,
        tries=state.tries if mark.node == state.node else 0,
    )
    if state.phase != "waiting":
        return here, ()
    here = replace(here, wait=state.wait + 1)
    if mark.due is not None:
        return here, (StartTimer(here.wait, until=mark.due),)
    own = wait_of(new, here, facts, now)
    if own is None:
        return here, ()
    passed = (mark.since or now) + timedelta(seconds=own.after_seconds or 0)
    return here, (StartTimer(here.wait, until=own.until or max(now, passed)),)


def wait_of(flow: Flow, state: State, facts: Facts, now: datetime) -> StartTimer | None:
    """The timer with which this flow waits where `state` stands; None where it waits for ever, or not at all.

    Asked of the engine itself: it is what comes of a conversation that is handed back there.
    """
    if not exists(flow, state.node):
        return None
    _, effects = advance(flow, replace(state, phase="waiting"), HandedBack(None), facts, now)
    return next((each for each in effects if isinstance(each, StartTimer)), None)


def exists(flow: Flow, node: str) -> bool:
    """Whether the flow has a node of that name, built-in ones included."""
    try:
        flow.node(node)
    except KeyError:
        return False
    return True


def may_wait_at(flow: Flow, node: str) -> bool:
    """Whether somebody may be put there: a node at which the customer is waited for, and not for ever.

    The front desk waits for ever, everywhere: it is there to be texted.
    """
    if not exists(flow, node):
        return False
    if flow.desk:
        return True
    here = flow.node(node)
    ends = here.silence is not None or (here.wait is not None and here.then is not None)
    passes_through = bool(here.end or here.hand_off or here.run)
    return here.waits and ends and not passes_through


def destination(new: Flow, node: str, phase: str, node_map: dict[str, str]) -> str | None:
    """Where somebody goes who stands at `node` of another revision. None: nowhere, so they stay on theirs.

    What the map says goes first; else a node of the same name.
    """
    if phase == "new":
        return new.start
    target = node_map.get(node, node)
    if node.startswith(COURTESY) and node not in node_map:
        return target if exists(new, target) else None
    return target if may_wait_at(new, target) else None
