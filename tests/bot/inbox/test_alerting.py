"""What people of a shop hear of: each matter once, to whoever it concerns, and nothing of another shop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.compliance import consent
from bot.db import Database
from bot.inbox import Actor
from bot.inbox.alerting import Mark, look, mark, told
from bot.inbox.matters import AT_ONCE
from bot.models import ConfirmedPhone, Notice, Notification, Promise, Shop, Suppression
from tests.bot.inbox.staffed import change, hire, more_customers, say, waits
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp

HOUR = timedelta(hours=1)


@pytest.fixture
def tom(db: Database, cast: Cast) -> Actor:
    with db.write() as session:
        return hire(session, cast.shop_id, "Tom", NOW)


def lines(db: Database, actor: Actor) -> list[tuple[str, str]]:
    with db.read() as session:
        return [(each.matter, f"{each.who} {each.line}") for each in reversed(told(session, actor))]


def test_somebody_who_waits_is_told_once_however_often_one_looks(
    app: FakedApp, db: Database, cast: Cast, tom: Actor
) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW - timedelta(minutes=5))
        waits(session, cast.cleo, NOW)
    assert look(app) == 2
    assert look(app) == 0
    assert lines(db, tom) == [("waits", "Ana waits for a person: asked for a person")]
    with db.read() as session:
        newest = mark(session, tom).newest
        assert mark(session, tom) == Mark(newest, 1)
        assert told(session, tom, after=newest) == ()


def test_who_waits_again_is_news_again(app: FakedApp, db: Database, cast: Cast, clock: StillClock) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW)
    assert look(app) == 1
    clock.move(hours=2)
    with db.write() as session:
        waits(session, cast.ana, clock())
    assert look(app) == 1


def test_the_reply_target_counts_working_hours(
    app: FakedApp, db: Database, cast: Cast, tom: Actor, clock: StillClock
) -> None:
    """The shop works from 9 to 5 in New York, Monday to Friday; it is Wednesday, 1 p.m."""
    with db.write() as session:
        change(session, cast.ana, holder="staff", staff_id=tom.staff_id, owed_since=NOW + 3.5 * HOUR)
    clock.move(hours=6)
    assert look(app) == 0
    clock.move(hours=14)
    assert look(app) == 0
    clock.move(hours=1)
    assert look(app) == 1
    assert lines(db, tom) == [("late", "Ana no answer for 60 minutes of working hours")]
    with db.write() as session:
        sue = hire(session, cast.shop_id, "Sue", NOW)
    assert lines(db, sue) == []


def test_promises_doubts_and_unknown_ends_are_told(
    app: FakedApp, db: Database, cast: Cast, tom: Actor
) -> None:
    with db.write() as session:
        its = {"shop_id": cast.shop_id, "conversation_id": cast.ana.conversation_id, "at": NOW}
        session.add(Promise(what="call her", due_at=NOW - HOUR, **its))
        session.add(Promise(what="call him", due_at=NOW + HOUR, **its))
        consent.hold(session, cast.shop_id, cast.ana.phone_key, source="model", at=NOW)
        say(session, cast.ben, "Hm", NOW - timedelta(hours=25), status="unknown")
    assert look(app) == 3
    assert look(app) == 0
    assert [matter for matter, _ in lines(db, tom)] == ["promise", "doubt", "unknown"]


@pytest.mark.parametrize(
    "quiet", [{"snoozed_until": NOW + HOUR}, {"closed_at": NOW}, {"held_since": NOW - timedelta(days=40)}]
)
def test_what_rests_is_not_told(app: FakedApp, db: Database, cast: Cast, quiet: dict[str, object]) -> None:
    with db.write() as session:
        waits(session, cast.ana, NOW)
        change(session, cast.ana, **quiet)
    assert look(app) == 0


def test_each_way_that_the_shop_set_gets_one_notice(app: FakedApp, db: Database, cast: Cast) -> None:
    with db.write() as session:
        wanted = {
            "matters": ["waits"],
            "webhook": "https://hooks.example/in",
            "emails": ["a@juniper.example", "a@juniper.example", "b@juniper.example"],
            "phone": "+14155550109",
        }
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(settings={"notify": wanted}))
        session.add(ConfirmedPhone(shop_id=cast.shop_id, phone="+14155550109", confirmed_at=NOW))
        session.add(ConfirmedPhone(shop_id=cast.shop_id, phone="+14155550108"))
        waits(session, cast.ana, NOW)
        consent.hold(session, cast.shop_id, cast.ben.phone_key, source="model", at=NOW)
    look(app)
    look(app)
    with db.read() as session:
        found = session.execute(
            select(Notification.matter, Notice.channel, Notice.address)
            .join(Notice, Notice.notification_id == Notification.id)
            .order_by(Notice.id)
        ).all()
        phone = session.execute(
            select(ConfirmedPhone.id).where(ConfirmedPhone.phone == "+14155550109")
        ).scalar()
    assert [tuple(each) for each in found] == [
        ("waits", "webhook", "https://hooks.example/in"),
        ("waits", "email", "a@juniper.example"),
        ("waits", "email", "b@juniper.example"),
        ("waits", "text", str(phone)),
    ]


def keys(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Notification.key).order_by(Notification.id)))


def test_a_second_promise_of_a_conversation_is_told_too(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    """Though it was due before the first one was told of."""
    its = {"shop_id": cast.shop_id, "conversation_id": cast.ana.conversation_id, "at": NOW}
    with db.write() as session:
        session.add(Promise(id=71, what="call her", due_at=NOW - HOUR, **its))
    assert look(app) == 1
    clock.move(minutes=1)
    with db.write() as session:
        session.add(Promise(id=72, what="write to her", due_at=NOW - HOUR / 2, **its))
    assert look(app) == 1
    assert look(app) == 0
    assert keys(db) == ["promise:71", "promise:72"]


def test_a_second_text_of_which_nobody_knows_is_told_too(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    """It was tried before the first was given up, and so before that was told."""
    with db.write() as session:
        first = say(session, cast.ana, "One", NOW - timedelta(hours=25), status="unknown")
        second = say(session, cast.ana, "Two", NOW - timedelta(hours=1), status="unknown")
    assert look(app) == 1
    clock.move(hours=25)
    assert look(app) == 1
    assert look(app) == 0
    assert keys(db) == [f"unknown:{first}", f"unknown:{second}"]


def test_a_second_doubt_about_somebody_is_told_too(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    for _ in range(2):
        with db.write() as session:
            consent.hold(session, cast.shop_id, cast.ana.phone_key, source="model", at=clock())
        assert look(app) == 1
        clock.move(minutes=5)
        with db.write() as session:
            session.execute(delete(Suppression).where(Suppression.phone_key == cast.ana.phone_key))
        clock.move(minutes=5)


def test_an_older_text_that_is_owed_an_answer_again_is_told_too(
    app: FakedApp, db: Database, cast: Cast, tom: Actor, clock: StillClock
) -> None:
    """The answer to it turned out to be lost, after a later one was told of and answered."""
    with db.write() as session:
        change(session, cast.ana, holder="staff", staff_id=tom.staff_id, owed_since=NOW)
    clock.move(hours=1.5)
    assert look(app) == 1
    with db.write() as session:
        change(session, cast.ana, owed_since=None)
    clock.move(minutes=5)
    assert look(app) == 0
    with db.write() as session:
        change(session, cast.ana, owed_since=NOW - HOUR)
    assert look(app) == 1
    assert look(app) == 0


@pytest.mark.slow
def test_whoever_is_late_behind_many_who_were_told_is_told(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    """A look takes up so many; those who were told are not among them."""
    many = AT_ONCE + 50
    with db.write() as session:
        for number in more_customers(session, cast, [f"C{number}" for number in range(many)], NOW):
            change(session, number, holder="staff", owed_since=NOW - timedelta(seconds=number // 3))
    clock.move(hours=2.5)
    assert [look(app) for _ in range(3)] == [AT_ONCE, 50, 0]


@pytest.mark.parametrize("broken", ["Ana's", "Cleo's"])
def test_a_shop_whose_settings_nobody_can_read_keeps_no_other_waiting(
    app: FakedApp, db: Database, cast: Cast, broken: str
) -> None:
    shop_id = cast.shop_id if broken == "Ana's" else cast.other_shop_id
    with db.write() as session:
        waits(session, cast.ana, NOW)
        waits(session, cast.cleo, NOW)
        session.execute(update(Shop).where(Shop.id == shop_id).values(settings={"notify": 1}))
    assert look(app) == 1
