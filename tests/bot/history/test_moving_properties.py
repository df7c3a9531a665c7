"""Any old flow, any new flow, any map: whoever moves stands at a node that exists, and waits for an end or for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.history.migrate import mark_of
from bot.history.moving import Moved, destination, exists, may_wait_at, moved
from flows import codec
from flows.definition import Flow
from flows.effects import RequestCoupon, StartTimer
from flows.engine import advance, begin
from flows.events import CouponUnavailable, Event, HandedBack, Started, TimerFired
from flows.facts import Facts
from flows.state import State
from tests.flows import random_flows
from tests.support.examples import examples

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


class Timer:
    """A row of the armed timer, as far as a move looks at it."""

    def __init__(self, due_at: datetime | None, after_seconds: int | None) -> None:
        self.due_at, self.after_seconds = due_at, after_seconds


def lived(flow: Flow, happened: list[Event], facts: Facts) -> tuple[State, Timer | None]:
    """Where somebody stands after all that, and the timer that is armed."""
    state, timer = begin(flow), None
    for event in [Started(), *happened]:
        pending = [event]
        while pending:
            state, effects = advance(flow, state, pending.pop(0), facts, NOW)
            for each in effects:
                if isinstance(each, StartTimer):
                    due = each.until or NOW + timedelta(seconds=each.after_seconds or 0)
                    timer = Timer(due, each.after_seconds)
                if isinstance(each, RequestCoupon):
                    pending.append(CouponUnavailable(each.offer, "dry"))
    return state, timer if state.phase == "waiting" else None


@settings(max_examples=examples(100))
@given(data=st.data(), old=random_flows.flows(most=5), new=random_flows.flows(most=5))
def test_whoever_moves_is_not_stranded(data: st.DataObject, old: Flow, new: Flow) -> None:
    facts = data.draw(random_flows.facts(old))
    state, timer = lived(old, data.draw(st.lists(random_flows.events(old), max_size=4)), facts)
    waits = [name for name in old.nodes if may_wait_at(old, name)]
    if state.phase in ("ended", "coupon") and waits:  # somebody else, then, who waits
        place = data.draw(st.sampled_from(waits))
        state, timer = State(old.hash, place, "waiting", turn=3, wait=2), Timer(NOW + timedelta(days=1), None)
    if state.phase in ("ended", "coupon"):
        return
    names = st.sampled_from([*new.nodes, "no_such_node"])
    node_map = {state.node: data.draw(names)} if data.draw(st.booleans()) else {}
    node = destination(new, state.node, state.phase, node_map)
    if node is None:  # they stay on theirs, where they wait as before
        return
    mark = mark_of(old, new, state, node, timer, facts, NOW)
    assert codec.decode(Moved, codec.encode(mark)) == mark
    after, effects = moved(new, state, mark, facts, NOW)
    assert exists(new, after.node)
    assert (after.phase, after.turn, after.values) == (state.phase, state.turn + 1, state.values)
    assert after.revision == new.hash
    if after.phase == "waiting" and not new.desk:
        (timed,) = effects
        assert isinstance(timed, StartTimer)
        assert timed.wait == after.wait == state.wait + 1
        assert timed.until is not None
        woken, come = advance(new, after, TimerFired(after.wait), facts, timed.until)
        assert (woken, come) != (after, ()), "silence leads on"
        assert advance(new, after, TimerFired(state.wait), facts, NOW) == (after, ()), (
            "an old timer does nothing"
        )
    if after.phase == "handed_off":
        back, _ = advance(new, after, HandedBack(None), facts, NOW)
        assert back.phase == "waiting"
