"""Where a customer may be: evidence in order, and no guess."""

from __future__ import annotations

import pytest

from bot.compliance.places import Place, place_in_zone, place_of, region_code, speaking_zone

ET, CT, MT, PT = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"


@pytest.mark.parametrize(
    ("phone", "address", "regions", "zones"),
    [
        pytest.param("+14155550123", {}, {"CA"}, {PT}, id="R46 one zone"),
        pytest.param("+12192001234", {}, {"IN"}, {ET, CT}, id="R45 northwest Indiana is not only Eastern"),
        pytest.param("+12705550123", {}, {"KY"}, {ET, CT}, id="R45 west Kentucky"),
        pytest.param("+14235550123", {}, {"TN"}, {ET, CT}, id="R45 Chattanooga"),
        pytest.param("+14485550123", {}, {"FL"}, {ET, CT}, id="R45 overlay of 850"),
        pytest.param("+16895550123", {}, {"FL"}, {ET}, id="R45 Orlando's overlay is Eastern"),
        pytest.param("+19285550123", {}, {"AZ"}, {"America/Phoenix", MT}, id="R49 Navajo Nation"),
        pytest.param("+12125550123", {"postcode": "94105"}, {"CA"}, {PT}, id="R27 ZIP beats area code"),
        pytest.param("+12125550123", {"postcode": "94105-1234"}, {"CA"}, {PT}, id="R27 ZIP+4"),
        pytest.param("+12125550123", {"postcode": "501"}, {"NY"}, {ET}, id="R27 ZIP without its zeros"),
        pytest.param("+12125550123", {"region": "US-tn"}, {"TN"}, {ET, CT}, id="R27 state alone, both zones"),
        pytest.param("+12125550123", {"postcode": "37402"}, {"TN"}, {ET}, id="R27 Chattanooga by ZIP"),
        pytest.param("+12125550123", {"postcode": "37311"}, {"TN"}, {ET, CT}, id="R27 ZIP prefix over the line"),
        pytest.param("+12125550123", {"postcode": "82001", "region": "CA"}, {"CA", "WY"}, {MT, PT}, id="R47 in doubt both"),
        pytest.param("+12125550123", {"postcode": "rubbish"}, {"NY"}, {ET}, id="R27 rubbish is no evidence"),
        pytest.param("+17875550123", {"country": "PR"}, {"PR"}, {"America/Puerto_Rico"}, id="R156 territory"),
        pytest.param("+14165550123", {}, {"ON"}, {"America/Toronto"}, id="R156 Canada within +1"),
        pytest.param("+16045550123", {"postcode": "T2P 1J9", "country": "CA"}, {"AB"}, {"America/Edmonton"}, id="R27 Canadian postcode"),
        pytest.param("+14165550123", {"country": "US", "postcode": "94105"}, {"CA", "ON"}, {"America/Toronto", PT}, id="R47 number and address in two countries"),
    ],
)  # fmt: skip
def test_candidates(phone: str, address: dict[str, str], regions: set[str], zones: set[str]) -> None:
    place = place_of(phone, **address)
    assert set(place.regions) == regions
    assert set(place.zones) == zones


@pytest.mark.parametrize(
    ("phone", "address"),
    [
        pytest.param("+18005550123", {}, id="R48 toll-free"),
        pytest.param("+15005550006", {}, id="R48 500-type"),
        pytest.param("+12125550123", {"postcode": "09123", "country": "US"}, id="R48 military mail"),
        pytest.param("+12125550123", {"country": "DE"}, id="R48 an address abroad"),
    ],
)
def test_nobody_knows(phone: str, address: dict[str, str]) -> None:
    assert place_of(phone, **address).zones == ()


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        pytest.param("+12425550123", "BS", id="R156 Bahamas"),
        pytest.param("+18765550123", "JM", id="R156 Jamaica"),
        pytest.param("+18095550123", "DO", id="R156 Dominican Republic"),
        pytest.param("+442079460000", "GB", id="R156 United Kingdom"),
        pytest.param("+61891641234", "CX", id="R49 Christmas Island is not Australia"),
        pytest.param("+447911123456", "GG", id="R49 a British mobile range of Guernsey"),
    ],
)
def test_the_country_is_the_numbers(phone: str, country: str) -> None:
    assert place_of(phone).country == country


MADRID, CANARIES = "Europe/Madrid", "Atlantic/Canary"


@pytest.mark.parametrize(
    ("phone", "postcode", "zones"),
    [
        pytest.param("+442079460000", None, {"Europe/London"}, id="Britain has one clock"),
        pytest.param("+447700900123", "SW1A 1AA", {"Europe/London"}, id="a British postcode says no more"),
        pytest.param("+353861234567", None, {"Europe/Dublin"}, id="Ireland"),
        pytest.param("+4915112345678", "10115", {"Europe/Berlin"}, id="Germany"),
        pytest.param("+33612345678", None, {"Europe/Paris"}, id="France"),
        pytest.param(
            "+34612345678", None, {MADRID, CANARIES}, id="R45 a Spanish mobile may be in the Canaries"
        ),
        pytest.param("+34612345678", "38001", {CANARIES}, id="R27 Tenerife"),
        pytest.param("+34612345678", "08001", {MADRID}, id="R27 Barcelona"),
        pytest.param("+34612345678", "8001", {MADRID}, id="R27 Barcelona without its zero"),
        pytest.param("+34612345678", "99999", {MADRID, CANARIES}, id="no such province"),
        pytest.param("+61412345678", "6000", {"Australia/Perth"}, id="R27 Perth"),
        pytest.param("+61412345678", "2000", {"Australia/Sydney"}, id="R27 Sydney"),
        pytest.param("+61412345678", "800", {"Australia/Darwin"}, id="R27 Darwin without its zero"),
    ],
)
def test_abroad_a_mobile_number_may_be_anywhere_in_its_country(
    phone: str, postcode: str | None, zones: set[str]
) -> None:
    assert set(place_of(phone, postcode=postcode).zones) == zones


@pytest.mark.parametrize("postcode", [None, "2880", "6443", "rubbish"])
def test_r45_an_australian_mobile_is_not_only_in_sydney(postcode: str | None) -> None:
    zones = place_of("+61412345678", postcode=postcode).zones
    assert {"Australia/Perth", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney"} <= set(zones)


@pytest.mark.parametrize("country", ["GB", "ES", "FR"])
def test_r48_an_address_in_another_country_outside_america_gives_no_zone(country: str) -> None:
    assert place_of("+12125550123", country=country, postcode="28001").zones == ()
    assert place_of("+4915112345678", country=country, postcode="28001").zones == ()


def test_a_toll_free_number_with_an_address_is_where_the_address_is() -> None:
    assert place_of("+18005550123", region="fl").regions == ("FL",)


def test_a_country_that_is_spelled_like_a_state_is_still_a_country() -> None:
    assert place_of("+14155550123", country="DE", postcode="10115").regions == ()
    assert place_of("+14155550123", country="CA", region="BC").zones != (PT,)


def test_a_told_zone_replaces_the_candidates_and_keeps_the_states() -> None:
    assert place_in_zone("+18505550123", CT) == Place("US", ("FL",), (CT,), "told")
    with pytest.raises(ValueError, match="no time zone"):
        place_in_zone("+18505550123", "America/Nowhere")


@pytest.mark.parametrize(
    ("zones", "shop", "said"),
    [
        pytest.param((ET, CT), CT, CT, id="the shop's own when it may be"),
        pytest.param((ET, CT), PT, CT, id="else the westernmost"),
        pytest.param((), PT, PT, id="R48 unknown: the shop's, for words only"),
    ],
)
def test_dates_are_said_in_one_zone(zones: tuple[str, ...], shop: str, said: str) -> None:
    assert speaking_zone(Place("US", (), zones, "area_code"), shop) == said


def test_region_codes_are_read_as_people_write_them() -> None:
    assert [region_code(text) for text in ("fl", " US-FL ", "ZZ", "", None)] == ["FL", "FL", None, None, None]
