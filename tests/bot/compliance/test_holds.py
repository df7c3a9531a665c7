"""A doubt that nobody settles ends as an opt-out, never in a text (R30, R145); a wrong number waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from bot.clock import set_offset
from bot.compliance.consent import hold, opt_in, release, status, verify_chain
from bot.compliance.holds import UNDECIDED, end_holds
from bot.jobs.errands import PLANS
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp

KEY = "c" * 64


def held(app: FakedApp, cast: Cast, kind: Literal["held", "wrong_number"] = "held") -> None:
    with app.database.write() as session:
        opt_in(session, cast.shop_id, KEY, source="import", at=NOW, kind="written")
        hold(session, cast.shop_id, KEY, source="model", at=NOW, kind=kind)


def stands(app: FakedApp, cast: Cast) -> tuple[str | None, str | None]:
    with app.database.read() as session:
        assert verify_chain(session, cast.shop_id, KEY) == []
        standing = status(session, cast.shop_id, KEY)
    return (
        standing.consent.kind if standing.consent else None,
        standing.suppression.kind if standing.suppression else None,
    )


def test_a_doubt_that_nobody_settles_in_seven_days_becomes_an_opt_out(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    held(app, cast)
    clock.move(days=6, hours=23)
    assert end_holds(app) == 0
    assert stands(app, cast) == ("written", "held")
    clock.move(hours=1)
    assert end_holds(app) == 1
    assert stands(app, cast) == (None, "opted_out")
    assert end_holds(app) == 0, "twice is once"


def test_the_days_are_domain_time(app: FakedApp, cast: Cast) -> None:
    held(app, cast)
    with app.database.write() as session:
        set_offset(session, UNDECIDED + timedelta(minutes=1))
    PLANS["holds"].run(app, {})
    assert stands(app, cast) == (None, "opted_out")


def test_a_doubt_that_was_settled_stays_settled(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    held(app, cast)
    with app.database.write() as session:
        release(session, cast.shop_id, KEY, source="staff", at=NOW)
    clock.move(days=30)
    assert end_holds(app) == 0
    assert stands(app, cast) == ("written", None)


def test_r30_a_wrong_number_waits_for_a_person_as_long_as_it_takes(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    held(app, cast, "wrong_number")
    clock.move(days=400)
    assert end_holds(app) == 0
    assert stands(app, cast) == ("written", "wrong_number")


def test_many_doubts_end_in_one_errand(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    with app.database.write() as session:
        for number in range(7):
            hold(session, cast.shop_id, f"{number:064d}", source="model", at=NOW)
    clock.move(days=8)
    assert end_holds(app, batch=3) == 7
