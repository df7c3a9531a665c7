"""Where a turn led, for the table of stops: from which stop, by what, what was said, and to where. Writes nothing down but the
stop at which a code was asked for, which is only a step on the way."""

from __future__ import annotations

from typing import TypeAlias

from bot.simulate.records import Passage
from flows.effects import Effect, SendText
from flows.events import CouponReady, CouponUnavailable, Event, Replied, Started, TimerFired
from flows.state import State

Stop: TypeAlias = tuple[str, str | None, tuple[str, ...], str]


def stop_of(
    passage: Passage, before: State, event: Event, effects: tuple[Effect, ...], after: State
) -> Stop | None:
    """As `Log.stops` keeps it; None for what leads nowhere by itself."""
    if passage.flow.desk or not isinstance(
        event, (Started, Replied, TimerFired, CouponReady, CouponUnavailable)
    ):
        return None
    here = "" if isinstance(event, Started) else before.node
    by = event.reading.intent if isinstance(event, Replied) else None
    if isinstance(event, (CouponReady, CouponUnavailable)) and passage.asked_from is not None:
        here, by = passage.asked_from  # the code was only a step on the way
    if after.phase == "coupon":
        passage.asked_from = (here, by)
        return None
    passage.asked_from = None
    said = tuple(effect.node for effect in effects if isinstance(effect, SendText))
    match after.phase:
        case "ended":
            to = f"(ends: {after.outcome})"
        case "handed_off":
            to = "(a person)"
        case _:
            to = after.node
    return here, by, said, to
