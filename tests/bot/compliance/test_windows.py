"""Hours: every row, every clock, DST nights, and the file's own health."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compliance.areas import areas
from bot.compliance.book import book, read_book, strictest
from bot.compliance.places import Place, place_of
from bot.compliance.windows import HORIZON_DAYS, ever_opens, next_opening, window_at
from flows.zones import zone_named

OPEN, SHUT = True, False
SF = place_of("+14155550123")


def local(text: str, name: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone_named(name)).astimezone(UTC)


def in_state(state: str, name: str) -> Place:
    return Place("US", (state,), (name,), "postcode")


# 2026-11-23 is a Monday, 22 a Sunday, 26 Thanksgiving.
HOURS = [
    ("R23 federal 08-21 VA", "VA", "America/New_York", "2026-11-23T07:59", SHUT),
    ("R23 federal 08-21 VA", "VA", "America/New_York", "2026-11-23T08:00", OPEN),
    ("R23 federal 08-21 VA", "VA", "America/New_York", "2026-11-23T20:59", OPEN),
    ("R23 federal 08-21 VA", "VA", "America/New_York", "2026-11-23T21:00", SHUT),
    ("R40 FL", "FL", "America/New_York", "2026-11-22T08:00", OPEN),
    ("R40 FL", "FL", "America/New_York", "2026-11-22T20:00", SHUT),
    ("R40 OK", "OK", "America/Chicago", "2026-11-23T20:00", SHUT),
    ("R40 WA", "WA", "America/Los_Angeles", "2026-11-23T20:00", SHUT),
    ("R40 MD", "MD", "America/New_York", "2026-11-23T20:00", SHUT),
    ("R40 OR", "OR", "America/Los_Angeles", "2026-11-23T20:00", SHUT),
    ("R40 TX weekday", "TX", "America/Chicago", "2026-11-23T08:59", SHUT),
    ("R40 TX weekday", "TX", "America/Chicago", "2026-11-23T20:59", OPEN),
    ("R40 TX Sunday", "TX", "America/Chicago", "2026-11-22T11:59", SHUT),
    ("R40 TX Sunday", "TX", "America/Chicago", "2026-11-22T12:00", OPEN),
    ("R40 CT", "CT", "America/New_York", "2026-11-23T08:59", SHUT),
    ("R40 KY", "KY", "America/New_York", "2026-11-23T09:59", SHUT),
    ("R40 KY", "KY", "America/New_York", "2026-11-23T20:59", OPEN),
    ("R40 NV", "NV", "America/Los_Angeles", "2026-11-23T20:00", SHUT),
    ("R40 IL", "IL", "America/Chicago", "2026-11-23T08:59", SHUT),
    ("R40 AL Sunday", "AL", "America/Chicago", "2026-11-22T14:00", SHUT),
    ("R40 AL Thanksgiving", "AL", "America/Chicago", "2026-11-26T14:00", SHUT),
    ("R40 AL Friday after", "AL", "America/Chicago", "2026-11-27T14:00", OPEN),
    ("R40 FL Thanksgiving", "FL", "America/New_York", "2026-11-26T14:00", OPEN),
    ("R40 LA Mardi Gras", "LA", "America/Chicago", "2026-02-17T14:00", SHUT),
    ("R40 MS July 4 observed", "MS", "America/Chicago", "2026-07-03T14:00", SHUT),
    ("R40 RI weekday", "RI", "America/New_York", "2026-11-23T18:00", SHUT),
    ("R40 RI weekend", "RI", "America/New_York", "2026-11-22T09:59", SHUT),
    ("R40 RI weekend", "RI", "America/New_York", "2026-11-22T16:59", OPEN),
    ("R40 RI Victory Day", "RI", "America/New_York", "2026-08-10T12:00", SHUT),
    ("R40 UT Sunday", "UT", "America/Denver", "2026-11-22T14:00", SHUT),
    ("R40 UT Pioneer Day", "UT", "America/Denver", "2026-07-24T14:00", SHUT),
    ("R40 UT Saturday", "UT", "America/Denver", "2026-11-21T14:00", OPEN),
    ("R40 SD Saturday", "SD", "America/Chicago", "2026-11-21T14:00", SHUT),
    ("R40 SD weekday", "SD", "America/Chicago", "2026-11-23T19:59", OPEN),
    ("R40 SC as R41", "SC", "America/New_York", "2026-11-23T08:30", SHUT),
    ("R40 PA Thanksgiving", "PA", "America/New_York", "2026-11-26T14:00", SHUT),
    ("R40 PA Sunday", "PA", "America/New_York", "2026-11-22T14:00", SHUT),
    ("R40 PA evening", "PA", "America/New_York", "2026-11-23T19:00", SHUT),
    ("R41 no row, NY", "NY", "America/New_York", "2026-11-23T08:59", SHUT),
    ("R41 no row, NY", "NY", "America/New_York", "2026-11-23T19:59", OPEN),
    ("R41 no row, NY", "NY", "America/New_York", "2026-11-23T20:00", SHUT),
    ("R41 no row, Sunday", "NY", "America/New_York", "2026-11-22T11:59", SHUT),
    ("R41 no row, Sunday", "NY", "America/New_York", "2026-11-22T12:00", OPEN),
    ("issue 2 rows count before their day", "TX", "America/Chicago", "1998-07-06T08:30", SHUT),
    ("issue 2 rows count before their day", "TX", "America/Chicago", "1998-07-06T09:00", OPEN),
]


@pytest.mark.parametrize(
    ("state", "name", "at", "is_open"), [row[1:] for row in HOURS], ids=[f"{r[0]} {r[3]}" for r in HOURS]
)
def test_hours(state: str, name: str, at: str, is_open: bool) -> None:
    assert (window_at(in_state(state, name), local(at, name)) is not None) is is_open


@pytest.mark.parametrize(
    ("phone", "at", "is_open"),
    [
        pytest.param("+18505550123", "2026-11-23T08:30-05:00", SHUT, id="R47 08:30 in Tallahassee, 07:30 in Pensacola"),
        pytest.param("+18505550123", "2026-11-23T09:00-05:00", OPEN, id="R47 08:00 in Pensacola"),
        pytest.param("+18505550123", "2026-11-23T20:00-05:00", SHUT, id="R47 20:00 in Tallahassee"),
        pytest.param("+19285550123", "2026-07-06T09:00-06:00", SHUT, id="R49 summer: Navajo 09:00, Phoenix 08:00"),
        pytest.param("+19285550123", "2026-07-06T10:00-06:00", OPEN, id="R49 summer: Phoenix 09:00"),
        pytest.param("+19285550123", "2026-12-07T09:00-07:00", OPEN, id="R49 winter: one clock"),
        pytest.param("+18005550123", "2026-11-23T14:00-05:00", SHUT, id="R48 toll-free: never"),
        pytest.param("+14165550123", "2026-11-21T17:59-05:00", OPEN, id="R155 Canada, Saturday"),
        pytest.param("+14165550123", "2026-11-21T18:00-05:00", SHUT, id="R155 Canada, Saturday evening"),
        pytest.param("+442079460000", "2026-11-23T09:00+00:00", OPEN, id="R150 Britain, Monday"),
        pytest.param("+442079460000", "2026-11-23T08:59+00:00", SHUT, id="R150 Britain, early"),
        pytest.param("+442079460000", "2026-07-06T08:00+00:00", OPEN, id="R150 Britain, summer time"),
        pytest.param("+442079460000", "2026-11-22T11:59+00:00", SHUT, id="R150 Britain, Sunday morning"),
        pytest.param("+353861234567", "2026-11-23T20:00+00:00", SHUT, id="R151 Ireland, evening"),
        pytest.param("+33612345678", "2026-11-23T09:00+01:00", OPEN, id="R151 France, Monday"),
        pytest.param("+33612345678", "2026-11-23T20:00+01:00", SHUT, id="R151 France, evening"),
        pytest.param("+33612345678", "2026-11-22T14:00+01:00", SHUT, id="R151 France, Sunday"),
        pytest.param("+33612345678", "2026-07-14T14:00+02:00", SHUT, id="R151 France, Bastille Day"),
        pytest.param("+33612345678", "2026-05-14T14:00+02:00", SHUT, id="R151 France, Ascension"),
        pytest.param("+4915112345678", "2026-12-26T14:00+01:00", SHUT, id="R151 Germany, Boxing Day"),
        pytest.param("+4915112345678", "2026-11-21T14:00+01:00", OPEN, id="R151 Germany, Saturday"),
        pytest.param("+34612345678", "2026-11-21T14:00+01:00", SHUT, id="R151 Spain, Saturday"),
        pytest.param("+34612345678", "2026-11-23T09:30+01:00", SHUT, id="R47 Spain: 08:30 in the Canaries"),
        pytest.param("+34612345678", "2026-11-23T10:00+01:00", OPEN, id="R47 Spain: 09:00 in the Canaries"),
        pytest.param("+34612345678", "2026-12-08T14:00+01:00", SHUT, id="R151 Spain, Immaculate Conception"),
        pytest.param("+61412345678", "2026-11-23T11:59+11:00", SHUT, id="R47 Australia: 08:59 in Perth"),
        pytest.param("+61412345678", "2026-11-23T12:00+11:00", OPEN, id="R47 Australia: 09:00 in Perth"),
        pytest.param("+61412345678", "2026-11-23T20:00+11:00", SHUT, id="R47 Australia: evening in Sydney"),
        pytest.param("+61412345678", "2026-11-21T16:59+11:00", OPEN, id="R151 Australia, Saturday"),
        pytest.param("+61412345678", "2026-11-22T14:00+11:00", SHUT, id="R151 Australia, Sunday"),
        pytest.param("+61412345678", "2027-01-26T14:00+11:00", SHUT, id="R151 Australia Day"),
    ],
)  # fmt: skip
def test_every_candidate_clock_counts(phone: str, at: str, is_open: bool) -> None:
    assert (window_at(place_of(phone), datetime.fromisoformat(at)) is not None) is is_open


def test_r40_an_unknown_state_gets_what_all_rows_allow() -> None:
    nowhere = Place("US", (), ("America/New_York",), "told")
    monday = [
        hour
        for hour in range(24)
        if window_at(nowhere, local(f"2026-11-23T{hour:02d}:00", "America/New_York"))
    ]
    assert monday == [10, 11, 12, 13, 14, 15, 16, 17]
    assert not any(window_at(nowhere, local(f"2026-11-22T{h:02d}:00", "America/New_York")) for h in range(24))


def test_r40_a_number_and_an_address_in_two_countries_keep_the_hours_of_both() -> None:
    both = place_of("+33612345678", country="US", postcode="10001")
    assert set(both.zones) == {"Europe/Paris", "America/New_York"}
    assert {row.jurisdiction for row in book().rows(both.country, both.regions, date(2026, 11, 23))} == {
        "federal",
        "default",
        "FR",
    }
    assert window_at(both, datetime(2026, 11, 23, 18, tzinfo=UTC)) is not None
    assert window_at(both, datetime(2026, 11, 22, 18, tzinfo=UTC)) is None


def test_r47_coast_to_coast_leaves_ten_hours() -> None:
    both = Place("US", ("VA", "WA"), ("America/New_York", "America/Los_Angeles"), "address_and_number")
    span = window_at(both, datetime(2026, 11, 23, 18, tzinfo=UTC))
    assert span is not None
    assert (span.opens, span.closes) == (
        local("2026-11-23T08:00", "America/Los_Angeles"),
        local("2026-11-23T20:00", "America/New_York"),
    )


@pytest.mark.parametrize(
    ("window", "at", "opening"),
    [
        pytest.param("evenings_and_weekends", "2026-11-23T10:00", "2026-11-23T17:00", id="evening"),
        pytest.param("evenings_and_weekends", "2026-11-27T20:30", "2026-11-28T10:00", id="Saturday morning"),
        pytest.param("business_hours", "2026-11-27T17:00", "2026-11-30T09:00", id="over the weekend"),
        pytest.param("mornings", "2026-11-23T12:00", "2026-11-24T09:00", id="tomorrow"),
        pytest.param("any", "2026-11-23T03:00", "2026-11-23T09:00", id="any is still inside the law"),
        pytest.param(None, "2026-11-23T12:34", "2026-11-23T12:34", id="open: now"),
    ],
)
def test_the_next_opening(window: str | None, at: str, opening: str) -> None:
    name = "America/Los_Angeles"
    assert next_opening(SF, local(at, name), window) == local(opening, name)


def test_where_no_window_ever_opens_the_answer_is_none() -> None:
    nobody = Place("US", ("NY",), (), "nothing")
    assert next_opening(nobody, datetime(2026, 11, 23, tzinfo=UTC)) is None
    far = Place("US", ("NY",), ("America/New_York", "Asia/Tokyo"), "told")
    assert next_opening(far, datetime(2026, 11, 23, tzinfo=UTC), "business_hours") is None


@pytest.mark.parametrize("window", sorted(book().send_windows))
def test_every_shipped_send_window_meets_the_hours_of_every_state(window: str) -> None:
    states = [state for state, country in areas().countries.items() if country == "US"]
    assert all(ever_opens("US", (state,), window) for state in states)


def test_an_unknown_send_window_is_an_error() -> None:
    with pytest.raises(ValueError, match="evenings_and_weekends"):
        window_at(SF, datetime(2026, 11, 23, tzinfo=UTC), "lunch")


# The nights on which clocks change, and the days around them.
DST = [
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2027, 3, 14),
    date(2027, 11, 7),
    date(1998, 4, 5),
    date(1998, 10, 25),
]
PHONES = [
    "+442079460000",
    "+33612345678",
    "+34612345678",
    "+61412345678",
    "+4915112345678",
    "+14155550123",
    "+12125550123",
    "+18505550123",
    "+19285550123",
    "+12085550123",
    "+17135550123",
    "+18085550123",
    "+12055550123",
    "+14015550123",
    "+19075550123",
    "+12195550123",
    "+18675550123",
    "+17095550123",
    "+14165550123",
]
NAMES = {None: dict.fromkeys(range(7), (0, 24)), "evenings_and_weekends": {**dict.fromkeys(range(5), (17, 20)), 5: (10, 20), 6: (10, 20)}}  # fmt: skip


def legal(place: Place, at: datetime, window: str | None) -> bool:
    """The same question answered the slow way: look at each clock. Shares only the rows with the program."""
    if not place.zones:
        return False
    for name in place.zones:
        clock = at.astimezone(zone_named(name))
        minute = clock.hour * 60 + clock.minute
        early, late = NAMES[window][clock.weekday()]
        if not early * 60 <= minute < late * 60:
            return False
        for row in book().rows(place.country, place.regions, clock.date()):
            hours = row.week[clock.weekday()]
            if hours is None or not hours[0] <= minute < hours[1]:
                return False
            if book().closed(row, clock.date()):
                return False
    return True


instants = st.one_of(
    st.datetimes(datetime(1998, 1, 1), datetime(2029, 1, 1)),
    st.builds(
        lambda day, minutes: datetime(day.year, day.month, day.day) + timedelta(minutes=minutes),
        st.sampled_from(DST),
        st.integers(-1500, 3000),
    ),
).map(lambda at: at.replace(tzinfo=UTC))


@given(st.sampled_from(PHONES), instants, st.sampled_from(list(NAMES)))
def test_r47_r49_open_means_open_on_every_clock(phone: str, at: datetime, window: str | None) -> None:
    place = place_of(phone)
    span = window_at(place, at, window)
    assert (span is not None) == legal(place, at, window)
    if span is not None:
        assert span.opens <= at < span.closes
        assert not legal(place, span.closes, window)


@given(st.sampled_from(PHONES), instants, st.sampled_from(list(NAMES)))
def test_the_next_opening_is_open_and_nothing_before_it_is(
    phone: str, at: datetime, window: str | None
) -> None:
    place = place_of(phone)
    opening = next_opening(place, at, window)
    assert opening is not None
    assert at <= opening <= at + timedelta(days=HORIZON_DAYS)
    assert legal(place, opening, window)
    between = at
    while between < opening:
        assert not legal(place, between, window)
        between += timedelta(minutes=17)


def test_r40_every_row_cites_a_source_and_a_confidence() -> None:
    for row in book().all_rows():
        assert row.source
        assert row.confidence in ("V", "S", "S-weak", "U")
        assert 1 <= row.cap_24h <= 3, "R42: three in 24 hours at most"
    for profile in book().profiles.values():
        assert profile.source
        assert profile.confidence in ("V", "S", "S-weak", "U")
        assert profile.effective_from < book().review_by


def test_r156_a_country_with_a_profile_has_hours_and_zones_and_no_other_has() -> None:
    assert set(book().profiles) == {"US", "CA", "GB", "IE", "DE", "FR", "ES", "AU"}
    assert set(book().countries) == set(book().profiles) - {"US"}
    assert set(areas().abroad_zones) == set(book().countries) - {"CA"}


def test_every_calendar_that_a_row_names_exists_and_every_calendar_is_named() -> None:
    assert {row.holidays for row in book().all_rows()} - {None} == set(book().holidays)


def test_r41_the_default_satisfies_every_row_of_confidence_s() -> None:
    rows = [lane[-1] for state, lane in book().states.items() if lane[-1].confidence == "S"]
    assert {row.jurisdiction[3:] for row in rows} == {"FL", "OK", "WA", "MD", "OR", "TX", "CT", "VA"}
    for row in rows:
        for default, theirs in zip(book().default[0].week, row.week, strict=True):
            assert default is not None
            assert theirs is not None
            assert theirs[0] <= default[0]
            assert default[1] <= theirs[1]


def test_the_rules_of_sms_rules_section_3_all_have_a_row() -> None:
    wanted = "FL OK WA MD OR TX VA CT MA NJ NV KY MI MN NM CA IL AL LA MS RI PA"
    assert set(wanted.split()) <= set(book().states)
    assert len(book().all_rows()) >= 33


@pytest.mark.parametrize("state", ["UT", "SD", "SC"])
def test_r41_a_row_that_we_found_ourselves_only_narrows_the_default(state: str) -> None:
    for (row,) in [book().states[state]]:
        for default, theirs in zip(book().default[0].week, row.week, strict=True):
            assert strictest((default, theirs)) == theirs


def test_r40_the_file_is_younger_than_its_review_date() -> None:
    """Fails from that day on, on purpose: somebody has to read the rules again and move the date."""
    assert datetime.now(UTC).date() <= book().review_by
    assert date.fromisoformat(book().version[:10]) < book().review_by


def test_a_later_row_takes_over_on_its_day() -> None:
    text = book_text().replace(
        "  FL:\n",
        '  FL:\n    - { mon-sun: "10:00-12:00", cap_24h: 1, effective_from: 2027-01-01, source: x, confidence: S }\n',
    )
    changed = read_book(text)
    assert changed.hours("US", ("FL",), date(2026, 12, 31)) == (480, 1200)
    assert changed.hours("US", ("FL",), date(2027, 1, 1)) == (600, 720)
    assert changed.cap_24h("US", ("FL",), date(2027, 1, 1)) == 1


def book_text() -> str:
    from importlib import resources

    return resources.files("bot.compliance").joinpath("windows.yml").read_text("utf-8")
