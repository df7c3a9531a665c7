"""The tables of places, checked against the phone library's own and against themselves."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

from bot.compliance.areas import areas
from flows.zones import zone_named

STATES = """Alabama AL,Alaska AK,Arizona AZ,Arkansas AR,California CA,Colorado CO,Connecticut CT,Delaware DE,Florida FL,
Georgia GA,Hawaii HI,Idaho ID,Illinois IL,Indiana IN,Iowa IA,Kansas KS,Kentucky KY,Louisiana LA,Maine ME,Maryland MD,
Massachusetts MA,Michigan MI,Minnesota MN,Mississippi MS,Missouri MO,Montana MT,Nebraska NE,Nevada NV,New Hampshire NH,
New Jersey NJ,New Mexico NM,New York NY,North Carolina NC,North Dakota ND,Ohio OH,Oklahoma OK,Oregon OR,Pennsylvania PA,
Rhode Island RI,South Carolina SC,South Dakota SD,Tennessee TN,Texas TX,Utah UT,Vermont VT,Virginia VA,Washington WA,
Washington State WA,West Virginia WV,Wisconsin WI,Wyoming WY,Washington D.C. DC,Alberta AB,British Columbia BC,
British Colombia BC,Manitoba MB,New Brunswick NB,Newfoundland and Labrador NL,Nova Scotia/Prince Edward Island NS,
Ontario ON,Quebec QC,Saskatchewan SK,Northwest Territories/Nunavut/Yukon NT"""
BY_NAME = {row.strip()[:-3]: row.strip()[-2:] for row in STATES.replace("\n", "").split(",")}
WINTER, SUMMER = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)


def test_every_area_code_lies_where_the_phone_library_says() -> None:
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for prefix, names in GEOCODE_DATA.items():
        if not prefix.startswith("1") or len(prefix) < 4 or "en" not in names:
            continue
        ends = re.search(r"\b([A-Z]{2})$", names["en"])
        state = BY_NAME.get(names["en"]) or (ends[1] if ends else None)
        if state:
            seen[prefix[1:4]][state] += 1
    known = areas()
    ours = {code: states for code, states in known.codes.items() if code in seen}
    assert len(ours) > 380
    wrong = {
        code: (states, seen[code])
        for code, states in ours.items()
        if seen[code].most_common(1)[0][0] not in states
    }
    assert wrong == {}


def test_no_geographic_area_code_of_the_phone_library_is_missing() -> None:
    listed = {prefix[1:4] for prefix in TIMEZONE_DATA if prefix.startswith("1") and len(prefix) >= 4}
    abroad = {
        "242",
        "246",
        "264",
        "268",
        "284",
        "345",
        "441",
        "473",
        "649",
        "658",
        "664",
        "721",
        "758",
        "767",
        "784",
        "809",
        "829",
        "849",
        "868",
        "869",
        "876",
    }
    assert listed - set(areas().codes) - abroad == set()


@pytest.mark.parametrize("code", sorted(areas().codes))
def test_an_area_code_has_no_zone_that_its_states_have_not(code: str) -> None:
    """Compared by offset in winter and summer: names differ for the same clock."""
    known = areas()
    assert known.code_zones[code], "a geographic area code without a zone could never be texted"
    theirs = {_clock(name) for state in known.codes[code] for name in known.state_zones[state]}
    extra = {name for name in known.code_zones[code] if _clock(name) not in theirs}
    # the phone library's own zones, a little too wide: that can only shorten the hours
    wider = {"907": {"Pacific/Honolulu"}, "867": {"America/Fort_Nelson", "America/Vancouver"}}
    assert extra <= wider.get(code, set())


@pytest.mark.parametrize(
    "code",
    [
        "208",
        "219",
        "250",
        "270",
        "308",
        "418",
        "423",
        "541",
        "574",
        "605",
        "606",
        "620",
        "701",
        "709",
        "775",
        "785",
        "807",
        "812",
        "850",
        "867",
        "879",
        "906",
        "907",
        "928",
        "986",
    ],
)
def test_r46_these_area_codes_span_two_clocks(code: str) -> None:
    assert len({_clock(name) for name in areas().code_zones[code]}) > 1


@pytest.mark.parametrize(
    ("overlay", "code"), [("448", "850"), ("364", "270"), ("930", "812"), ("458", "541"), ("986", "208")]
)
def test_r46_an_overlay_has_the_zones_of_the_code_beneath(overlay: str, code: str) -> None:
    assert areas().code_zones[overlay] == areas().code_zones[code]


def test_every_zone_exists_in_the_pinned_data_and_every_state_has_one() -> None:
    known = areas()
    for table in (known.code_zones, known.state_zones, known.zip_zones, known.canada_zones):
        for zones in table.values():
            assert all(zone_named(name) for name in zones)
    assert set(known.countries) == set(known.state_zones)


def test_a_zip_prefix_with_one_zone_lies_in_a_state_with_that_zone() -> None:
    known = areas()
    for zip3, (name,) in known.zip_zones.items():
        assert name in known.state_zones[known.zip_states[zip3]], zip3


def test_no_zip_prefix_is_both_military_and_a_state() -> None:
    assert areas().military & set(areas().zip_states) == set()


def _clock(name: str) -> tuple[object, object]:
    return WINTER.astimezone(zone_named(name)).utcoffset(), SUMMER.astimezone(zone_named(name)).utcoffset()
