"""One live offer a customer, whatever the flow: reused, bettered, or refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.conversations.snapshot import facts_of, held_codes, offer_of
from bot.db import Database
from bot.keys import Keys
from bot.models import Coupon, Order, Outbound, Product
from bot.offers.coupons import give_back, go_live
from bot.offers.giving import give
from bot.offers.worth import covers
from flows.definition import Offer
from flows.events import CouponReady, CouponUnavailable
from tests.bot.offers.conftest import SHIPPING, codes, fill, hold, passage, subject, wish
from tests.support.cast import Cast
from tests.support.clock import NOW

READY = CouponReady("deal")


@pytest.mark.parametrize(
    ("held", "wanted", "does"),
    [
        ({"percent": 15}, {"percent": 15}, True),
        ({"percent": 20}, {"percent": 15}, True),
        ({"percent": 10}, {"percent": 15}, False),
        ({"amount_cents": 500}, {"amount_cents": 500}, True),
        ({"amount_cents": 400}, {"amount_cents": 500}, False),
        ({"points": 300}, {"points": 200}, True),
        (SHIPPING, SHIPPING, True),
        ({"gift": "mug"}, {"gift": "mug"}, True),
        ({"gift": "mug"}, {"gift": "cup"}, False),
        ({"percent": 90}, SHIPPING, False),
        (SHIPPING, {"percent": 5}, False),
        ({"points": 900}, {"percent": 5}, False),
    ],
)
def test_a_code_will_do_for_an_offer_of_its_kind_that_is_no_better(
    held: dict[str, Any], wanted: dict[str, Any], does: bool
) -> None:
    assert covers(wish(**held), wish(**wanted)) is does


def test_each_kind_of_offer_gets_a_code_of_its_kind(db: Database, cast: Cast) -> None:
    fill(db, cast)
    wishes = (
        ("percent-20-A", wish(pool="percent-20", percent=20)),
        ("free-shipping-A", wish(pool="free-shipping", **SHIPPING)),
        ("gift-sku-1-A", wish(pool="gift-sku-1", gift="sku-1")),
        ("points-200-A", wish(pool="points-200", points=200)),
    )
    for code, request in wishes:
        with db.write() as session:
            who = subject(session, cast.ana)
            assert give(session, who, passage(session, cast.ana, code), request, NOW) == READY
            offer = offer_of(session, who, NOW)
            assert offer is not None
            assert offer.code == code
            assert (offer.percent, offer.free_shipping, offer.points) == (
                request.percent,
                request.free_shipping,
                request.points,
            )
            assert offer.gift == ("Morning Blend" if request.gift else None)
            session.execute(update(Coupon).where(Coupon.code == code).values(status="expired"))


@pytest.mark.parametrize("code", ["BACK15-001", "percent-20-A"])
@pytest.mark.parametrize("live", [True, False])
def test_a_code_in_their_hands_that_is_as_good_is_the_offer(
    db: Database, cast: Cast, code: str, live: bool
) -> None:
    fill(db, cast)
    hold(db, cast.ana, code, live=live)
    with db.write() as session:
        who = subject(session, cast.ana)
        assert give(session, who, passage(session, cast.ana), wish(), NOW) == READY
        assert [each for each, _, _ in codes(session, cast.ana)] == [code]


def test_a_better_offer_takes_the_place_of_a_worse_one_when_its_text_has_left(
    db: Database, cast: Cast
) -> None:
    """Two live ones would be two discounts on two orders; none at all would be a broken promise."""
    fill(db, cast)
    hold(db, cast.ana, "percent-10-A")
    with db.write() as session:
        who = subject(session, cast.ana)
        its = passage(session, cast.ana)
        assert give(session, who, its, wish(), NOW) == READY
        assert codes(session, cast.ana) == [
            ("BACK15-000", "reserved", "deal"),
            ("percent-10-A", "live", "comeback"),
        ]
        assert held_codes(session, who, NOW, its.id)[0].code == "BACK15-000"
        offer = offer_of(session, who, NOW)
        assert offer is not None, "whatever is no text of that passage speaks of what works"
        assert offer.percent == 10
        who.seen.forget_codes()
        assert (again := offer_of(session, who, NOW)) is not None
        assert again.percent == 10
        attempted = [(cast.ana.conversation_id, its.id, NOW)]
        go_live(session, attempted)
        go_live(session, attempted)
    with db.read() as session:
        assert codes(session, cast.ana) == [
            ("BACK15-000", "live", "deal"),
            ("percent-10-A", "void", "comeback"),
        ]


def test_a_better_offer_whose_text_never_left_leaves_the_old_one_in_force(
    db: Database, cast: Cast, keys: Keys
) -> None:
    """The gate refused it, or the passage ended before."""
    fill(db, cast)
    hold(db, cast.ana, "percent-10-A")
    with db.write() as session:
        its = passage(session, cast.ana)
        assert give(session, subject(session, cast.ana), its, wish(), NOW) == READY
        assert give_back(session, cast.shop_id, cast.ana.conversation_id, its.id)
    with db.read() as session:
        assert codes(session, cast.ana) == [("percent-10-A", "live", "comeback")]
        facts = facts_of(
            session, keys, "https://l.example", subject(session, cast.ana), enrolment_id=1, turn=1, now=NOW
        )
        assert facts.code is not None
        assert (facts.code.code, facts.code.state) == ("percent-10-A", "live")


def test_a_text_that_speaks_of_the_code_in_their_hands_does_not_start_a_promised_one(
    db: Database, cast: Cast
) -> None:
    """Another passage repeats the old offer while the better one still waits for its window."""
    fill(db, cast)
    hold(db, cast.ana, "percent-10-A")
    with db.write() as session:
        its, other = passage(session, cast.ana), passage(session, cast.ana, "reminder")
        assert give(session, subject(session, cast.ana), its, wish(), NOW) == READY
        go_live(session, [(cast.ana.conversation_id, other.id, NOW)])
    with db.read() as session:
        assert codes(session, cast.ana) == [
            ("BACK15-000", "reserved", "deal"),
            ("percent-10-A", "live", "comeback"),
        ]


def test_a_code_that_ended_before_the_better_text_left_ended_and_is_not_void(
    db: Database, cast: Cast
) -> None:
    fill(db, cast)
    hold(db, cast.ana, "percent-10-A")
    with db.write() as session:
        its = passage(session, cast.ana)
        assert give(session, subject(session, cast.ana), its, wish(), NOW) == READY
        go_live(session, [(cast.ana.conversation_id, its.id, NOW + timedelta(days=3))])
    with db.read() as session:
        assert [status for _, status, _ in codes(session, cast.ana)] == ["live", "live"]
        who = subject(session, cast.ana)
        assert [each.code for each in held_codes(session, who, NOW + timedelta(days=3))] == ["BACK15-000"]


def test_a_worse_code_stays_theirs_when_the_better_pool_is_dry(db: Database, cast: Cast) -> None:
    fill(db, cast)
    hold(db, cast.ana, "percent-10-A")
    with db.write() as session:
        who = subject(session, cast.ana)
        answer = give(session, who, passage(session, cast.ana), wish(pool="percent-16", percent=16), NOW)
        assert answer == CouponUnavailable("deal", "no code left in percent-16")
        assert codes(session, cast.ana) == [("percent-10-A", "live", "comeback")]


def test_a_live_offer_of_another_kind_keeps_a_second_one_away(db: Database, cast: Cast) -> None:
    """Free shipping is neither better nor worse than 10%; once it has ended the next may come."""
    fill(db, cast)
    hold(db, cast.ana, "percent-10-A")
    request = wish(pool="free-shipping", **SHIPPING)
    with db.write() as session:
        who = subject(session, cast.ana)
        answer = give(session, who, passage(session, cast.ana), request, NOW)
        assert answer == CouponUnavailable("deal", "they hold percent-10-A, an offer of another kind")
        assert codes(session, cast.ana) == [("percent-10-A", "live", "comeback")]
        later = NOW + timedelta(days=3)
        assert give(session, who, passage(session, cast.ana, number=2), request, later) == READY


@pytest.mark.parametrize("leaving", [False, True])
def test_a_promise_that_nobody_will_see_stands_in_no_ones_way(
    db: Database, cast: Cast, leaving: bool
) -> None:
    """Its text was refused. While one is still to leave, the code is promised to it."""
    fill(db, cast)
    hold(db, cast.ana, "percent-10-A", live=False)
    with db.write() as session:
        session.add(
            Outbound(
                shop_id=cast.shop_id,
                public_id="x",
                conversation_id=cast.ana.conversation_id,
                key="x",
                author="bot",
                body="",
                language="en",
                kind="marketing",
                encoding="GSM-7",
                parts=1,
                status="ready" if leaving else "denied",
                fence=0,
                due_at=NOW,
                created_at=NOW,
            )
        )
        session.flush()
        who = subject(session, cast.ana)
        answer = give(session, who, passage(session, cast.ana), wish(pool="free-shipping", **SHIPPING), NOW)
        assert isinstance(answer, CouponUnavailable) is leaving
        taken = [code for code, _, _ in codes(session, cast.ana)]
        assert taken == ["percent-10-A" if leaving else "free-shipping-A"]


@pytest.mark.parametrize("changes", [None, {"private": True}, {"retired": True}])
def test_a_gift_that_no_text_can_name_is_not_promised(
    db: Database, cast: Cast, changes: dict[str, bool] | None
) -> None:
    fill(db, cast)
    gift = "sku-1" if changes else "sku-9"
    with db.write() as session:
        if changes:
            session.execute(update(Product).where(Product.external_id == "sku-1").values(changes))
        who = subject(session, cast.ana)
        answer = give(session, who, passage(session, cast.ana), wish(pool="gift-sku-1", gift=gift), NOW)
        assert answer == CouponUnavailable("deal", f"the shop has no product {gift} to give")
        assert codes(session, cast.ana) == []


def test_codes_that_are_worth_less_than_the_offer_are_none_of_it(db: Database, cast: Cast) -> None:
    """Somebody filled the pool of a flow with the wrong codes."""
    fill(db, cast)
    with db.write() as session:
        answer = give(
            session,
            subject(session, cast.ana),
            passage(session, cast.ana),
            wish(pool="percent-10", percent=15),
            NOW,
        )
        assert answer == CouponUnavailable("deal", "the codes left in percent-10 are not worth as much")


def test_a_flow_knows_what_they_hold_by_its_own_name_for_it(db: Database, cast: Cast, keys: Keys) -> None:
    """Another flow's `comeback` of 20% is this one's `thanks` of 15%, and is not its own `comeback` of points."""
    fill(db, cast)
    hold(db, cast.ana, "percent-20-A")

    def name(**offers: Offer) -> str | None:
        with db.read() as session:
            who = subject(session, cast.ana)
            facts = facts_of(
                session, keys, "https://l.example", who, enrolment_id=1, turn=1, now=NOW, offers=offers
            )
            return facts.offer.name if facts.offer else None

    thanks = Offer("thanks", 15, None, 86_400, "percent-15")
    points = Offer("comeback", None, None, 86_400, "points-200", points=200)
    assert name() == "comeback"
    assert name(thanks=thanks, comeback=points) == "thanks"
    assert name(comeback=points) == "other:percent-20"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "live"}, "live"),
        ({"ends_at": NOW - timedelta(hours=1)}, "ended"),
        ({"status": "expired"}, "ended"),
        ({"status": "void"}, "void"),
        ({"status": "redeemed"}, "used"),
    ],
)
def test_what_became_of_the_last_code_is_among_the_facts(
    db: Database, cast: Cast, keys: Keys, changes: dict[str, Any], state: str
) -> None:
    hold(db, cast.ana, "BACK15-003")
    with db.write() as session:
        order = session.execute(select(Order).where(Order.customer_id == cast.ana.customer_id)).scalar_one()
        used = {"redeemed_order_id": order.id} if state == "used" else {}
        session.execute(update(Coupon).where(Coupon.code == "BACK15-003").values(**changes, **used))
    with db.read() as session:
        facts = facts_of(
            session, keys, "https://l.example", subject(session, cast.ana), enrolment_id=1, turn=1, now=NOW
        )
        assert facts.code is not None
        assert (facts.code.code, facts.code.state) == ("BACK15-003", state)
        assert facts.code.used_at == (NOW - timedelta(days=60) if state == "used" else None)
        assert (facts.offer is not None) is (state == "live")


def test_who_was_given_nothing_has_no_code_and_one_that_is_only_promised_is_none_yet(
    db: Database, cast: Cast, keys: Keys
) -> None:
    hold(db, cast.ana, "BACK15-003", live=False)
    with db.read() as session:
        for who in (cast.ana, cast.ben):
            facts = facts_of(
                session, keys, "https://l.example", subject(session, who), enrolment_id=1, turn=1, now=NOW
            )
            assert facts.code is None
