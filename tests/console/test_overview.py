"""A shop's first page says what holds its texts back, and nothing of another shop's."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from bot.models import Conversation, Shop
from bot.sending.heeding import heed_report
from tests.console.conftest import Visitor
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

HELD = "What holds texts back"


def test_a_page_of_a_shop_whose_texts_leave_freely_says_nothing_of_it(ana: Visitor) -> None:
    assert HELD not in ana.page("/shops/juniper/")


def test_people_who_are_behind_are_told_of_on_their_own_shops_page_alone(
    app: FakedApp, cast: Cast, ana: Visitor, clock: StillClock
) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).values(settings={"people_waiting": 1}))
        session.execute(
            update(Conversation)
            .where(Conversation.shop_id == cast.shop_id)
            .values(holder="nobody", held_since=clock() - timedelta(hours=1))
        )
    page = ana.page("/shops/juniper/")
    assert HELD in page
    assert "openers of juniper" in page
    assert "raise people_waiting" in page
    assert HELD not in ana.page("/shops/paprika/")


def test_what_an_account_suffers_is_not_shown_where_several_shops_share_the_house(
    app: FakedApp, cast: Cast, ana: Visitor
) -> None:
    heed_report(app, ACCOUNT, cast.number, "30034")
    assert HELD not in ana.page("/shops/juniper/")


def test_who_waits_is_led_to_in_the_inbox(app: FakedApp, cast: Cast, ana: Visitor, clock: StillClock) -> None:
    with app.database.write() as session:
        session.execute(
            update(Conversation)
            .where(Conversation.id == cast.ana.conversation_id)
            .values(holder="nobody", held_since=clock() - timedelta(hours=1))
        )
    link = f'<a href="/shops/juniper/inbox/{cast.ana.conversation_id}">Ana</a>'
    assert link in ana.page("/shops/juniper/")
