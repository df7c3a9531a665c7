"""`python -m tests.bot.interleavings`: every order, counted, and what each guard prevents, in words. Some seconds."""

from __future__ import annotations

import sys

from tests.bot.interleavings.accidents import ACCIDENTS
from tests.bot.interleavings.exploring import explore, shortest
from tests.bot.interleavings.guards import Guards
from tests.bot.interleavings.scenarios import SCENARIOS, named
from tests.bot.interleavings.telling import in_words


def main() -> None:
    """Print the table, then the accidents."""
    states = schedules = 0
    say = sys.stdout.write
    for scenario in SCENARIOS:
        found = explore(scenario, Guards())
        states, schedules = states + found.states, schedules + found.schedules
        say(f"{found.schedules:>12,} interleavings  {found.states:>7,} states  {scenario.name}\n")
    say(f"{schedules:>12,} interleavings  {states:>7,} states  together; violations: 0\n")
    for accident in ACCIDENTS:
        broken = shortest(named(accident.scenario), accident.out, accident.promise)
        assert broken is not None
        too = f" (and without {', '.join(accident.behind)})" if accident.behind else ""
        say(f"\nwithout «{accident.guard}»{too}: {accident.scenario}\n")
        say("".join(f"  {line}\n" for line in in_words(broken).splitlines()))


if __name__ == "__main__":
    main()
