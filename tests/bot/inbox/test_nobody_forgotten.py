"""What falls between bot and people, between two calls, or between two shops: a text, a limit, a link, a taught line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.inbox.by_rule import return_due
from bot.inbox.codes import extend
from bot.inbox.holding import take_over
from bot.models import Coupon, Shop
from bot.offers.pools import add_codes
from bot.offers.redeeming import redeem
from bot.staff import accounts, links, members
from bot.teaching.lines import Refused, add, correct, lines_of
from nlu.training_data import Example
from tests.bot.conversations.loop import conversation, run_until_quiet, text_in
from tests.bot.inbox.staffed import hear, hire
from tests.bot.offers.conftest import hold
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture
def db(sqlite_db: object) -> object:
    return sqlite_db


def test_a_text_that_came_before_the_takeover_and_had_no_turn_is_owed(
    app: FakedApp, cast: Cast, clock: StillClock, provider: FakeProvider, reader: FakeReader
) -> None:
    """Else the conversation would go back by itself over a text that nobody answered."""
    reader.reads |= {"same again": reading("reorder")}
    with app.database.write() as session:
        tom = hire(session, cast.shop_id, "Tom", clock())
        shop = session.get_one(Shop, cast.shop_id)
        shop.settings = shop.settings | {"return_hours": 4}
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=1)
    with app.database.write() as session:
        take_over(session, cast.ana.conversation_id, tom, clock())
    clock.move(seconds=4)
    run_until_quiet(app)
    assert conversation(app, cast.ana).owed_since is not None
    clock.move(hours=5)
    return_due(app)
    run_until_quiet(app)
    assert (conversation(app, cast.ana).holder, provider.bodies) == ("staff", [])


def test_several_extensions_are_no_way_past_the_limit(db: object, cast: Cast) -> None:
    hold(db, cast.ana, "BACK15-000")  # type: ignore[arg-type]
    with db.write() as session:  # type: ignore[attr-defined]
        tom = hire(session, cast.shop_id, "Tom", NOW)
        code = session.execute(select(Coupon.id).where(Coupon.code == "BACK15-000")).scalar_one()
    ends = []
    for _ in range(6):
        with db.write() as session:  # type: ignore[attr-defined]
            extend(session, code, 14, tom, NOW)
            ends.append(session.get_one(Coupon, code).ends_at)
    assert ends[0] > NOW + timedelta(days=14)
    assert set(ends[1:]) == {ends[0]}


def test_a_correction_that_waits_takes_no_taught_line_away(db: object, cast: Cast, clock: StillClock) -> None:
    with db.write() as session:  # type: ignore[attr-defined]
        tom = hire(session, cast.shop_id, "Tom", NOW)
        add(
            session,
            cast.shop_id,
            [Example("put me down as done", "stop", "en")],
            origin="file",
            at=clock(),
        )
        text = hear(session, cast.ana, "Put me down as done", clock())
        said = correct(session, cast.shop_id, text, "no", at=clock(), staff_id=tom.staff_id, state="waiting")
        assert isinstance(said, Refused)
        (line,) = lines_of(session, cast.shop_id)
        assert (line.intent, line.state) == ("stop", "taken")
        taken = correct(session, cast.shop_id, text, "no", at=clock(), staff_id=tom.staff_id, state="taken")
        assert taken == line.id


def test_a_reset_made_by_one_shop_ends_when_its_subject_joins_another(
    db: object, cast: Cast, clock: StillClock
) -> None:
    with db.write() as session:  # type: ignore[attr-defined]
        bob = accounts.make(session, "bob@juniper.example", "Bob", clock())
        olive = accounts.make(session, "olive@juniper.example", "Olive", clock())
        bob.password_hash = olive.password_hash = "stands here for one"
        members.admit(session, cast.shop_id, olive, "owner", clock())
        member = members.admit(session, cast.shop_id, bob, "agent", clock())
        reset = members.reset(session, cast.shop_id, member.id, olive.id, clock(), both=True)
        invited = members.invite(session, cast.other_shop_id, "bob@juniper.example", "owner", clock())
        assert isinstance(reset, members.Reset)
        assert isinstance(invited, members.Invited)
        link = links.look(session, invited.token, clock())
        assert link is not None
        assert links.join(session, link, clock())
        assert links.look(session, reset.token, clock()) is None


def test_codes_that_differ_in_case_alone_are_both_redeemed(db: object, cast: Cast) -> None:
    with db.write() as session:  # type: ignore[attr-defined]
        add_codes(session, cast.shop_id, "p", ["Back-1", "BACK-1"], percent=10)
        first = redeem(session, cast.shop_id, "BACK-1", 1)
        other = redeem(session, cast.shop_id, "back-1", 2)
    assert first is not None
    assert first.code == "BACK-1"
    assert other is not None
