"""Where a customer may be: candidate states and candidate zones, never one guess.

Owns the order of evidence (R27): ZIP or address first, then the area code. Whoever uses a Place must hold every rule in
every candidate (R47); no candidate means no text (R48), and the machine's own zone is never an answer.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.compliance.areas import Areas, areas, zones_abroad
from bot.phones import country_of
from flows.zones import zone_named

_WINTER = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""An instant to compare zones' offsets at; which one does not matter for the order of American zones."""

_TERRITORIES = frozenset({"PR", "VI", "GU", "AS", "MP"})
"""Countries of their own in phone metadata and many exports; states as far as our rules go."""

_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?")
_CANADIAN = re.compile(r"([A-Z]\d[A-Z])\s*-?\s*\d[A-Z]\d")


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody may be.

    `country` is the number's ISO country, territories of the US counted to it. `regions` are candidate states or
    provinces, `zones` candidate IANA zones; no zone means that nobody knows, and then nothing may be sent that has to
    keep hours. `how`: postcode, region, area_code, address_and_number, country_code, told, military, nothing.
    """

    country: str | None
    regions: tuple[str, ...]
    zones: tuple[str, ...]
    how: str


def place_of(
    phone: str, *, country: str | None = None, region: str | None = None, postcode: str | None = None
) -> Place:
    """The place of an E.164 number whose owner gave this address (all of it optional).

    An address in another country than the number's does not replace it: then both count, and the hours of both hold.
    Where the address's country is outside +1, nobody knows whose hours hold, and no zone is given.
    """
    by_number = _place_of_number(phone)
    by_address = _place_of_address(country or by_number.country, region, postcode)
    if by_address is None or (by_address.how == "nothing" and by_address.country == by_number.country):
        return by_number
    if by_address.country == by_number.country:
        return by_address
    if not by_address.zones or not by_number.zones or by_address.country not in ("US", "CA"):
        return Place(by_number.country, (), (), "address_and_number")
    return Place(
        by_number.country,
        _merge(by_address.regions, by_number.regions),
        _merge(by_address.zones, by_number.zones),
        "address_and_number",
    )


def place_in_zone(phone: str, name: str) -> Place:
    """The place of somebody who told their zone; the states are still those of the number.

    Raises ValueError for a zone that the pinned data does not have.
    """
    zone_named(name)
    by_number = _place_of_number(phone)
    return Place(by_number.country, by_number.regions, (name,), "told")


def speaking_zone(place: Place, shop_zone: str) -> str:
    """The one zone in which dates are said to this customer.

    The shop's own when it is a candidate or nothing is known; else the westernmost candidate, in whose clock an end is
    never named later than it comes.
    """
    if not place.zones or shop_zone in place.zones:
        return shop_zone
    return min(place.zones, key=lambda name: (_offset(name), name))


def region_code(text: str | None) -> str | None:
    """`fl`, `US-FL` or `FL` as FL; None for what is no state or province of ours."""
    if not text:
        return None
    code = text.strip().upper()
    code = code[3:] if code.startswith(("US-", "CA-")) else code
    return code if code in areas().countries else None


def _place_of_number(phone: str) -> Place:
    known = areas()
    if not phone.startswith("+1"):
        country = country_of(phone)
        return Place(country, (), zones_abroad(country, phone.lstrip("+")), "country_code")
    code = phone[2:5]
    regions = known.codes.get(code, ())
    if regions:
        return Place(known.countries[regions[0]], regions, _zones_of_code(known, code, regions), "area_code")
    country = country_of(phone)
    if country in ("US", "CA"):  # toll-free, 500-type, or a code that is not in the table yet (R48)
        return Place(country, (), (), "nothing")
    return Place(country, (), zones_abroad(country, phone.lstrip("+")), "country_code")


def _zones_of_code(known: Areas, code: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    found = known.code_zones.get(code)
    return found if found else _merge(*(known.state_zones[region] for region in regions))


def _place_of_address(country: str | None, region: str | None, postcode: str | None) -> Place | None:
    """The place that an address tells, or None when it tells nothing."""
    known = areas()
    country = country.strip().upper() if country else None
    if country in _TERRITORIES:
        country, region = "US", country
    if country is None:
        return None
    if country not in ("US", "CA"):
        zones = _by_postcode_abroad(known, country, postcode)
        return Place(country, (), zones, "postcode" if zones else "nothing")
    state = region_code(region)
    if state is not None and known.countries[state] != country:
        state = None
    found = _by_zip(known, postcode) if country == "US" else _by_canadian(known, postcode)
    if found is None:
        return Place(country, (state,), known.state_zones[state], "region") if state else None
    regions, zones = found
    if not zones:
        return Place(country, (), (), "military")
    if state is None or state in regions:
        kept = regions if state is None or len(regions) == 1 else (state,)
        return Place(country, kept, zones, "postcode")
    return Place(country, _merge(regions, (state,)), _merge(zones, known.state_zones[state]), "postcode")


def _by_zip(known: Areas, postcode: str | None) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """State and zones of a US ZIP. A ZIP of four digits lost its zero in a spreadsheet."""
    text = (postcode or "").strip()
    match = _ZIP.fullmatch(text.zfill(5) if re.fullmatch(r"\d{3,5}", text) else text)
    if match is None:
        return None
    zip3 = match[1][:3]
    if zip3 in known.military:
        return (), ()
    state = known.zip_states.get(zip3)
    if state is None:
        return None
    return (state,), known.zip_zones.get(zip3, known.state_zones[state])


def _by_canadian(known: Areas, postcode: str | None) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    match = _CANADIAN.fullmatch((postcode or "").strip().upper())
    if match is None or match[1][0] not in known.canada_provinces:
        return None
    provinces = known.canada_provinces[match[1][0]]
    for length in (3, 2, 1):
        if match[1][:length] in known.canada_zones:
            return provinces, known.canada_zones[match[1][:length]]
    return provinces, _merge(*(known.state_zones[province] for province in provinces))


def _by_postcode_abroad(known: Areas, country: str, postcode: str | None) -> tuple[str, ...]:
    """The zone of a postcode outside North America; empty where that country's tell nothing."""
    text = (postcode or "").strip()
    prefixes = known.abroad_postcodes.get(country, {})
    if not re.fullmatch(r"\d{3,5}", text):
        return ()
    if country == "ES":
        text = text.zfill(5)  # 8001 (Barcelona) lost its zero in a spreadsheet
    elif country == "AU":
        text = text.zfill(4)
    return next((prefixes[text[:n]] for n in range(len(text), 0, -1) if text[:n] in prefixes), ())


def _merge(*groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({name for group in groups for name in group}))


@functools.cache
def _offset(name: str) -> timedelta:
    return _WINTER.astimezone(zone_named(name)).utcoffset() or timedelta()
