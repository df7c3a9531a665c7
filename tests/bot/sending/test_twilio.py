"""Every answer that Twilio may give, through its own client, against the stand-in on a loopback port."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from bot.clock import real_now
from bot.sending.outcomes import ListingError, Outcome, Refused, Sent, TextToSend, TryLater, Unknown
from bot.sending.twilio import TwilioProvider, twilio_clients, twilio_provider
from bot.sending.twilio_errors import look_up, table
from bot.settings import Settings, TwilioAccount, TwilioSettings
from tests.support.servers import serving
from webhooks.standin import create_standin

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

ACCOUNT, TOKEN = "AC" + "a" * 32, "token-of-the-tests"
SENDER, PHONE = "+12125550100", "+14155550123"


@dataclass(frozen=True)
class Line:
    """The stand-in at one end, our provider at the other."""

    url: str
    provider: TwilioProvider

    def arm(self, **fault: Any) -> None:
        requests.post(f"{self.url}/standin/faults", json=fault, timeout=5).raise_for_status()

    def counts(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.url}/standin/counts", timeout=5).json()
        return found


def settings_for(base_url: str | None, timeout: float = 5) -> Settings:
    accounts = (TwilioAccount(sid=ACCOUNT, token_env="STANDIN_TOKEN"),)
    twilio = TwilioSettings(accounts=accounts, base_url=base_url, timeout_seconds=timeout)
    return Settings(public_url="http://127.0.0.1:9", twilio=twilio)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setenv("STANDIN_TOKEN", TOKEN)
    with serving(create_standin({ACCOUNT: TOKEN}, "http://127.0.0.1:9", reports=False)) as url:
        yield Line(url, twilio_provider(settings_for(url, timeout=0.5)))  # type: ignore[arg-type]


def a_text(**changes: Any) -> TextToSend:
    values: dict[str, Any] = {
        "public_id": "p-1",
        "account": ACCOUNT,
        "to": PHONE,
        "from_number": SENDER,
        "messaging_service": None,
        "body": "Hi Ana, Juniper's text bot here. Low on Morning Blend? STOP to opt out.",
        "validity_seconds": 3600,
    }
    return TextToSend(**{**values, **changes})


def test_an_accepted_text_is_sent_and_carries_our_own_id(line: Line) -> None:
    outcome = line.provider.send(a_text())
    assert isinstance(outcome, Sent)
    assert outcome.status == "queued"
    shown = requests.get(f"{line.url}/standin/handsets/{PHONE}", timeout=5).json()["texts"]
    assert [(text["sid"], text["public_id"]) for text in shown] == [(outcome.provider_id, "p-1")]


def test_a_text_through_a_messaging_service_is_accepted(line: Line) -> None:
    requests.post(
        f"{line.url}/standin/numbers",
        json={"number": SENDER, "account": ACCOUNT, "messaging_service": "MG" + "1" * 32},
        timeout=5,
    ).raise_for_status()
    outcome = line.provider.send(a_text(from_number=None, messaging_service="MG" + "1" * 32))
    assert isinstance(outcome, Sent)
    assert outcome.status == "accepted"


@pytest.mark.parametrize(
    ("changes", "code", "opted_out", "bad_number"),
    [
        ({"to": "+15005550001"}, "21211", False, True),
        ({"to": "+15005550002"}, "21612", False, False),
        ({"to": "+15005550003"}, "21408", False, False),
        ({"to": "+15005550004"}, "21610", True, False),
        ({"to": "+15005550009"}, "21614", False, True),
        ({"to": "somebody"}, "21211", False, True),
        ({"from_number": "+15005550001"}, "21212", False, False),
        ({"from_number": "+15005550007"}, "21606", False, False),
        ({"from_number": None}, "no_sender", False, False),
        ({"from_number": None, "messaging_service": "MG" + "0" * 32}, "21703", False, False),
        ({"account": "AC" + "b" * 32}, "no_token", False, False),
        ({"body": "x" * 1601}, "21617", False, False),
        ({"body": ""}, "21602", False, False),
    ],
)
def test_what_twilio_refuses_is_refused_for_good(
    line: Line, changes: dict[str, Any], code: str, opted_out: bool, bad_number: bool
) -> None:
    outcome = line.provider.send(a_text(**changes))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.opted_out, outcome.bad_number) == (code, opted_out, bad_number)
    assert line.counts()["created"] == 0


def test_a_full_queue_at_twilio_is_tried_later(line: Line) -> None:
    outcome = line.provider.send(a_text(from_number="+15005550008"))
    assert isinstance(outcome, TryLater)
    assert (outcome.code, outcome.after_seconds) == ("21611", 60)


@pytest.mark.parametrize(
    ("fault", "expected", "reached"),
    [
        ({"kind": "throttle"}, TryLater, 0),
        ({"kind": "throttle", "code": 63038}, TryLater, 0),
        ({"kind": "error"}, Unknown, 0),
        ({"kind": "error", "accepted": True, "status": 503}, Unknown, 1),
        ({"kind": "hang", "seconds": 1.5}, Unknown, 1),
        ({"kind": "reset"}, Unknown, 1),
        ({"kind": "refuse", "code": 99999}, Refused, 0),
        ({"kind": "delay", "seconds": 0.01}, Sent, 1),
    ],
    ids=lambda value: str(value.get("kind")) if isinstance(value, dict) else None,
)
def test_only_a_certain_no_may_be_tried_again(
    line: Line, fault: dict[str, Any], expected: type[Outcome], reached: int
) -> None:
    line.arm(**fault, next=1)
    assert isinstance(line.provider.send(a_text()), expected)
    assert line.counts()["created"] == reached
    assert isinstance(line.provider.send(a_text(public_id="p-2")), Sent), "the fault was for one call"


def test_an_account_limit_waits_longer_than_a_burst(line: Line) -> None:
    line.arm(kind="throttle", next=1)
    line.arm(kind="throttle", code=63038, next=1)
    burst, daily = line.provider.send(a_text()), line.provider.send(a_text())
    assert isinstance(burst, TryLater)
    assert isinstance(daily, TryLater)
    assert (burst.after_seconds, daily.after_seconds) == (1, 3600)


def test_a_refused_connection_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_TOKEN", TOKEN)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    provider = twilio_provider(settings_for(f"http://127.0.0.1:{port}"))
    outcome = provider.send(a_text())
    assert isinstance(outcome, TryLater)
    assert issubclass(NameResolutionError, NewConnectionError), "an unknown host takes the same road"


def test_a_wrong_token_is_refused_and_says_so(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_TOKEN", "another")
    outcome = twilio_provider(settings_for(line.url)).send(a_text())
    assert isinstance(outcome, Refused)
    assert outcome.code == "20003"
    assert look_up(outcome.code).action == "alert"


def test_who_stopped_at_the_carrier_is_refused_as_opted_out(line: Line) -> None:
    for body in ("stop",):
        requests.post(
            f"{line.url}/standin/handset",
            json={"from": PHONE, "to": SENDER, "body": body, "copies": 0},
            timeout=5,
        ).raise_for_status()
    outcome = line.provider.send(a_text())
    assert isinstance(outcome, Refused)
    assert outcome.opted_out


def test_an_answer_that_is_not_json_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def proxy(_environ: Any, start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [("Content-Length", "5")])
        return [b"hello"]

    monkeypatch.setenv("STANDIN_TOKEN", TOKEN)
    with serving(proxy) as url:
        assert isinstance(twilio_provider(settings_for(url)).send(a_text()), Unknown)


def test_many_threads_share_a_client_and_each_gets_its_own_answer(line: Line) -> None:
    numbers = [f"+1415555{n:04d}" for n in range(100, 180)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda to: line.provider.send(a_text(to=to, public_id=to)), numbers))
    texts = requests.get(f"{line.url}/standin/texts", timeout=5).json()["texts"]
    whose = {text["sid"]: text["to"] for text in texts}
    assert [whose[outcome.provider_id] for outcome in outcomes if isinstance(outcome, Sent)] == numbers


def test_a_listing_finds_a_text_that_was_accepted_and_lost(line: Line) -> None:
    line.arm(kind="reset", next=1)
    assert isinstance(line.provider.send(a_text()), Unknown)
    today = real_now().date().isoformat()
    (found,) = line.provider.list_sent(ACCOUNT, PHONE, today)
    assert (found.to, found.from_number, found.body) == (PHONE, SENDER, a_text().body)
    assert line.provider.list_sent(ACCOUNT, "+14155550199", today) == []
    assert line.provider.list_sent(ACCOUNT, PHONE, "2999-01-01") == []


def test_a_listing_turns_pages_and_leaves_out_what_the_customer_wrote(line: Line) -> None:
    for n in range(60):
        line.provider.send(a_text(body=f"text {n}"))
    requests.post(
        f"{line.url}/standin/handset",
        json={"from": PHONE, "to": SENDER, "body": "yes", "copies": 0},
        timeout=5,
    )
    found = line.provider.list_sent(ACCOUNT, PHONE, real_now().date().isoformat())
    assert [text.body for text in found] == [f"text {n}" for n in reversed(range(60))]


def test_a_listing_that_could_not_be_read_is_not_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_environ: Any, start: Callable[..., Any]) -> list[bytes]:
        start("500 Internal Server Error", [("Content-Length", "0")])
        return [b""]

    monkeypatch.setenv("STANDIN_TOKEN", TOKEN)
    with serving(away) as url:
        provider = twilio_provider(settings_for(url))
        with pytest.raises(ListingError):
            provider.list_sent(ACCOUNT, PHONE, "2026-01-01")
    with pytest.raises(ListingError):
        provider.list_sent("AC" + "b" * 32, PHONE, "2026-01-01")


def test_no_number_reaches_a_log_or_a_reason(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    outcome = line.provider.send(a_text(to="+04155550123"))
    assert isinstance(outcome, Refused)
    assert "4155550123" not in outcome.message
    assert "4155550123" not in caplog.text


def test_the_account_s_environment_cannot_bend_the_address(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TWILIO_EDGE", "TWILIO_REGION"):
        monkeypatch.setenv(name, "sydney")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert isinstance(twilio_provider(settings_for(line.url)).send(a_text()), Sent)


def test_without_a_stand_in_the_client_is_pointed_at_twilio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_TOKEN", TOKEN)
    client = twilio_clients(settings_for(None))[ACCOUNT]
    assert client.api.base_url == "https://api.twilio.com"


def test_every_code_of_the_facts_is_in_the_table_and_an_unknown_one_is_never_retried() -> None:
    assert {"21610", "21211", "21614", "21635", "30003", "30005", "30006", "30036", "20429", "63038"} <= set(
        table()
    )
    assert look_up("12345").action == "drop"
