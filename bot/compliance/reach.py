"""Where a flow's send window and the legal hours never meet: said at publishing, before anybody waits for ever.

Owns the question for whole states and countries. What holds for one customer at one instant is the gate's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from bot.compliance.areas import areas
from bot.compliance.places import Place
from bot.compliance.windows import next_opening
from flows.definition import Flow
from flows.parser import load_yaml
from flows.places import Places
from flows.problems import Problem

NORTH_AMERICA = frozenset({"US", "CA"})
"""What a flow is checked for where no shop says which countries its customers live in."""

_SEASONS = (datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 7, 13, tzinfo=UTC))
"""Mondays on either side of summer time: two clocks of one country may be further apart in one half of the year."""


def never_open(send_window: str, countries: Collection[str] = NORTH_AMERICA) -> tuple[str, ...]:
    """States (US-KY) and countries (AU) of these in which no text of that window could leave, in a part of the year.

    Raises ValueError for a send window that is not in windows.yml.
    """
    return tuple(
        name
        for name, place in _places(countries)
        if any(next_opening(place, season, send_window) is None for season in _SEASONS)
    )


def window_problems(
    flow: Flow, source: str, file: str, countries: Collection[str] = NORTH_AMERICA
) -> list[Problem]:
    """A warning when the flow's send window never opens in one of these countries, at the line that names it."""
    if flow.send_window == "any" or not (shut := never_open(flow.send_window, countries)):
        return []
    document, unreadable = load_yaml(source, file)
    if unreadable:
        return []
    return [
        Places(file, document).problem(
            "window-never-opens",
            ("texts", "send_window"),
            f"«{flow.send_window}» and the legal hours never meet, for a part of the year at least, in {', '.join(shut)}.",
            "Choose another window: customers there would get nothing from this flow.",
            "warning",
        )
    ]


def _places(countries: Collection[str]) -> Iterator[tuple[str, Place]]:
    known = areas()
    for state, country in known.countries.items():
        if country in countries:
            yield f"{country}-{state}", Place(country, (state,), known.state_zones[state], "region")
    for country, zones in known.abroad_zones.items():
        if country in countries:
            yield country, Place(country, (), zones, "country_code")
