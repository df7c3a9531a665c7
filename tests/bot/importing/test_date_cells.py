"""Dates, their zones, and which of day and month comes first."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.importing.dates import OrderFound, decide_order, parse_when
from bot.importing.values import BadCell

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("2026-01-31", "2026-01-31T05:00"),
        ("2026-01-31T14:05:09Z", "2026-01-31T14:05:09"),
        ("2026-01-31T14:05:09.123456+02:00", "2026-01-31T12:05:09.123456"),
        ("2026-01-31 14:05:09 -0500", "2026-01-31T19:05:09"),
        ("2026-07-31 14:05", "2026-07-31T18:05"),
        ("2026/01/31", "2026-01-31T05:00"),
        ("19970101", "1997-01-01T05:00"),
        ("1/31/2026", "2026-01-31T05:00"),
        ("1/31/26 2:05 PM", "2026-01-31T19:05"),
        ("1/31/2026 12:00 am", "2026-01-31T05:00"),
        ("31.01.2026 14:05", "2026-01-31T19:05"),
        ("Jan 31, 2026", "2026-01-31T05:00"),
        ("January 31, 2026 at 2:05 pm", "2026-01-31T19:05"),
        ("31 Jan 2026", "2026-01-31T05:00"),
        ("31-Jan-26", "2026-01-31T05:00"),
        ("Sat, 31 Jan 2026 14:05:09 +0000", "2026-01-31T14:05:09"),
        ("31 de enero de 2026", "2026-01-31T05:00"),
        ("1769868309", "2026-01-31T14:05:09"),
        ("1769868309000", "2026-01-31T14:05:09"),
        ("46053", "2026-01-31T05:00"),
        ("46053.5", "2026-01-31T17:00"),
    ],
)
def test_the_usual_forms(raw: str, utc: str) -> None:
    assert parse_when(raw, NEW_YORK, "mdy") == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "yesterday",
        "2026-02-30",
        "13/13/2026",
        "31/12/2026",
        "1/2/3/4",
        "2026-01-01 25:00",
        "99999999",
        "12",
    ],
)
def test_what_is_no_date_is_refused(raw: str) -> None:
    with pytest.raises(BadCell):
        parse_when(raw, NEW_YORK, "mdy")


@given(st.dates(date(1971, 1, 1), date(2068, 12, 31)), st.sampled_from(["mdy", "dmy"]))
def test_a_date_comes_back_in_either_order(day: date, order: Literal["mdy", "dmy"]) -> None:
    form = "%m/%d/%Y" if order == "mdy" else "%d/%m/%Y"
    found = parse_when(day.strftime(form), NEW_YORK, order)
    assert found.astimezone(NEW_YORK).date() == day


@given(st.text("0123456789/-:. TZapm+", max_size=30))
def test_no_cell_breaks_it(raw: str) -> None:
    with contextlib.suppress(BadCell):
        assert parse_when(raw, NEW_YORK, "dmy").tzinfo is UTC


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["3/4/2026", "12/31/2026"], OrderFound("mdy", True, 2)),
        (["3/4/2026", "31/12/2026"], OrderFound("dmy", True, 2)),
        (["3/4/2026", "5/6/2026"], OrderFound("dmy", False, 2)),
        (["2026-01-31", "31.01.2026"], OrderFound("dmy", False, 0)),
        ([], OrderFound("dmy", False, 0)),
    ],
)
def test_the_clear_dates_decide_over_the_others(cells: list[str], found: OrderFound) -> None:
    assert decide_order(cells, fallback="dmy") == found
