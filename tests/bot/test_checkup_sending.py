"""`winback doctor` says what holds texts back, and shows no number."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from bot.checkup_sending import held_back
from bot.models import Conversation, Shop
from bot.sending.heeding import heed_report
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp


def test_nothing_is_held_back(app: FakedApp, cast: Cast) -> None:
    """As it should be."""
    assert list(held_back(app)) == []


def test_alerts_pauses_and_people_are_named(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """A sender that is not registered, an account at its limit, a shop whose people are behind."""
    heed_report(app, ACCOUNT, cast.number, "30034")
    heed_report(app, ACCOUNT, cast.number, "63038")
    with app.database.write() as session:
        session.execute(update(Shop).values(settings={"people_waiting": 1}))
        session.execute(update(Conversation).values(holder="nobody", held_since=clock()))
    found = [(each.about, each.why) for each in held_back(app)]
    told = " ".join(" ".join(each) for each in found)
    for word in ("30034", "63038", "paused until", "openers wait", "openers of juniper"):
        assert word in told, told
    assert cast.number not in told
    clock.move(timedelta(days=2))
    left = [each.about for each in held_back(app)]
    assert left == ["openers of juniper"]
