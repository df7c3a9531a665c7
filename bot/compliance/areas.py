"""What `areas.yml` says, as lookups: area codes, ZIP prefixes and Canadian postcodes to states and zones.

Owns the reading of that file and the union of zones of an area code. Decides nothing: bot.compliance.places does.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from phonenumbers.tzdata import TIMEZONE_DATA
from ruamel.yaml import YAML

Zones = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Areas:
    """The tables. States and provinces share one space of two-letter codes: none occurs in both countries."""

    version: str
    countries: Mapping[str, str]
    """State or province -> US or CA. Territories such as PR count as US."""
    codes: Mapping[str, tuple[str, ...]]
    """Area code -> states or provinces."""
    code_zones: Mapping[str, Zones]
    """Area code -> every zone that any number of it may be in (R46)."""
    state_zones: Mapping[str, Zones]
    zip_states: Mapping[str, str]
    zip_zones: Mapping[str, Zones]
    """ZIP prefix -> its zone, only where it is beyond doubt."""
    military: frozenset[str]
    canada_provinces: Mapping[str, tuple[str, ...]]
    canada_zones: Mapping[str, Zones]
    abroad_zones: Mapping[str, Zones]
    """Country outside +1 -> every zone in it that a mobile number of it may be in."""
    abroad_postcodes: Mapping[str, Mapping[str, Zones]]
    """Country outside +1 -> prefix of a postcode -> its zone."""


@functools.cache
def areas() -> Areas:
    """The shipped tables, read once."""
    text = resources.files("bot.compliance").joinpath("areas.yml").read_text("utf-8")
    data = YAML(typ="safe").load(text)
    countries, codes = {}, dict[str, tuple[str, ...]]()
    for country, states in data["area_codes"].items():
        for state, listed in states.items():
            countries[state] = country
            for code in listed.split():
                codes[code] = (*codes.get(code, ()), state)
    return Areas(
        version=str(data["version"]),
        countries=countries,
        codes=codes,
        code_zones=_code_zones(codes, data["zones_like"]),
        state_zones={
            state: tuple(row["zones"].split())
            for row in data["state_zones"].values()
            for state in row["states"].split()
        },
        zip_states={zip3: state for state, spans in data["zip3_states"].items() for zip3 in _expand(spans)},
        zip_zones={zip3: (zone,) for zone, spans in data["zip3_zones"].items() for zip3 in _expand(spans)},
        military=frozenset(_expand(data["military"])),
        canada_provinces={
            letter: tuple(listed.split()) for letter, listed in data["canada_postcodes"].items()
        },
        canada_zones={
            prefix: (zone,) for zone, listed in data["canada_zones"].items() for prefix in listed.split()
        },
        abroad_zones={country: tuple(row["zones"].split()) for country, row in data["abroad"].items()},
        abroad_postcodes={
            country: {
                prefix: (zone,)
                for zone, listed in row.get("postcodes", {}).items()
                for prefix in str(listed).split()
            }
            for country, row in data["abroad"].items()
        },
    )


def zones_abroad(country: str | None, digits: str) -> Zones:
    """The zones of a number outside the US and Canada; empty when unknown.

    Where the country has a profile, all of its zones; elsewhere what the phone library says of the longest prefix.
    """
    profiled = areas().abroad_zones.get(country or "")
    if profiled is not None:
        return profiled
    for length in range(len(digits), 0, -1):
        found = TIMEZONE_DATA.get(digits[:length])
        if found:
            return tuple(zone for zone in found if zone != "Etc/Unknown")
    return ()


def _code_zones(codes: Iterable[str], like: Mapping[str, str]) -> dict[str, Zones]:
    """R46: the union over all entries under 1 + code. An overlay takes the code that it lies over instead."""
    union: dict[str, dict[str, None]] = {}
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            union.setdefault(prefix[1:4], {}).update(dict.fromkeys(zones))
    own = {code: tuple(sorted(zones)) for code, zones in union.items()}
    return {code: own[like.get(code, code)] for code in codes if like.get(code, code) in own}


def _expand(spans: str) -> Iterator[str]:
    """`006-007 009` as 006, 007, 009."""
    for span in spans.split():
        first, _, last = span.partition("-")
        for number in range(int(first), int(last or first) + 1):
            yield f"{number:03d}"
