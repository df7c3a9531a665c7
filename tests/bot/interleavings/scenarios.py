"""The beginnings that are explored: what waits already, and what the customer says meanwhile."""

from __future__ import annotations

from tests.bot.interleavings.actors import Scenario
from tests.bot.interleavings.model import World

ENROLLED = World(signals=(("started", -1),))
"""The flow has just begun: its first turn writes the opener."""
WAITING = World(timer=True, floor=True)
"""The opener was sent days ago, and the flow's silence is over: the next turn writes a reminder."""
IDLE = World(flow_lives=False)
"""No flow: the front desk answers."""

SCENARIOS = (
    Scenario("a reply to an opener", ENROLLED, ("R1",)),
    Scenario("a reply, delivered twice", IDLE, ("R1", "R1")),
    Scenario("a reply when the reminder is due", WAITING, ("R1",)),
    Scenario("two replies, one after the other", IDLE, ("R1", "R2")),
    Scenario("two replies to a flow", WAITING, ("R1", "R2")),
    Scenario("a stop when the opener is due", ENROLLED, ("S1",)),
    Scenario("a stop, delivered twice", WAITING, ("S1", "S1")),
    Scenario("a stop, said twice", IDLE, ("S1", "S2")),
    Scenario("a reply, then a stop", WAITING, ("R1", "S1")),
    Scenario("a stop, then a reply", ENROLLED, ("S1", "R1")),
    Scenario("a stop that only the model finds", WAITING, ("M1",)),
    Scenario("a reply, then such a stop", IDLE, ("R1", "M1")),
    Scenario("taken over and handed back", ENROLLED, ("R1",), staff=("take over", "hand back")),
    Scenario("a reply, and the carrier reports", IDLE, ("R1",), carrier=True),
    # with nobody who takes over, no person sees what the bot leaves undone
    Scenario("a reply to an opener, left alone", ENROLLED, ("R1",), staff=()),
    Scenario("two replies to a flow, left alone", WAITING, ("R1", "R2"), staff=()),
    Scenario("a reply, then a stop, left alone", WAITING, ("R1", "S1"), staff=()),
    Scenario("a stop, then a reply, left alone", IDLE, ("S1", "R1"), staff=()),
    Scenario("a reply, then a stop of the model's, left alone", IDLE, ("R1", "M1"), staff=()),
    Scenario("a question, then a stop, left alone", WAITING, ("Q1", "S1"), staff=()),
    Scenario("a question, then a stop of the model's, left alone", IDLE, ("Q1", "M1"), staff=()),
)


def named(name: str) -> Scenario:
    """The scenario of that name."""
    return next(scenario for scenario in SCENARIOS if scenario.name == name)
