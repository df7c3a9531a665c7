"""Codes that people put in the place of others: one gift in the budget, and never taken away by a text of a worse one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.inbox import Actor
from bot.inbox.codes import Replaced, replace, void
from bot.inbox.mending import Mend, begin, carry_on
from bot.models import Coupon
from bot.offers.budget import within_budget
from bot.offers.by_hand import ByHand
from bot.offers.coupons import give_back, go_live, reserve
from bot.offers.giving import give
from bot.offers.pools import add_codes
from flows.events import CouponReady
from tests.bot.inbox.staffed import hire
from tests.bot.offers.conftest import codes, fill, hold, passage, subject, wish
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp

MEND = Mend(flow="earlier", offer="comeback", pool="fresh", days=30)


@pytest.fixture
def olga(db: Database, cast: Cast) -> Actor:
    """The owner of a shop where Ana holds a code of 10% that ends in two days."""
    fill(db, cast)
    hold(db, cast.ana, "percent-10-A")
    with db.write() as session:
        return hire(session, cast.shop_id, "Olga", NOW, "owner")


def fresh(db: Database, cast: Cast, percent: int) -> None:
    """Codes for a mending."""
    with db.write() as session:
        add_codes(session, cast.shop_id, "fresh", ["FRESH-0", "FRESH-1"], percent=percent)


def mended(app: FakedApp, olga: Actor) -> None:
    """The offer is mended, for all who hold a code of it."""
    with app.database.write() as session:
        assert isinstance(begin(session, MEND, "form", olga, NOW), int)
    carry_on(app)


def room(db: Database, cast: Cast, budget: int) -> bool:
    """Whether one more code of the offer may be given out."""
    with db.read() as session:
        flow = session.execute(
            select(Coupon.flow_id).where(Coupon.customer_id == cast.ana.customer_id).limit(1)
        ).scalar_one()
        hand = ByHand(cast.shop_id, cast.ben.customer_id, flow or 0)
        return within_budget(session, hand, wish("comeback", budget=budget), lock=False)


def test_a_mended_code_is_one_gift_in_the_budget(
    app: FakedApp, db: Database, cast: Cast, olga: Actor
) -> None:
    fresh(db, cast, 15)
    assert (room(db, cast, 1), room(db, cast, 2)) == (False, True)
    mended(app, olga)
    assert (room(db, cast, 1), room(db, cast, 2)) == (False, True)


def test_so_is_one_that_a_person_replaced_twice(db: Database, cast: Cast, olga: Actor) -> None:
    with db.write() as session:
        add_codes(session, cast.shop_id, "percent-10", ["percent-10-C"], percent=10)
        at = session.execute(select(Coupon.id).where(Coupon.code == "percent-10-A")).scalar_one()
        for hour in (1, 2):
            got = replace(session, at, olga, NOW + timedelta(hours=hour))
            assert isinstance(got, Replaced)
            at = got.coupon_id
    assert (room(db, cast, 1), room(db, cast, 2)) == (False, True)


def test_a_void_code_with_none_in_its_place_counts(db: Database, cast: Cast, olga: Actor) -> None:
    """The till may still take it."""
    with db.write() as session:
        void(
            session,
            session.execute(select(Coupon.id).where(Coupon.code == "percent-10-A")).scalar_one(),
            olga,
            NOW,
        )
    assert not room(db, cast, 1)


@pytest.mark.parametrize(
    ("percent", "left"),
    [
        (30, {"percent-10-A": "void", "FRESH-0": "live", "BACK15-000": "live"}),
        (15, {"percent-10-A": "void", "FRESH-0": "void", "BACK15-000": "live"}),
        (12, {"percent-10-A": "void", "FRESH-0": "void", "BACK15-000": "live"}),
    ],
)
def test_a_code_that_waited_for_its_text_takes_no_better_one_away(
    app: FakedApp, db: Database, cast: Cast, olga: Actor, percent: int, left: dict[str, str]
) -> None:
    """A passage of another flow promised 15% while the offer of 10% was still wrong; then that was mended."""
    fresh(db, cast, percent)
    with db.write() as session:
        its = passage(session, cast.ana)
        assert give(session, subject(session, cast.ana), its, wish(), NOW) == CouponReady("deal")
        number = its.id
    mended(app, olga)
    with db.write() as session:
        go_live(session, [(cast.ana.conversation_id, number, NOW + timedelta(hours=1))])
    with db.read() as session:
        found = session.scalars(select(Coupon).where(Coupon.customer_id == cast.ana.customer_id)).all()
    assert {each.code: each.status for each in found} == left
    longest = max(each.ends_at for each in found if each.status == "live" and each.ends_at)
    assert (longest > NOW + timedelta(days=29)) is (percent >= 15), (
        "the later end of two that are as good counts"
    )


def test_a_text_that_tells_of_a_mended_code_keeps_no_promise_waiting(
    app: FakedApp, db: Database, cast: Cast, olga: Actor
) -> None:
    fresh(db, cast, 15)
    with db.write() as session:
        told = Mend(
            **{name: getattr(MEND, name) for name in ("flow", "offer", "pool", "days")},
            bodies=(("en", "Take it."),),
        )
        begin(session, told, "form", olga, NOW)
    carry_on(app)
    with db.write() as session:
        hand = ByHand(cast.shop_id, cast.ana.customer_id, 0)
        assert reserve(session, hand, wish(), NOW) is not None
        assert give_back(session, cast.shop_id, cast.ana.conversation_id, 0)
        assert ("BACK15-000", "reserved", "deal") not in codes(session, cast.ana)
