"""Notices on their way: tried, tried again, held in the night, and dropped when the matter was seen to."""

from __future__ import annotations

import hmac
import json
import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.alerts.claims import TRIES
from bot.alerts.deliver import OF_A_SHOP, ROUND_SECONDS, WEBHOOK_SECONDS, deliver
from bot.alerts.mail import SmtpMailer
from bot.alerts.outcomes import Delivered, Delivery, Later, Never
from bot.alerts.webhook import HEADER, secret_of, signature
from bot.db import Database
from bot.inbox.alerting import look
from bot.keys import Keys
from bot.models import Notice, Notification, Shop
from bot.settings import MailSettings
from tests.bot.inbox.staffed import change, waits
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp


@dataclass
class FakeMailer:
    """Remembers the mails, and says what it was told to."""

    says: Delivery = field(default_factory=Delivered)
    mails: list[tuple[str, str, str]] = field(default_factory=list)

    def send(self, to: str, subject: str, body: str) -> Delivery:
        self.mails.append((to, subject, body))
        return self.says


@dataclass
class FakePoster:
    """Remembers the posts."""

    says: Delivery = field(default_factory=Delivered)
    posts: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
        self.posts.append((url, body, headers))
        return self.says


def wants(db: Database, cast: Cast, **notify: object) -> None:
    """Ana's shop hears of who waits, and Ana waits."""
    with db.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(settings={"notify": notify}))
        waits(session, cast.ana, NOW)


def notices(db: Database) -> list[tuple[str, int, str | None]]:
    with db.read() as session:
        return [
            tuple(each)
            for each in session.execute(select(Notice.status, Notice.tries, Notice.why).order_by(Notice.id))
        ]  # type: ignore[misc]


def test_an_email_says_who_waits_and_where_to_answer(app: FakedApp, db: Database, cast: Cast) -> None:
    wants(db, cast, emails=["o@juniper.example"])
    look(app)
    mailer = FakeMailer()
    assert deliver(app, mailer, FakePoster()) == 1
    assert deliver(app, mailer, FakePoster()) == 0
    assert mailer.mails == [
        (
            "o@juniper.example",
            "Juniper Coffee: waits for a person: asked for a person",
            f"Ana waits for a person: asked for a person.\nhttp://127.0.0.1:8081/shops/juniper/inbox/{cast.ana.conversation_id}\n",
        )
    ]
    assert notices(db) == [("sent", 1, None)]


def test_a_webhook_is_signed_and_names_nobody(app: FakedApp, db: Database, cast: Cast, keys: Keys) -> None:
    wants(db, cast, webhook="https://hooks.example/in")
    look(app)
    poster = FakePoster()
    assert deliver(app, None, poster) == 1
    ((url, body, headers),) = poster.posts
    assert url == "https://hooks.example/in"
    assert json.loads(body)["type"] == "inbox.waits"
    assert b"Ana" not in body
    at = int(NOW.timestamp())
    assert hmac.compare_digest(headers[HEADER], signature(secret_of(keys, cast.shop_id), at, body))
    assert secret_of(keys, cast.shop_id) != secret_of(keys, cast.other_shop_id)


def test_what_fails_is_tried_again_and_not_for_ever(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    wants(db, cast, webhook="https://hooks.example/in")
    look(app)
    poster = FakePoster(Later("answered 503"))
    for _ in range(TRIES + 5):
        deliver(app, None, poster)
        deliver(app, None, poster)  # not due again at once
        clock.move(hours=5)
    assert (notices(db), len(poster.posts)) == ([("failed", TRIES, "answered 503")], TRIES)
    assert notices(db) == [("failed", TRIES, "answered 503")]


def test_what_was_seen_to_meanwhile_is_not_told(app: FakedApp, db: Database, cast: Cast) -> None:
    wants(db, cast, webhook="https://hooks.example/in")
    look(app)
    with db.write() as session:
        change(session, cast.ana, holder="bot")
    poster = FakePoster()
    deliver(app, None, poster)
    assert poster.posts == []
    assert notices(db) == [("skipped", 1, "it was seen to before")]


@pytest.mark.parametrize("at_night", [True, False])
def test_no_email_leaves_in_the_night_unless_it_is_wanted(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock, at_night: bool
) -> None:
    wants(db, cast, emails=["o@juniper.example"], at_night=at_night)
    clock.move(hours=10)  # 11 p.m. in New York
    look(app)
    mailer = FakeMailer()
    assert deliver(app, mailer, FakePoster()) == at_night
    clock.move(hours=8.9)
    assert deliver(app, mailer, FakePoster()) == 0
    clock.move(hours=0.2)
    assert deliver(app, mailer, FakePoster()) == (not at_night)


def test_without_a_mail_server_nothing_is_sent(app: FakedApp, db: Database, cast: Cast) -> None:
    wants(db, cast, emails=["o@juniper.example"])
    look(app)
    assert deliver(app, None, FakePoster()) == 0
    assert notices(db) == [("failed", 1, "no mail server is set")]


def test_a_mail_server_that_is_away_is_tried_later() -> None:
    mailer = SmtpMailer(MailSettings(host="127.0.0.1", port=9, security="none", timeout_seconds=1))
    assert isinstance(mailer.send("o@juniper.example", "Hi", "Hello"), Later)
    assert mailer.send("o@juniper.example\nBcc: x@y.example", "Hi", "Hello") == Never("the address is none")


def test_two_processes_tell_it_once(app: FakedApp, db: Database, cast: Cast) -> None:
    wants(db, cast, webhook="https://hooks.example/in")
    look(app)

    @dataclass
    class Nosy(FakePoster):
        def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
            assert deliver(app, None, FakePoster()) == 0  # another process looks while this one is calling
            return super().post(url, body, headers)

    assert deliver(app, None, Nosy()) == 1


def several(db: Database, cast: Cast, shop_id: int, how_many: int, channel: str = "webhook") -> None:
    """So many notices of this shop that are due, the oldest first; Ana's or Cleo's, who wait."""
    who = cast.ana if shop_id == cast.shop_id else cast.cleo
    with db.write() as session:
        waits(session, who, NOW)
        for number in range(how_many):
            matter = Notification(
                shop_id=shop_id,
                key=f"k{number}",
                matter="waits",
                conversation_id=who.conversation_id,
                line="waits",
                at=NOW,
            )
            session.add(matter)
            session.flush()
            session.add(
                Notice(
                    shop_id=shop_id,
                    notification_id=matter.id,
                    channel=channel,
                    address=f"https://{shop_id}.example/{number}",
                    next_try_at=NOW - timedelta(seconds=how_many - number),
                )
            )


def test_a_fault_of_one_notice_ends_no_round(app: FakedApp, db: Database, cast: Cast) -> None:
    several(db, cast, cast.shop_id, 3)

    @dataclass
    class Faulty(FakePoster):
        def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
            if url.endswith("/1"):
                raise ZeroDivisionError
            return super().post(url, body, headers)

    assert deliver(app, None, Faulty()) == 2
    assert notices(db) == [("sent", 1, None), ("waiting", 1, "ZeroDivisionError"), ("sent", 1, None)]


@pytest.mark.parametrize("faulty", ["first", "second"])
def test_a_shop_whose_settings_nobody_can_read_keeps_no_other_waiting(
    app: FakedApp, db: Database, cast: Cast, faulty: str
) -> None:
    for shop_id in (cast.shop_id, cast.other_shop_id):
        several(db, cast, shop_id, 1)
    broken = cast.shop_id if faulty == "first" else cast.other_shop_id
    with db.write() as session:
        session.execute(update(Shop).where(Shop.id == broken).values(settings={"notify": 1}))
    poster = FakePoster()
    assert deliver(app, None, poster) == 1
    assert [url for url, *_ in poster.posts] == [
        f"https://{cast.other_shop_id if faulty == 'first' else cast.shop_id}.example/0"
    ]


def test_a_slow_webhook_has_its_seconds_and_the_rest_comes_later(
    app: FakedApp, db: Database, cast: Cast
) -> None:
    several(db, cast, cast.shop_id, 5)
    now = [0.0]

    @dataclass
    class Slow(FakePoster):
        def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
            now[0] += WEBHOOK_SECONDS
            return super().post(url, body, headers)

    poster = Slow(Later("no answer in 5 seconds"))
    deliver(app, None, poster, lambda: now[0])
    assert len(poster.posts) == 1
    deliver(app, None, poster, lambda: now[0])
    assert [url[-1] for url, *_ in poster.posts] == ["0", "1"]
    assert [tries for _, tries, _ in notices(db)] == [1, 1, 0, 0, 0]


def test_a_shop_with_many_keeps_no_other_waiting(app: FakedApp, db: Database, cast: Cast) -> None:
    several(db, cast, cast.shop_id, OF_A_SHOP + 5)
    several(db, cast, cast.other_shop_id, 1)
    poster = FakePoster()
    assert deliver(app, None, poster) == OF_A_SHOP + 1
    assert f"https://{cast.other_shop_id}.example/0" in [url for url, *_ in poster.posts]
    assert deliver(app, None, poster) == 5


def test_a_round_that_takes_long_goes_to_no_further_door_and_the_next_begins_there(
    app: FakedApp, db: Database, cast: Cast, clock: StillClock
) -> None:
    for shop_id in (cast.shop_id, cast.other_shop_id):
        several(db, cast, shop_id, 2)
    now = [0.0]

    @dataclass
    class Slow(FakePoster):
        def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
            now[0] += ROUND_SECONDS
            return super().post(url, body, headers)

    poster = Slow(Later("no answer in 5 seconds"))
    for _ in range(2):
        deliver(app, None, poster, lambda: now[0], lines=1)
        clock.move(seconds=20)
    assert len({url.partition(".")[0] for url, *_ in poster.posts}) == len(poster.posts) == 2


def test_doors_are_called_side_by_side(app: FakedApp, db: Database, cast: Cast) -> None:
    """Each shop's server waits for the other's to be called: one after the other, nobody would be told."""
    for shop_id in (cast.shop_id, cast.other_shop_id):
        several(db, cast, shop_id, 1)
    both = threading.Barrier(2, timeout=10)

    @dataclass
    class Together(FakePoster):
        def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
            both.wait()
            return super().post(url, body, headers)

    assert deliver(app, None, Together()) == 2
