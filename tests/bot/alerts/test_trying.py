"""A test of a way: to whom it goes, what is said of it, and that there is an end to it."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.alerts.deliver import deliver
from bot.alerts.outcomes import Delivered, Delivery, Later, Never
from bot.alerts.trying import AN_HOUR, Begun, NotSet, TooOften, results, send_test
from bot.compliance import consent
from bot.conversations.customers import find_or_make
from bot.db import Database
from bot.inbox.alerting import mark, told
from bot.models import Audit, ConfirmedPhone, Outbound, Shop
from bot.staff import audit
from tests.bot.alerts.test_deliver import FakeMailer, FakePoster
from tests.bot.conversations.loop import run_until_quiet
from tests.bot.inbox.staffed import hire
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

PHONE = "+14155550109"
BY = audit.By("Olga", staff_id=1)


@pytest.fixture(autouse=True)
def _wants(app: FakedApp, db: Database, cast: Cast) -> None:
    """Ana's shop is told on every way."""
    wanted = {
        "webhook": "https://hooks.example/in",
        "emails": ["a@juniper.example", "b@juniper.example"],
        "phone": PHONE,
    }
    with db.write() as session:
        olga = hire(session, cast.shop_id, "Olga", NOW, "owner")
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(settings={"notify": wanted}))
        session.add(
            ConfirmedPhone(shop_id=cast.shop_id, phone=PHONE, confirmed_at=NOW, staff_id=olga.staff_id)
        )
        party = find_or_make(session, app.keys, cast.shop_id, PHONE, NOW)
        consent.opt_in(session, cast.shop_id, party.phone_key, kind="written", source="own_phone", at=NOW)


def came(db: Database, cast: Cast) -> list[tuple[str, str, str, bool]]:
    with db.read() as session:
        found = results(session, cast.shop_id)
        assert results(session, cast.other_shop_id) == {}
        return [(each.where, each.status, each.why, each.settled) for its in found.values() for each in its]


@pytest.mark.parametrize(
    ("says", "status", "why"),
    [
        (Delivered(), "sent", ""),
        (Later("answered 503"), "failed", "answered 503"),
        (Never("a private address"), "failed", "a private address"),
    ],
)
def test_a_webhook_is_tested_once_and_one_sees_what_came_of_it(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock, says: Delivery, status: str, why: str
) -> None:
    poster = FakePoster(says)
    assert send_test(app, cast.shop_id, "webhook", BY, poster=poster, patience=30) == Begun(1)
    clock.move(hours=5)
    deliver(app, None, poster)
    ((url, body, _),) = poster.posts
    assert (url, json.loads(body)["type"]) == ("https://hooks.example/in", "inbox.test")
    assert came(db, cast) == [(url, status, why, True)]


def test_mails_go_to_all_at_any_hour(app: FakedApp, db: Database, cast: Cast, clock: StillClock) -> None:
    clock.move(hours=10)  # 11 p.m. in New York
    mailer = FakeMailer()
    assert send_test(app, cast.shop_id, "email", BY, mailer=mailer, patience=30) == Begun(2)
    to, subject, body = mailer.mails[0]
    assert (to, subject) == ("a@juniper.example", "Juniper Coffee: this is a test")
    assert body == "Notifications reach you here.\nhttp://127.0.0.1:8081/shops/juniper/inbox\n"
    assert [each[:2] for each in came(db, cast)] == [
        ("a@juniper.example", "sent"),
        ("b@juniper.example", "sent"),
    ]


def test_a_phone_is_tested_through_the_gate(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    assert send_test(app, cast.shop_id, "text", BY, patience=30) == Begun(1)
    assert came(db, cast) == [(PHONE, "ready", "", False)]
    run_until_quiet(app)
    assert came(db, cast) == [(PHONE, "sent", "", False)]
    with db.write() as session:
        row = session.execute(select(Outbound)).scalar_one()
        assert row.body == "Winback: this is a test."
        row.provider_status = "delivered"
    assert came(db, cast) == [(PHONE, "delivered", "", True)]
    clock.move(hours=12)  # 10 p.m. in San Francisco
    send_test(app, cast.shop_id, "text", BY, patience=30)
    run_until_quiet(app)
    ((_, status, why, settled),) = came(db, cast)
    assert (status, settled) == ("ready", False)
    assert "22:00" in why
    with db.read() as session:
        leaves_at = results(session, cast.shop_id)["text"][0].leaves_at
        assert leaves_at
        assert leaves_at - clock() > timedelta(hours=5)


def test_a_phone_that_said_stop_shows_why_nothing_comes(app: FakedApp, db: Database, cast: Cast) -> None:
    with db.write() as session:
        key = app.keys.phone_key(cast.shop_id, PHONE)
        consent.opt_out(session, cast.shop_id, key, source="carrier_word", at=NOW)
    send_test(app, cast.shop_id, "text", BY, patience=30)
    run_until_quiet(app)
    ((_, status, why, settled),) = came(db, cast)
    assert (status, settled) == ("denied", True)
    assert why


def test_a_server_that_takes_long_keeps_nobody_at_the_page(app: FakedApp, db: Database, cast: Cast) -> None:
    over = threading.Event()

    class Slow(FakePoster):
        def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
            over.wait()
            return Delivered()

    try:
        assert send_test(app, cast.shop_id, "webhook", BY, poster=Slow(), patience=0) == Begun(1)
        assert [each[1:] for each in came(db, cast)] == [("waiting", "", False)]
    finally:
        over.set()
    for thread in threading.enumerate():
        if thread.name == "test":
            thread.join(10)
    assert [each[1:] for each in came(db, cast)] == [("sent", "", True)]


def test_there_is_an_end_to_it(app: FakedApp, db: Database, cast: Cast, clock: StillClock) -> None:
    poster = FakePoster()
    for _ in range(AN_HOUR):
        assert send_test(app, cast.shop_id, "webhook", BY, poster=poster, patience=30) == Begun(1)
    assert send_test(app, cast.shop_id, "webhook", BY, poster=poster, patience=30) == TooOften()
    clock.move(hours=1, seconds=1)
    assert send_test(app, cast.shop_id, "webhook", BY, poster=poster, patience=30) == Begun(1)
    assert len(poster.posts) == AN_HOUR + 1


def test_what_is_not_set_is_not_tested_and_a_test_is_no_news(app: FakedApp, db: Database, cast: Cast) -> None:
    assert send_test(app, cast.other_shop_id, "webhook", BY) == NotSet()
    with db.write() as session:
        sue = hire(session, cast.shop_id, "Sue", NOW, "owner")
    by = audit.By("Sue", staff_id=sue.staff_id)
    send_test(app, cast.shop_id, "webhook", by, poster=FakePoster(), patience=30)
    with db.read() as session:
        assert told(session, sue) == ()
        assert mark(session, sue).newest == 0
        acts = session.execute(select(Audit.action, Audit.staff_id, Audit.details)).all()
    assert [tuple(each) for each in acts] == [
        ("notification tested", sue.staff_id, {"way": "webhook", "addresses": 1})
    ]
