"""The stand-in behaves like Twilio where we depend on it: signatures, keywords, reports, faults, and honest counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from tests.support.servers import serving
from webhooks.standin import create_standin

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

ACCOUNT, TOKEN = "AC" + "a" * 32, "token-of-the-tests"
OTHER, OTHER_TOKEN = "AC" + "b" * 32, "token-of-the-other"
OURS, PHONE = "+12125550100", "+14155550123"


@dataclass
class Winback:
    """The other end: keeps what was posted to it, and whether it was rightly signed for its address."""

    forms: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    unsigned: int = 0
    base: str = ""
    came: threading.Condition = field(default_factory=threading.Condition)

    def app(self) -> Flask:
        flask = Flask("winback")

        @flask.post("/twilio/<door>")
        def take(door: str) -> Response:
            token = TOKEN if request.form["AccountSid"] == ACCOUNT else OTHER_TOKEN
            query = f"?{request.query_string.decode()}" if request.query_string else ""
            url = f"{self.base}/twilio/{door}{query}"
            with self.came:
                if RequestValidator(token).validate(url, request.form, request.headers["X-Twilio-Signature"]):
                    self.forms.append((door, request.form.to_dict()))
                else:
                    self.unsigned += 1
                self.came.notify_all()
            return Response("<Response/>", content_type="text/xml")

        return flask

    def wait_for(self, count: int) -> list[tuple[str, dict[str, str]]]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.forms) >= count, timeout=10), self.forms
            return list(self.forms)


@dataclass(frozen=True)
class Standin:
    """The stand-in as its callers see it."""

    url: str

    def create(self, account: str = ACCOUNT, token: str = TOKEN, **fields: str) -> requests.Response:
        form = {"To": PHONE, "From": OURS, "Body": "Hi"} | fields
        url = f"{self.url}/2010-04-01/Accounts/{account}/Messages.json"
        return requests.post(url, data=form, auth=(account, token), timeout=10)

    def post(self, path: str, document: Any) -> requests.Response:
        return requests.post(f"{self.url}/standin/{path}", json=document, timeout=10)

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}/standin/{path}", timeout=10).json()

    def type_in(self, body: str, **more: Any) -> Any:
        return self.post("handset", {"from": PHONE, "to": OURS, "body": body, **more}).json()


@pytest.fixture
def winback() -> Iterator[Winback]:
    other_end = Winback()
    with serving(other_end.app()) as url:
        other_end.base = url
        yield other_end


@pytest.fixture
def standin(winback: Winback) -> Iterator[Standin]:
    with serving(create_standin({ACCOUNT: TOKEN, OTHER: OTHER_TOKEN}, winback.base)) as url:
        found = Standin(url)
        found.post("numbers", {"number": OURS, "account": ACCOUNT}).raise_for_status()
        yield found


def test_a_text_typed_into_a_handset_reaches_winback_signed(standin: Standin, winback: Winback) -> None:
    answer = standin.type_in("yes & gracias 😀", media_urls=["https://media.example/1.jpg"])
    assert (answer["status"], answer["body"]) == (200, "<Response/>")
    ((door, form),) = winback.forms
    assert (door, form["From"], form["To"], form["Body"]) == ("inbound", PHONE, OURS, "yes & gracias 😀")
    assert (form["NumMedia"], form["MediaUrl0"]) == ("1", "https://media.example/1.jpg")
    assert "OptOutType" not in form
    assert winback.unsigned == 0


def test_a_webhook_may_come_twice_with_one_id_or_get_lost(standin: Standin, winback: Winback) -> None:
    assert standin.type_in("twice", copies=2)["statuses"] == [200, 200]
    assert len({form["MessageSid"] for _, form in winback.forms}) == 1
    assert standin.type_in("lost", copies=0)["statuses"] == []
    assert [text["body"] for text in standin.get(f"handsets/{PHONE}")["texts"]] == ["twice", "lost"]


def test_a_lost_webhook_is_on_demand_and_no_fault_of_a_call_to_create(
    standin: Standin, winback: Winback
) -> None:
    standin.post("faults", {"kind": "lost", "next": 1}).raise_for_status()
    assert standin.create().status_code == 201
    assert standin.type_in("lost")["statuses"] == []
    assert standin.type_in("posted")["statuses"] == [200]
    assert [form["Body"] for _, form in winback.forms] == ["posted"]


def test_a_picture_is_kept_and_reported_with_the_type_that_the_phone_gave(
    standin: Standin, winback: Winback
) -> None:
    standin.type_in("", pictures=[{"data": "aGk=", "content_type": "image/png"}])
    ((_, form),) = winback.forms
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/png")
    assert requests.get(form["MediaUrl0"], timeout=10).status_code == 401
    assert requests.get(form["MediaUrl0"], auth=(ACCOUNT, TOKEN), timeout=10).content == b"hi"


def test_a_call_is_posted_to_the_voice_door(standin: Standin, winback: Winback) -> None:
    assert standin.post("calls", {"from": PHONE, "to": OURS}).json()["status"] == 200
    ((door, form),) = winback.forms
    assert (door, form["CallStatus"]) == ("voice", "ringing")


@pytest.mark.parametrize("word", ["STOP", "stop", " Unsubscribe ", "OptOut", "revoke"])
def test_a_bare_stop_blocks_answers_and_is_still_posted(
    standin: Standin, winback: Winback, word: str
) -> None:
    standin.type_in(word)
    assert standin.create().json()["code"] == 21610
    texts = standin.get(f"handsets/{PHONE}")["texts"]
    assert [(text["way"], text["author"]) for text in texts] == [("out", "handset"), ("in", "Twilio")]
    assert len(winback.forms) == 1


def test_stop_among_other_words_is_passed_through_untouched(standin: Standin) -> None:
    standin.type_in("stop please")
    assert standin.create().status_code == 201


def test_start_lets_texts_through_again(standin: Standin) -> None:
    standin.type_in("STOP")
    standin.type_in("start")
    assert standin.create().status_code == 201


def test_a_stop_to_one_number_of_a_service_stops_the_service(standin: Standin) -> None:
    service = "MG" + "1" * 32
    for number in (OURS, "+12125550101"):
        standin.post("numbers", {"number": number, "account": ACCOUNT, "messaging_service": service})
    standin.type_in("STOP")
    assert standin.create(From="+12125550101").json()["code"] == 21610


def test_advanced_opt_out_says_which_word_it_was(standin: Standin, winback: Winback) -> None:
    standin.type_in("quit", advanced=True)
    assert winback.forms[0][1]["OptOutType"] == "STOP"


def test_reports_come_signed_with_our_id_and_not_for_the_first_status(
    standin: Standin, winback: Winback
) -> None:
    standin.create(StatusCallback=f"{winback.base}/twilio/status?id=p-1")
    forms = winback.wait_for(2)
    assert sorted(form["MessageStatus"] for _, form in forms) == ["delivered", "sent"]
    assert winback.unsigned == 0


@pytest.mark.parametrize(
    ("rules", "count"),
    [({"order": "reverse"}, 2), ({"order": "shuffle", "seed": 3}, 2), ({"copies": 3}, 6), ({"on": False}, 0)],
)
def test_reports_may_be_reversed_shuffled_repeated_or_off(
    standin: Standin, winback: Winback, rules: dict[str, Any], count: int
) -> None:
    standin.post("reports", rules).raise_for_status()
    standin.create(StatusCallback=f"{winback.base}/twilio/status?id=p-1")
    assert len(winback.wait_for(count)) == count
    _until(lambda: standin.get("counts")["reports_pending"] == 0)
    assert len(winback.forms) == count


def test_an_undelivered_text_is_reported_with_its_code(standin: Standin, winback: Winback) -> None:
    standin.post("faults", {"kind": "undelivered", "code": 30005, "next": 1}).raise_for_status()
    standin.create(StatusCallback=f"{winback.base}/twilio/status?id=p-1")
    last = {form["MessageStatus"]: form.get("ErrorCode") for _, form in winback.wait_for(2)}
    assert last == {"sent": None, "undelivered": "30005"}


def test_it_counts_what_reached_each_handset_and_what_came_twice(standin: Standin, winback: Winback) -> None:
    callback = f"{winback.base}/twilio/status?id="
    for public_id in ("p-1", "p-2", "p-1"):
        standin.create(StatusCallback=callback + public_id)
    standin.create(To="+15005550001")
    counts = standin.get("counts")
    assert (counts["created"], counts["handsets"], counts["duplicates"]) == (3, {PHONE: 3}, {"p-1": 2})
    assert counts["refused"] == {"21211": 1}


def test_faults_by_chance_are_the_same_for_the_same_seed(standin: Standin) -> None:
    def series() -> list[int]:
        standin.post("faults", {"kind": "error", "probability": 0.5, "seed": 7})
        codes = [standin.create().status_code for _ in range(20)]
        requests.delete(f"{standin.url}/standin/faults", timeout=10)
        return codes

    first = series()
    assert first == series()
    assert set(first) == {201, 500}


def test_a_fault_may_be_meant_for_one_handset(standin: Standin) -> None:
    standin.post("faults", {"kind": "throttle", "to": "+14155550199"})
    assert standin.create().status_code == 201
    assert standin.create(To="+14155550199").status_code == 429


@pytest.mark.parametrize(
    ("account", "token", "status"), [(ACCOUNT, "wrong", 401), (OTHER, TOKEN, 401), ("AC0", TOKEN, 401)]
)
def test_a_wrong_token_gets_nowhere(standin: Standin, account: str, token: str, status: int) -> None:
    assert standin.create(account, token).status_code == status


def test_one_account_does_not_see_another_s_texts(standin: Standin) -> None:
    sid = standin.create().json()["sid"]
    mine = f"{standin.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"
    theirs = f"{standin.url}/2010-04-01/Accounts/{OTHER}/Messages/{sid}.json"
    assert requests.get(mine, auth=(ACCOUNT, TOKEN), timeout=10).json()["sid"] == sid
    assert requests.get(theirs, auth=(OTHER, OTHER_TOKEN), timeout=10).status_code == 404


def test_clearing_forgets_texts_blocks_and_faults(standin: Standin) -> None:
    standin.type_in("STOP")
    standin.post("faults", {"kind": "error"})
    requests.delete(f"{standin.url}/standin/state", timeout=10)
    assert standin.create().status_code == 201
    assert standin.get("counts")["inbound"] == 0


@pytest.mark.parametrize("path", ["handset", "faults", "numbers", "reports", "calls"])
@pytest.mark.parametrize("document", [None, [], {"nonsense": 1}, "x"])
def test_nonsense_is_a_bad_request(standin: Standin, path: str, document: Any) -> None:
    assert standin.post(path, document).status_code == 400


def test_a_number_of_nobody_is_said_to_be_so(standin: Standin) -> None:
    assert standin.post("handset", {"from": PHONE, "to": "+12125550177", "body": "x"}).status_code == 404


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not met():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
