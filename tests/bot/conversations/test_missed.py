"""Texts that the provider received and no webhook brought: found, in order, once, and treated as old as they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.backups import afterwards
from bot.clock import set_offset
from bot.conversations import late
from bot.conversations.missed import FIRST_LOOK, OVERLAP, SETTLED, look_for_missed
from bot.conversations.receive import InboundText, receive
from bot.models import (
    Consent,
    Conversation,
    Inbound,
    InboundMedia,
    Instance,
    Sender,
    Shop,
    StrayText,
    Suppression,
)
from bot.sending.archive import ListingError, MediaRef, ReceivedText
from tests.support.cast import ACCOUNT, Cast, Member
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakeArchive, FakeBell, FakedApp


@pytest.fixture
def archive(app: FakedApp) -> FakeArchive:
    """What the provider remembers."""
    assert isinstance(app.archive, FakeArchive)
    return app.archive


@pytest.fixture(autouse=True)
def looked_at_an_hour_ago(app: FakedApp, cast: Cast) -> None:
    _mark(app, NOW - timedelta(hours=1))


def _mark(app: FakedApp, until: datetime | None) -> None:
    with app.database.write() as session:
        session.execute(update(Sender).values(heard_until=until))


def marks(app: FakedApp) -> set[datetime | None]:
    with app.database.read() as session:
        return set(session.scalars(select(Sender.heard_until)))


def said(
    cast: Cast, who: Member, body: str, minutes_ago: float, sid: str = "", **changes: Any
) -> ReceivedText:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "provider_id": sid or f"SM-{body}",
        "from_number": who.phone,
        "to_number": cast.number,
        "body": body,
        "received_at": NOW - timedelta(minutes=minutes_ago),
        "media_count": 0,
    }
    return ReceivedText(**{**values, **changes})


def by_webhook(app: FakedApp, text: ReceivedText) -> None:
    receive(
        app,
        InboundText(text.account, text.provider_id, text.from_number, text.to_number, text.body),
    )


def rows(app: FakedApp) -> list[Inbound]:
    with app.database.read() as session:
        return list(session.scalars(select(Inbound).order_by(Inbound.id)))


def conversation(app: FakedApp, who: Member) -> Conversation:
    with app.database.read() as session:
        return session.get_one(Conversation, who.conversation_id)


def test_what_no_webhook_brought_is_brought_in_order_and_with_its_own_time(
    app: FakedApp, cast: Cast, archive: FakeArchive, bell: FakeBell
) -> None:
    archive.received = [said(cast, cast.ana, "second", 20), said(cast, cast.ana, "first", 30)]
    assert look_for_missed(app) == 2
    found = rows(app)
    assert [row.body for row in found] == ["first", "second"]
    assert [row.received_at for row in found] == [NOW - timedelta(minutes=30), NOW - timedelta(minutes=20)]
    here = conversation(app, cast.ana)
    assert (here.last_inbound_at, here.last_inbound_id) == (found[1].received_at, found[1].id)
    assert here.work_due_at is not None
    assert here.work_due_at <= NOW
    assert bell.rung == ["turns", "turns"]


def test_what_the_webhook_brought_is_left_alone_and_looking_twice_brings_nothing(
    app: FakedApp, cast: Cast, archive: FakeArchive, bell: FakeBell
) -> None:
    known, missed = said(cast, cast.ana, "known", 30), said(cast, cast.ana, "missed", 20)
    by_webhook(app, known)
    archive.received = [known, missed]
    assert look_for_missed(app) == 1
    assert look_for_missed(app) == 0
    by_webhook(app, missed)  # it comes after all
    assert [row.body for row in rows(app)] == ["known", "missed"]
    assert bell.rung == ["turns", "turns"]


def test_what_has_just_come_is_left_to_its_webhook(app: FakedApp, cast: Cast, archive: FakeArchive) -> None:
    archive.received = [said(cast, cast.ana, "just now", SETTLED.total_seconds() / 60 - 0.1)]
    assert look_for_missed(app) == 0
    assert marks(app) == {NOW - SETTLED}


def test_a_look_begins_before_the_mark_and_moves_it(app: FakedApp, cast: Cast, archive: FakeArchive) -> None:
    late_in_the_list = said(cast, cast.ana, "late in the list", 60 + OVERLAP.total_seconds() / 60 - 1)
    archive.received = [late_in_the_list]
    assert look_for_missed(app) == 1
    _, (number, since, until) = archive.asked[0]
    assert (number, since, until) == (cast.number, NOW - timedelta(hours=1) - OVERLAP, NOW - SETTLED)
    assert marks(app) == {NOW - SETTLED}


def test_where_nobody_could_be_asked_the_mark_stays_and_the_next_look_finds_it(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    archive.received = [said(cast, cast.ana, "hello?", 30)]
    archive.away = ListingError("ReadTimeout")
    assert look_for_missed(app) == 0
    assert marks(app) == {NOW - timedelta(hours=1)}
    archive.away = None
    assert look_for_missed(app) == 1


def test_a_long_time_is_looked_through_day_by_day_from_the_mark_of_the_backup(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    _mark(app, NOW - timedelta(days=3))
    archive.received = [said(cast, cast.ana, f"day {n}", n * 24 * 60 - 30) for n in (1, 2, 3)]
    assert look_for_missed(app) == 3
    assert [row.body for row in rows(app)] == ["day 3", "day 2", "day 1"]
    spans = [about for what, about in archive.asked if what == "received" and about[0] == cast.number]
    assert [until - since - OVERLAP for _, since, until in spans[:-1]] == [timedelta(days=1)] * 2


@pytest.mark.parametrize(("shop_age", "begins"), [(400, FIRST_LOOK), (2, timedelta(days=2))])
def test_the_first_look_goes_back_to_the_shop_s_beginning_and_not_for_ever(
    app: FakedApp, cast: Cast, archive: FakeArchive, shop_age: int, begins: timedelta
) -> None:
    _mark(app, None)
    with app.database.write() as session:
        session.execute(update(Shop).values(created_at=NOW - timedelta(days=shop_age)))
    look_for_missed(app)
    assert archive.asked[0][1][1] == NOW - begins - OVERLAP


def test_a_stop_of_long_ago_is_in_force_at_once_and_nobody_answers_it(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    _mark(app, NOW - timedelta(hours=20))
    archive.received = [said(cast, cast.ana, "STOP", 19 * 60)]
    look_for_missed(app)
    with app.database.read() as session:
        stopped = session.get(Suppression, (cast.shop_id, cast.ana.phone_key))
    assert stopped is not None
    assert stopped.kind == "opted_out"
    (row,) = rows(app)
    assert row.turned_at is None  # its turn tells the flows
    assert row.received_at == NOW - timedelta(hours=19)  # which makes a confirmation too late (R5)


def test_an_old_text_goes_to_a_person_and_gets_no_turn(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    _mark(app, NOW - timedelta(hours=20))
    archive.received = [said(cast, cast.ana, "is it vegan?", 6 * 60 + 1)]
    look_for_missed(app)
    (row,) = rows(app)
    here = conversation(app, cast.ana)
    assert (here.holder, here.holder_reason, here.open_matter) == (
        "nobody",
        "a text arrived late",
        "question",
    )
    assert row.turned_at == NOW
    assert here.work_due_at is None


def test_a_text_that_is_not_so_old_is_answered(app: FakedApp, cast: Cast, archive: FakeArchive) -> None:
    _mark(app, NOW - timedelta(hours=20))
    archive.received = [said(cast, cast.ana, "is it vegan?", 6 * 60 - 1)]
    look_for_missed(app)
    (row,) = rows(app)
    assert (row.turned_at, conversation(app, cast.ana).holder) == (None, "bot")


def test_what_came_between_a_backup_and_its_restoring_is_a_person_s(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    """It may have been answered before the database was lost, and would be answered again."""
    assert late.RESTORED == afterwards.RESTORED
    with app.database.write() as session:
        session.add(Instance(name=late.RESTORED, value={"at": (NOW - timedelta(minutes=20)).isoformat()}))
    archive.received = [said(cast, cast.ana, "before", 30), said(cast, cast.ben, "after START", 10)]
    look_for_missed(app)
    assert [row.turned_at for row in rows(app)] == [NOW, None]
    assert conversation(app, cast.ana).holder == "nobody"


@pytest.mark.parametrize("body", ["START", 'Liked "Hi Ana"'])
def test_an_old_start_or_thumb_needs_nobody(
    app: FakedApp, cast: Cast, archive: FakeArchive, body: str
) -> None:
    _mark(app, NOW - timedelta(hours=20))
    archive.received = [said(cast, cast.ana, body, 7 * 60)]
    look_for_missed(app)
    assert rows(app)[0].turned_at == NOW
    assert conversation(app, cast.ana).holder == "bot"


def test_a_stop_that_the_customer_took_back_since_is_not_brought_into_force(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    by_webhook(app, said(cast, cast.ben, "START", 0))
    archive.received = [said(cast, cast.ben, "STOP", 30, sid="SM-before")]
    look_for_missed(app)
    with app.database.read() as session:
        assert session.get(Suppression, (cast.shop_id, cast.ben.phone_key)) is None
        assert session.get(Consent, (cast.shop_id, cast.ben.phone_key)) is not None
    before = next(row for row in rows(app) if row.provider_id == "SM-before")
    assert (before.keyword, before.opt_out, before.turned_at) == ("STOP", None, NOW)


def test_a_start_of_before_does_not_undo_a_stop(app: FakedApp, cast: Cast, archive: FakeArchive) -> None:
    by_webhook(app, said(cast, cast.ana, "STOP", 0))
    archive.received = [said(cast, cast.ana, "START", 30, sid="SM-before")]
    look_for_missed(app)
    with app.database.read() as session:
        stopped = session.get(Suppression, (cast.shop_id, cast.ana.phone_key))
    assert stopped is not None
    assert stopped.kind == "opted_out"


def test_a_start_after_a_stop_both_missed_leaves_them_in(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    archive.received = [said(cast, cast.ben, "START", 20), said(cast, cast.ben, "STOP", 30)]
    look_for_missed(app)
    with app.database.read() as session:
        assert session.get(Suppression, (cast.shop_id, cast.ben.phone_key)) is None


def test_a_missed_text_of_before_the_last_one_does_not_put_the_clock_back(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    by_webhook(app, said(cast, cast.ana, "newer", 0))
    archive.received = [said(cast, cast.ana, "older", 30)]
    look_for_missed(app)
    assert conversation(app, cast.ana).last_inbound_at == NOW


def test_its_pictures_are_asked_for_and_wait_to_be_fetched(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    archive.received = [said(cast, cast.ana, "", 30, sid="MM1", media_count=1)]
    archive.media = {"MM1": (MediaRef("https://api.twilio.com/x", "image/png"),)}
    look_for_missed(app)
    with app.database.read() as session:
        (waiting,) = session.scalars(select(InboundMedia))
    assert (rows(app)[0].kind, waiting.url, waiting.claimed_type) == (
        "picture",
        "https://api.twilio.com/x",
        "image/png",
    )


def test_a_stranger_s_nonsense_is_kept_as_a_stray_text_once(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    archive.received = [said(cast, cast.ana, "buy now", 30, from_number="SHOPPY")]
    look_for_missed(app)
    look_for_missed(app)
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(StrayText)) == 1


def test_a_moved_clock_moves_its_time_with_it(
    app: FakedApp, cast: Cast, archive: FakeArchive, clock: StillClock
) -> None:
    with app.database.write() as session:
        set_offset(session, timedelta(days=4))
    archive.received = [said(cast, cast.ana, "hi", 30)]
    look_for_missed(app)
    (row,) = rows(app)
    assert row.received_at == NOW + timedelta(days=4, minutes=-30)
    assert row.turned_at is None
