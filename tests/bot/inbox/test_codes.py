"""One code in the hands of staff: looked up, voided, extended, replaced, up to what their role may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.db import Database
from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate
from bot.inbox.code_files import CodeFile, look_up, of_customer
from bot.inbox.codes import NoneLeft, OverLimit, Replaced, extend, replace, void
from bot.models import Audit, Coupon, Note, Shop
from bot.offers.redeeming import redeem
from tests.bot.inbox.staffed import hire, say
from tests.bot.offers.conftest import fill, hold
from tests.support.cast import Cast
from tests.support.clock import NOW


@pytest.fixture
def tom(db: Database, cast: Cast) -> Actor:
    """An agent of a shop where Ana holds a code of 15% that ends in two days."""
    hold(db, cast.ana, "BACK15-000")
    with db.write() as session:
        return hire(session, cast.shop_id, "Tom", NOW)


def coupon(db: Database, code: str = "BACK15-000") -> Coupon:
    with db.read() as session:
        return session.execute(select(Coupon).where(Coupon.code == code)).scalar_one()


def test_a_code_is_found_as_people_type_it(db: Database, cast: Cast, tom: Actor) -> None:
    with db.read() as session:
        found = look_up(session, " back15-000 ", tom, NOW)
        assert isinstance(found, CodeFile)
        assert (found.worth, found.state, found.customer, found.conversation_id) == (
            "15%",
            "live",
            "Ana",
            cast.ana.conversation_id,
        )
        assert (found.flow, found.offer, found.may_void, found.may_extend) == (
            "earlier",
            "comeback",
            None,
            None,
        )
        assert look_up(session, "nothing", tom, NOW) == Gone()
        theirs = of_customer(session, cast.ana.conversation_id, tom, NOW)
        assert isinstance(theirs, tuple)
        assert [each.code for each in theirs] == ["BACK15-000"]
        assert of_customer(session, cast.cleo.conversation_id, tom, NOW) == Gone()


def test_a_used_code_says_where_and_changes_no_more(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        assert redeem(session, cast.shop_id, "BACK15-000", 1) is not None
        found = look_up(session, "BACK15-000", tom, NOW)
        assert isinstance(found, CodeFile)
        assert (found.state, found.order) == ("used", "order-ana")
        for deed in (void, replace):
            assert deed(session, found.coupon_id, tom, NOW) == TooLate("it was used already")
        assert extend(session, found.coupon_id, 3, tom, NOW) == TooLate("it was used already")


def test_void_is_said_to_colleagues_and_kept(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        assert void(session, coupon(db).id, tom, NOW, "typo in the shop") == Done()
        assert void(session, coupon(db).id, tom, NOW) == Done(changed=False)
    with db.read() as session:
        assert session.scalars(select(Note.body)).all() == ["Tom made code BACK15-000 void: typo in the shop"]
        kept = session.execute(select(Audit.action, Audit.subject_kind, Audit.staff_id)).all()
    assert [tuple(each) for each in kept] == [("code_voided", "coupon", tom.staff_id)]
    assert coupon(db).status == "void"


def test_a_code_on_its_way_is_not_made_void_under_its_text(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        say(session, cast.ana, "Use BACK15-000", NOW, author="staff", status="ready", attempted_at=None)
        assert isinstance(void(session, coupon(db).id, tom, NOW), TooLate)
        assert isinstance(replace(session, coupon(db).id, tom, NOW), TooLate)


@pytest.mark.parametrize(
    ("role", "days", "done"),
    [("agent", 14, True), ("agent", 15, False), ("owner", 60, True), ("owner", 999, False)],
)
def test_a_role_extends_as_far_as_it_may(db: Database, cast: Cast, role: str, days: int, done: bool) -> None:
    hold(db, cast.ana, "BACK15-000")
    with db.write() as session:
        who = hire(session, cast.shop_id, "Kim", NOW, role)  # type: ignore[arg-type]
        outcome = extend(session, coupon(db).id, days, who, NOW)
    assert isinstance(outcome, Done if done else OverLimit)
    ends = coupon(db).ends_at
    assert ends is not None
    assert (ends >= NOW + timedelta(days=2 + days)) is done


def test_an_ended_code_lives_again_from_now(db: Database, cast: Cast, tom: Actor) -> None:
    later = NOW + timedelta(days=30)
    with db.write() as session:
        assert extend(session, coupon(db).id, 3, tom, later) == Done()
    assert (coupon(db).ends_at or later) > later + timedelta(days=2)


def test_a_dear_code_is_the_owners_affair(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        session.execute(update(Coupon).where(Coupon.code == "BACK15-000").values(percent=50))
        assert isinstance(extend(session, coupon(db).id, 1, tom, NOW), OverLimit)
        assert isinstance(replace(session, coupon(db).id, tom, NOW), OverLimit)


@pytest.mark.parametrize(
    ("worth", "limits", "why"),
    [
        ({"amount_cents": 5000}, {}, "$50 is more than agents may give here ($10): ask an owner"),
        ({"amount_cents": 1000}, {}, None),
        ({"amount_cents": 5000}, {"amount_cents": 5000}, None),
        ({"free_shipping": True}, {}, None),
        ({"free_shipping": True}, {"also": []}, "agents give no free shipping here: ask an owner"),
        ({"gift": "sku-1"}, {}, "agents give no gifts here: ask an owner"),
        ({"points": 200}, {"also": ["points"]}, None),
        ({}, {}, "nobody has said what it is worth, so agents do not give it: ask an owner"),
    ],
)
def test_a_role_has_a_limit_for_whatever_a_code_is_worth(
    db: Database, cast: Cast, tom: Actor, worth: dict[str, Any], limits: dict[str, Any], why: str | None
) -> None:
    with db.write() as session:
        session.execute(update(Coupon).where(Coupon.code == "BACK15-000").values({"percent": None} | worth))
        session.execute(update(Shop).values(settings={"agent_limits": limits}))
        olga = hire(session, cast.shop_id, "Olga", NOW, "owner")
        found = look_up(session, "BACK15-000", tom, NOW)
        assert isinstance(found, CodeFile)
        assert found.may_extend == found.may_replace == why
        assert extend(session, coupon(db).id, 1, tom, NOW) == (OverLimit(why) if why else Done())
        if why:
            assert replace(session, coupon(db).id, tom, NOW) == OverLimit(why)
        assert extend(session, coupon(db).id, 1, olga, NOW) == Done()


def test_the_code_in_its_place_is_worth_as_much_and_lasts_as_long(
    db: Database, cast: Cast, tom: Actor
) -> None:
    fill(db, cast)
    old = coupon(db)
    with db.write() as session:
        got = replace(session, old.id, tom, NOW)
        assert isinstance(got, Replaced)
        assert (got.code, got.ends_at) == ("BACK15-001", old.ends_at)
    assert (coupon(db).status, coupon(db, "BACK15-001").status) == ("void", "live")
    with db.write() as session:
        session.execute(update(Coupon).where(Coupon.status == "pool").values(status="expired"))
        assert replace(session, got.coupon_id, tom, NOW) == NoneLeft("percent-15")


def test_nobody_else_may(db: Database, cast: Cast, tom: Actor) -> None:
    with db.write() as session:
        editor = hire(session, cast.shop_id, "Ed", NOW, "editor")
        stranger = hire(session, cast.other_shop_id, "Sue", NOW, "owner")
        assert isinstance(void(session, coupon(db).id, editor, NOW), NotAllowed)
        assert void(session, coupon(db).id, stranger, NOW) == Gone()
        assert look_up(session, "BACK15-000", stranger, NOW) == Gone()
