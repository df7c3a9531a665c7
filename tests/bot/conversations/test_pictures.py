"""Pictures: noted by the webhook, fetched by a job, told by their bytes, tried again, given up, forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import undefer

from bot.conversations.pictures import LEASE, PAUSES, fetch_due, forget, kind_of, picture
from bot.conversations.receive import InboundText, Media, receive
from bot.models import Inbound, InboundMedia
from bot.sending.archive import MediaRefused, MediaUnavailable
from tests.support.cast import ACCOUNT, Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakeArchive, FakedApp

URL = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


@pytest.fixture
def archive(app: FakedApp) -> FakeArchive:
    """What the provider remembers."""
    assert isinstance(app.archive, FakeArchive)
    return app.archive


def send(app: FakedApp, cast: Cast, who: Member, *urls: str, body: str = "", sid: str = "MM1") -> None:
    number = cast.number if who.shop_id == cast.shop_id else cast.other_number
    media = tuple(Media(url, "image/jpeg") for url in urls)
    receive(app, InboundText(ACCOUNT, sid, who.phone, number, body, media=media))


def kept(app: FakedApp) -> list[InboundMedia]:
    with app.database.read() as session:
        rows = select(InboundMedia).options(undefer(InboundMedia.body)).order_by(InboundMedia.id)
        return list(session.scalars(rows))


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmp42", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"<html><script>", None),
        (b"%PDF-1.7", None),
        (b"BEGIN:VCARD", None),
        (b"", None),
    ],
)
def test_what_it_is_is_told_by_its_bytes(begins: bytes, kind: str | None) -> None:
    assert kind_of(begins + b"\x00" * 4 if begins else b"") == kind


def test_a_picture_is_noted_with_its_text_fetched_later_and_kept(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    send(app, cast, cast.ana, URL)
    assert archive.asked == []  # the webhook asks nobody
    archive.files[URL] = PNG
    assert fetch_due(app) == 1
    (row,) = kept(app)
    assert (row.status, row.kind, row.size, row.body, row.place) == ("picture", "image/png", len(PNG), PNG, 0)
    assert row.next_try_at is None
    assert fetch_due(app) == 0
    with app.database.read() as session:
        shown = picture(session, cast.shop_id, row.id)
        assert shown is not None
        assert shown.body == PNG
        assert picture(session, cast.other_shop_id, row.id) is None


def test_a_webhook_that_comes_twice_brings_one_picture(app: FakedApp, cast: Cast) -> None:
    for _ in range(2):
        send(app, cast, cast.ana, URL, URL + "b", body="look")
    assert [row.place for row in kept(app)] == [0, 1]


def test_what_is_no_picture_is_kept_and_never_shown_as_one(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    send(app, cast, cast.ana, URL)
    archive.files[URL] = b"<html><script>alert(1)</script>"
    fetch_due(app)
    (row,) = kept(app)
    assert (row.status, row.kind, row.claimed_type) == ("not_a_picture", None, "image/jpeg")
    assert row.body is not None
    with app.database.read() as session:
        assert picture(session, cast.shop_id, row.id) is None


def test_it_is_tried_again_with_longer_and_longer_pauses_and_then_given_up_visibly(
    app: FakedApp, cast: Cast, archive: FakeArchive, clock: StillClock
) -> None:
    send(app, cast, cast.ana, URL)
    archive.files[URL] = MediaUnavailable("HTTP 503")
    for pause in PAUSES:
        assert fetch_due(app) == 1
        assert fetch_due(app) == 0
        (row,) = kept(app)
        assert (row.status, row.why, row.next_try_at) == ("waiting", "HTTP 503", clock() + pause)
        clock.move(pause)
    fetch_due(app)
    (row,) = kept(app)
    assert (row.status, row.why, row.tries, row.next_try_at) == (
        "given_up",
        "HTTP 503",
        len(PAUSES) + 1,
        None,
    )


def test_what_is_refused_is_given_up_at_once(app: FakedApp, cast: Cast, archive: FakeArchive) -> None:
    send(app, cast, cast.ana, URL)
    archive.files[URL] = MediaRefused("larger than 5 MB")
    fetch_due(app)
    assert [(row.status, row.why) for row in kept(app)] == [("given_up", "larger than 5 MB")]


def test_a_fault_in_one_picture_keeps_no_other_waiting(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    send(app, cast, cast.ana, URL, URL + "b")
    archive.files.update({URL: ZeroDivisionError(), URL + "b": PNG})
    assert fetch_due(app) == 2
    assert [row.status for row in kept(app)] == ["waiting", "picture"]


def test_a_fetch_that_died_is_tried_again_after_its_lease(
    app: FakedApp, cast: Cast, archive: FakeArchive, clock: StillClock
) -> None:
    send(app, cast, cast.ana, URL)
    archive.files[URL] = KeyboardInterruptInDisguise()
    with pytest.raises(KeyboardInterruptInDisguise):
        fetch_due(app)
    archive.files[URL] = PNG
    assert fetch_due(app) == 0
    clock.move(LEASE)
    assert fetch_due(app) == 1
    assert kept(app)[0].status == "picture"


class KeyboardInterruptInDisguise(BaseException):
    """Something that ends the process in the middle of a fetch."""


def test_no_transaction_is_open_while_it_is_fetched(app: FakedApp, cast: Cast, archive: FakeArchive) -> None:
    """The other one is written by somebody else meanwhile; on SQLite an open transaction would make that wait."""
    send(app, cast, cast.ana, URL)

    class Busy(FakeArchive):
        def fetch_media(self, account: str, url: str) -> bytes:
            send(app, cast, cast.ana, URL + "b", sid="MM2")
            return PNG

    app.__dict__["archive"] = Busy()
    assert fetch_due(app, limit=1) == 1
    assert [row.status for row in kept(app)] == ["picture", "waiting"]


def test_erasure_takes_the_customer_s_pictures_and_nobody_else_s(
    app: FakedApp, cast: Cast, archive: FakeArchive
) -> None:
    send(app, cast, cast.ana, URL)
    send(app, cast, cast.cleo, URL + "c", sid="MM3")
    archive.files[URL] = PNG
    fetch_due(app)
    with app.database.write() as session:
        assert forget(session, cast.other_shop_id, cast.ana.customer_id) == 0  # not across shops
        assert forget(session, cast.shop_id, cast.ana.customer_id) == 1
    assert [row.url for row in kept(app)] == [URL + "c"]


def test_deleting_a_text_deletes_its_pictures(app: FakedApp, cast: Cast) -> None:
    send(app, cast, cast.ana, URL)
    with app.database.write() as session:
        session.execute(delete(Inbound).where(Inbound.shop_id == cast.shop_id))
    assert kept(app) == []


def test_next_tries_are_in_real_time(app: FakedApp, cast: Cast, archive: FakeArchive) -> None:
    from bot.clock import set_offset

    with app.database.write() as session:
        set_offset(session, timedelta(days=-400))
    send(app, cast, cast.ana, URL)
    archive.files[URL] = PNG
    assert fetch_due(app) == 1
