"""A send window that the law's hours make empty is said where the merchant still can change it."""

from __future__ import annotations

import pytest

from bot.compliance.areas import areas
from bot.compliance.book import book
from bot.compliance.reach import NORTH_AMERICA, never_open, window_problems
from bot.flows_store import publish
from bot.models import Shop
from flows.parser import library, read_flow
from flows.problems import CODES
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

MORNINGS = library()["winback_offer"].replace("evenings_and_weekends", "mornings")
EVERYWHERE = {*book().profiles}


@pytest.mark.parametrize("window", sorted(book().send_windows))
def test_every_shipped_window_opens_in_all_of_north_america(window: str) -> None:
    assert never_open(window) == ()


def test_r47_nine_to_twelve_in_perth_is_noon_to_three_in_sydney() -> None:
    assert never_open("mornings", EVERYWHERE) == ("AU",)
    assert never_open("evenings_and_weekends", EVERYWHERE) == ()
    assert never_open("business_hours", EVERYWHERE) == ()


def test_every_state_and_country_with_hours_is_looked_at() -> None:
    looked_at = set(areas().countries) | set(areas().abroad_zones)
    assert set(book().states) <= looked_at
    assert looked_at | NORTH_AMERICA >= EVERYWHERE


def test_the_problem_stands_at_the_window_and_is_a_warning() -> None:
    flow, _ = read_flow(MORNINGS)
    assert flow is not None
    (problem,) = window_problems(flow, MORNINGS, "f.yml", {"US", "AU"})
    assert problem.code in CODES
    assert problem.severity == "warning"
    assert "mornings" in MORNINGS.splitlines()[problem.line - 1]
    assert " AU." in problem.message
    assert window_problems(flow, MORNINGS, "f.yml") == []


def test_publishing_says_it_to_a_shop_with_customers_there_and_publishes(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    codes = []
    for country in ("US", "AU"):
        with app.database.write() as session:
            session.get_one(Shop, cast.shop_id).country = country
            session.flush()
            done, problems = publish(session, cast.shop_id, MORNINGS, file="f.yml", by="test", now=clock())
        assert done is not None
        codes.append([problem.code for problem in problems])
    assert codes == [[], ["window-never-opens"]]
