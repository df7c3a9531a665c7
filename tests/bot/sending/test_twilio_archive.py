"""Asking Twilio what it remembers, through its own client, against the stand-in on a loopback port."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask import Flask, Response, redirect
from sqlalchemy import select, update

from bot.conversations.missed import look_for_missed
from bot.conversations.pictures import fetch_due, picture
from bot.models import Inbound, InboundMedia, Sender
from bot.sending.archive import ListingError, MediaRefused, MediaUnavailable
from bot.sending.dispatch import send_due
from bot.sending.prices import price_texts
from bot.sending.twilio import twilio_provider
from bot.sending.twilio_archive import TwilioArchive, twilio_archive
from bot.sending.twilio_media import MAX_BYTES, MediaLine
from bot.sending.unknowns import PATIENCE, look_for_unknown
from bot.settings import Settings, TwilioAccount, TwilioSettings
from tests.bot.sending.test_status import row_of
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp
from tests.support.servers import serving
from webhooks.standin import create_standin

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

TOKEN = "token-of-the-tests"
OURS, PHONE = "+12125550100", "+14155550101"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


@dataclass(frozen=True)
class Line:
    """The stand-in at one end, our archive at the other."""

    url: str
    archive: TwilioArchive
    settings: Settings

    def post(self, path: str, **document: Any) -> Any:
        done = requests.post(f"{self.url}/standin/{path}", json=document, timeout=5)
        done.raise_for_status()
        return done.json()

    def type_in(self, body: str, **more: Any) -> str:
        return str(
            self.post("handset", **{"from": PHONE, "to": OURS, "body": body, "copies": 0, **more})["sid"]
        )


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, clock: StillClock) -> Iterator[Line]:
    monkeypatch.setenv("STANDIN_TOKEN", TOKEN)
    standin = create_standin({ACCOUNT: TOKEN}, "http://127.0.0.1:9", reports=False, now=clock)
    with serving(standin) as url:
        accounts = (TwilioAccount(sid=ACCOUNT, token_env="STANDIN_TOKEN"),)
        twilio = TwilioSettings(accounts=accounts, base_url=url, timeout_seconds=2)
        settings = Settings(public_url="http://127.0.0.1:9", twilio=twilio)
        archive = twilio_archive(settings)
        assert isinstance(archive, TwilioArchive)
        yield Line(url, archive, settings)


def sent(line: Line, **fields: str) -> str:
    form = {"To": PHONE, "From": OURS, "Body": "Hi"} | fields
    url = f"{line.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    return str(requests.post(url, data=form, auth=(ACCOUNT, TOKEN), timeout=5).json()["sid"])


def test_what_a_number_received_is_listed_oldest_first_within_the_bounds(
    line: Line, clock: StillClock
) -> None:
    for body in ("too old", "at the beginning", "same second", "same second, later", "at the end"):
        if body != "same second, later":
            clock.move(minutes=1)
        line.type_in(body)
        sent(line)
    line.post("handset", **{"from": PHONE, "to": "+12125550177", "body": "another number", "copies": 0})
    found = line.archive.list_received(ACCOUNT, OURS, NOW + timedelta(minutes=2), NOW + timedelta(minutes=4))
    assert [text.body for text in found] == ["at the beginning", "same second", "same second, later"]
    first = found[0]
    assert (first.received_at, first.from_number, first.to_number) == (
        NOW + timedelta(minutes=2),
        PHONE,
        OURS,
    )


def test_a_listing_goes_on_over_pages_and_midnight(line: Line, clock: StillClock) -> None:
    for _ in range(10):
        clock.move(hours=1)
        line.type_in("hi")
    archive = twilio_archive(line.settings, page=3)
    found = archive.list_received(ACCOUNT, OURS, NOW, clock() + timedelta(seconds=1))
    assert len(found) == 10
    assert [text.received_at for text in found] == sorted(text.received_at for text in found)


def test_could_not_look_is_not_nothing_there(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    until = NOW + timedelta(hours=1)
    with pytest.raises(ListingError):
        line.archive.list_received("AC" + "b" * 32, OURS, NOW, until)
    monkeypatch.setenv("STANDIN_TOKEN", "wrong")
    with pytest.raises(ListingError):
        twilio_archive(line.settings).list_received(ACCOUNT, OURS, NOW, until)
    with pytest.raises(ListingError):
        list(twilio_archive(line.settings).list_billed(ACCOUNT, NOW.date()))
    with pytest.raises(ListingError):
        twilio_archive(line.settings).list_media(ACCOUNT, "MM1")


def test_a_day_s_bill_has_what_we_sent_and_not_what_we_received(line: Line, clock: StillClock) -> None:
    one, two = sent(line), sent(line, Body="x" * 200)
    line.type_in("hi")
    clock.move(days=1)
    sent(line, Body="tomorrow")
    billed = {
        text.provider_id: text for page in line.archive.list_billed(ACCOUNT, NOW.date()) for text in page
    }
    assert billed.keys() == {one, two}
    assert (billed[one].price_microcents, billed[one].unit, billed[one].parts) == (790_000, "USD", 1)
    assert (billed[two].price_microcents, billed[two].parts) == (1_580_000, 2)


# --- the whole way: provider, stand-in, database ---------------------------------------------------------------------


@pytest.fixture
def real(app: FakedApp, cast: Cast, line: Line) -> FakedApp:
    """The application with the stand-in behind it."""
    app.__dict__.update(provider=twilio_provider(line.settings), archive=line.archive)
    with app.database.write() as session:
        session.execute(update(Sender).values(heard_until=NOW))
    return app


def test_a_lost_webhook_is_found_with_its_picture(
    real: FakedApp, cast: Cast, line: Line, clock: StillClock
) -> None:
    line.post("faults", kind="lost", next=1)
    line.type_in("broken", copies=1, pictures=[{"data": base64.b64encode(PNG).decode()}])
    clock.move(minutes=5)
    assert look_for_missed(real) == 1
    assert look_for_missed(real) == 0
    assert fetch_due(real) == 1
    with real.database.read() as session:
        (text,) = session.scalars(select(Inbound))
        (media,) = session.scalars(select(InboundMedia))
        shown = picture(session, cast.shop_id, media.id)
    assert (text.body, text.received_at, text.kind) == ("broken", NOW, "text")
    assert shown is not None
    assert (shown.kind, shown.body) == ("image/png", PNG)


@pytest.mark.parametrize("accepted", [True, False])
def test_an_unknown_is_settled_by_the_listing_when_the_provider_has_it(
    real: FakedApp, cast: Cast, line: Line, clock: StillClock, accepted: bool
) -> None:
    from tests.bot.sending.test_status import put

    put(
        real.database,
        cast.ana,
        status="ready",
        provider_id=None,
        provider_status=None,
        author="api",
        kind="answer",
    )
    line.post("faults", kind="error", accepted=accepted, next=1)
    send_due(real)
    assert row_of(real.database).status == "unknown"
    clock.move(PATIENCE)
    assert look_for_unknown(real) == (1 if accepted else 0)
    assert row_of(real.database).status == ("sent" if accepted else "unknown")
    arrived = requests.get(f"{line.url}/standin/texts", timeout=5).json()["texts"]
    assert len(arrived) == (1 if accepted else 0)


def test_what_was_sent_gets_its_price_the_next_day(
    real: FakedApp, cast: Cast, line: Line, clock: StillClock
) -> None:
    from tests.bot.sending.test_status import put

    state = price_texts(real, {})
    put(real.database, cast.ana, provider_id=sent(line))
    clock.move(days=1)
    price_texts(real, state)
    row = row_of(real.database)
    assert (row.price_microcents, row.price_unit, row.billed_parts) == (790_000, "USD", 1)


# --- where pictures are fetched from ---------------------------------------------------------------------------------


def media_url(line: Line, **more: Any) -> str:
    sid = line.type_in("", pictures=[{"data": base64.b64encode(PNG).decode(), **more}])
    (ref,) = line.archive.list_media(ACCOUNT, sid)
    return ref.url


def test_a_picture_comes_over_a_redirect_and_with_the_token(line: Line) -> None:
    url = media_url(line)
    assert requests.get(url, timeout=5).status_code == 401
    assert line.archive.fetch_media(ACCOUNT, url) == PNG


@pytest.mark.parametrize(
    ("status", "fault"),
    [(500, MediaUnavailable), (429, MediaUnavailable), (404, MediaRefused), (410, MediaRefused)],
)
def test_what_may_pass_is_tried_again_and_what_is_gone_is_not(
    line: Line, status: int, fault: type[Exception]
) -> None:
    url = media_url(line)
    line.post("faults", kind="media", status=status, next=1)
    with pytest.raises(fault):
        line.archive.fetch_media(ACCOUNT, url)


def test_a_file_larger_than_a_message_can_be_is_refused(line: Line) -> None:
    flask = Flask("store")

    @flask.get("/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1")
    def file() -> Response:
        return Response(b"\x00" * (MAX_BYTES + 1))

    with serving(flask) as url, pytest.raises(MediaRefused, match="larger"):
        media_line(url).fetch("AC1", f"{url}/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1")


def media_line(base: str, *, direct: bool = True) -> MediaLine:
    return MediaLine(base, {"AC1": "secret"}, 2, direct=direct)


PATH = "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


@pytest.mark.parametrize(
    "url",
    [
        f"http://api.twilio.com{PATH}",
        f"https://api.twilio.com:8443{PATH}",
        f"https://api.twilio.com.evil.example{PATH}",
        f"https://api.twilio.com@evil.example{PATH}",
        f"https://evil@api.twilio.com{PATH}",
        "https://api.twilio.com/2010-04-01/Accounts/AC2/Messages/MM1/Media/ME1",
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Keys.json",
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/../Keys.json",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:6379/",
        "file:///etc/passwd",
        "https://api.twilio.com:x" + PATH,
        "",
    ],
)
def test_an_address_that_is_not_the_provider_s_is_never_asked(url: str) -> None:
    with pytest.raises(MediaRefused):
        media_line("https://api.twilio.com", direct=False).fetch("AC1", url)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://mms.twiliocdn.com/AC1/x", True),
        ("https://media.twiliocdn.com/AC1/x", True),
        ("https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/x", True),
        ("https://s3-external-1.amazonaws.com/somebody-else/x", False),
        ("https://s3-external-1.amazonaws.com/media.twiliocdn.com/../other/x", False),
        ("http://mms.twiliocdn.com/AC1/x", False),
        ("https://mms.twiliocdn.com:8443/AC1/x", False),
        ("https://mms.twiliocdn.com.evil.example/x", False),
        ("https://u:p@mms.twiliocdn.com/x", False),
        ("http://169.254.169.254/", False),
        (f"https://api.twilio.com{PATH}", False),
    ],
)
def test_redirects_lead_to_twilio_s_stores_and_nowhere_else(url: str, allowed: bool) -> None:
    from urllib.parse import urlsplit

    assert media_line("https://api.twilio.com", direct=False)._may_follow(urlsplit(url)) is allowed


def test_a_redirect_elsewhere_is_not_followed_and_no_token_goes_there() -> None:
    visits: list[str] = []
    elsewhere = Flask("elsewhere")

    @elsewhere.get("/secret")
    def secret() -> str:
        visits.append("came")
        return "secret"

    with serving(elsewhere) as inside:
        api = Flask("api")

        @api.get(PATH)
        def moved() -> Any:
            return redirect(f"{inside}/secret", 307)

        with serving(api) as url, pytest.raises(MediaRefused, match="host"):
            media_line(url).fetch("AC1", url + PATH)
    assert visits == []


def test_a_circle_of_redirects_ends() -> None:
    turns = itertools.count()
    api = Flask("api")

    @api.get(PATH)
    def moved() -> Any:
        next(turns)
        return redirect(PATH, 307)

    with serving(api) as url, pytest.raises(MediaRefused, match="redirects"):
        media_line(url).fetch("AC1", url + PATH)
    assert next(turns) <= 5
