"""What of a stop can matter later, and how long its wait is: the walk's stops are told apart by this and nothing else.

Owns the reduction. What it leaves out cannot change which node comes next, what is said there, or how long it takes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flows.effects import Effect, StartTimer
from flows.prover.spots import Spot
from flows.sample import NOW
from flows.state import State


def timer(spot: Spot, state: State, effects: tuple[Effect, ...], now: datetime) -> int | None:
    """Seconds until the wait of the new stop is over."""
    if state.phase != "waiting":
        return None
    started = [effect for effect in effects if isinstance(effect, StartTimer)]
    if not started:
        return spot.timer if state.wait == spot.state.wait and spot.state.phase == "waiting" else None
    last = started[-1]
    if last.after_seconds is not None:
        return last.after_seconds
    return max(60, int((last.until - now).total_seconds())) if last.until else None


def reduced(state: State, kept: frozenset[str]) -> State:
    """The state without what cannot matter later: how many turns there were, when they were, what nobody looks at."""
    handed = state.phase == "handed_off"  # whoever hands back begins anew
    return replace(
        state,
        turn=0,
        wait=0,
        misses=0 if handed else min(state.misses, 3),
        tries=0 if handed else min(state.tries, 4),
        said_at=NOW if state.disclosed else None,
        language=None,
        prompted_by=state.prompted_by if state.phase == "coupon" else None,
        resume=state.resume if state.phase == "coupon" else None,
        refused=0,
        spoke=state.spoke if state.phase == "waiting" else None,
        values={name: value for name, value in state.values.items() if name in kept and value is not None},
    )


def key(spot: Spot) -> object:
    state = spot.state
    return (
        state.node,
        state.phase,
        state.misses,
        state.tries,
        state.prompted_by is None,
        state.resume,
        state.again and state.spoke,
        state.disclosed,
        state.outcome,
        tuple(sorted((name, str(value)) for name, value in state.values.items())),
        spot.held,
        spot.timer,
        spot.spoken,
        spot.stopped,
    )
