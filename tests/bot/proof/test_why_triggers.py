"""«winback why» of each kind of trigger: what it asks, what is so, and when they would enter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.keys import Keys
from bot.models import Customer, LedgerEntry, Shop
from bot.proof.steps import Step
from bot.proof.why import why
from tests.bot.audience.test_carts import leave
from tests.bot.audience.triggered import (
    Person,
    begin,
    buy,
    entered,
    finish,
    lines,
    look,
    person,
    publish,
    source,
)
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture
def her(app: FakedApp, cast: Cast, keys: Keys, clock: StillClock) -> Person:
    """One order 28 days ago, and a birthday in three days."""
    with app.database.write() as session:
        session.execute(update(Customer).values(number_state="bad"))
        return person(
            session, keys, cast.shop_id, 1, clock(), (28, 1_000), attributes={"birthday": "1990-03-14"}
        )


def step(app: FakedApp, cast: Cast, her: Person, name: str = "trigger") -> Step:
    walk = why(app, cast.shop_id, her.phone, "x")
    return next(each for each in walk.steps if each.step == name)


@pytest.mark.parametrize(
    ("trigger", "ok", "words"),
    [
        ("{ segment: lost }", False, "in the segment loyal; the flow wants lost"),
        ("{ segment: [lost, loyal] }", True, "in the segment loyal"),
        (
            "{ replenishment: 3 days before }",
            True,
            "Beans runs out on 13 Mar 2026, by the product's days of use",
        ),
        ("{ replenishment: that day }", False, "the flow begins on 13 Mar 2026"),
        ("{ after_purchase: any }", False, "the flow wants one that was placed after its start"),
        ("{ cart_abandoned: true }", False, "no cart of theirs was ever reported"),
        ("{ keyword: BREW }", False, "nobody enters this flow but by texting BREW alone"),
        ("{ birthday: 3 days before }", True, "the birthday is on 03-14, in 3 days"),
        ("{ birthday: that day }", False, "the flow begins 0 before"),
        ("{ manual: true }", False, "only by hand"),
    ],
)
def test_each_kind_is_told(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person, trigger: str, ok: bool, words: str
) -> None:
    lines(app, cast.shop_id, {"name": "Beans", "days_of_use": 30, "kind": "product"})
    with app.database.write() as session:
        publish(session, cast.shop_id, source("x", trigger), clock())
    told = step(app, cast, her)
    assert told.ok == ok
    assert words in told.why
    assert told.until is None or told.until > clock()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hours": 1}, "the flow begins 2 hours after it"),
        ({"hours": 3}, "their last cart was left on"),
        ({"hours": 49}, "the carriers want a text about it within 48 hours"),
        ({"hours": 3, "ledger": True}, "a consent confirmed by text"),
        ({"hours": 3, "bought": True}, "and they have ordered since"),
    ],
)
def test_a_cart_s_ways_to_nothing(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person, changes: dict[str, Any], words: str
) -> None:
    with app.database.write() as session:
        begin(session, cast.shop_id, source("x", "{ cart_abandoned: true }"), clock())
        if changes.get("ledger"):
            session.execute(update(LedgerEntry).values(details={}))
    leave(app, cast.shop_id, her.phone, "c-1", clock())
    clock.move(hours=changes["hours"])
    if changes.get("bought"):
        buy(app, cast.shop_id, her.phone, "o-1", clock())
    told = step(app, cast, her)
    assert words in told.why
    assert told.ok == (look(app) == 1)


def test_who_may_enter_again_is_asked_anew_when_the_passage_has_ended(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person
) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).values(orders_known_at=clock() + timedelta(days=99)))
        begin(session, cast.shop_id, source("x", "{ lapsed: 20 to 300 days, again: 30 days }"), clock())
    look(app)
    assert entered(app, "x") == [her.customer_id]
    finish(app, "x", clock())
    clock.move(days=10)
    told = step(app, cast, her, "re-entry")
    assert not told.ok
    assert "the next passage begins 30 days after it" in told.why
    assert told.until == clock() + timedelta(days=20)
    clock.move(days=21)
    assert step(app, cast, her, "re-entry").ok


def test_one_flow_s_walk_is_not_in_the_way_of_the_next(
    app: FakedApp, cast: Cast, clock: StillClock, her: Person
) -> None:
    """Each walk supposes a passage; seen by the next, it would be another flow that speaks with them."""
    with app.database.write() as session:
        publish(session, cast.shop_id, source("a", "{ lapsed: 20 to 300 days }"), clock())
        publish(session, cast.shop_id, source("b", "{ lapsed: 21 to 300 days }"), clock())
    walk = why(app, cast.shop_id, her.phone)
    assert [each for each in walk.steps if each.step == "one voice" and not each.ok] == []
