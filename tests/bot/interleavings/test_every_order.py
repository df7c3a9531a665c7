"""All orders of two workers, the webhook, the lease sweep, staff and the carrier, on the model: no promise is broken.

And each guard is needed: without it some order breaks one, and the shortest such order is printed (`pytest -rP`, or
`python -m tests.bot.interleavings`).
"""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path

import pytest

from tests.bot.interleavings.accidents import ACCIDENTS, Accident
from tests.bot.interleavings.actors import Scenario
from tests.bot.interleavings.exploring import Explored, explore, shortest
from tests.bot.interleavings.guards import ALL, Guards
from tests.bot.interleavings.scenarios import SCENARIOS, named
from tests.bot.interleavings.telling import in_words

PAGE = Path(__file__).parents[3] / "docs" / "never-twice.md"


@functools.cache
def explored(scenario: Scenario) -> Explored:
    """Once a session, for all tests that want the figures."""
    return explore(scenario, Guards())


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_no_order_breaks_a_promise(scenario: Scenario) -> None:
    """I2, I4, I6, and every reply is answered once or a person has it; and nobody waits for ever."""
    found = explored(scenario)
    sys.stdout.write(f"{scenario.name}: {found.schedules:,} interleavings, {found.states:,} states\n")
    assert found.ends > 1


@pytest.mark.slow
@pytest.mark.parametrize("accident", ACCIDENTS, ids=lambda each: f"{each.guard}: {each.promise}")
def test_every_guard_is_needed(accident: Accident) -> None:
    """Left out, it is found; in its place, the same search finds nothing."""
    scenario = named(accident.scenario)
    found = shortest(scenario, accident.out, accident.promise)
    assert found is not None
    sys.stdout.write(f"without «{accident.guard}»:\n{in_words(found)}\n")
    if accident.behind:
        assert shortest(scenario, accident.kept, accident.promise) is None
    else:
        explored(scenario)  # with all guards there is none at all


def test_every_guard_has_its_accident() -> None:
    """So that a new one cannot be added without."""
    assert {accident.guard for accident in ACCIDENTS} == set(ALL)


@pytest.mark.slow
def test_the_page_has_these_figures() -> None:
    """docs/never-twice.md names how much was looked at."""
    states = sum(explored(scenario).states for scenario in SCENARIOS)
    schedules = sum(explored(scenario).schedules for scenario in SCENARIOS)
    sys.stdout.write(f"together: {schedules:,} interleavings, {states:,} states, 0 violations\n")
    page = re.sub(r"\s+", " ", PAGE.read_text("utf-8"))
    assert f"{schedules:,} interleavings" in page
    assert f"{states:,} states" in page
    assert all(guard in page for guard in ALL)
