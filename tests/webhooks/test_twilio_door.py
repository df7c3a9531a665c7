"""The door itself: who gets in, what is made of a form, what is answered. The core behind it is a listener."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from bot.compose import App
from bot.conversations.receive import InboundText
from bot.db import Database
from bot.sending.status import Report
from tests.support.cast import ACCOUNT, Cast
from tests.support.fakes import FakedApp
from tests.webhooks.conftest import OLD_TOKEN, PUBLIC, TOKEN, Carrier, body_of, recorded
from webhooks import bare_app
from webhooks.twilio import EMPTY, twilio_blueprint

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@dataclass
class Listener:
    """Stands where the core would; `broken` as when the database is away."""

    texts: list[InboundText] = field(default_factory=list)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    broken: bool = False

    def receive(self, _app: App, text: InboundText) -> None:
        self._fail()
        self.texts.append(text)

    def receive_call(self, _app: App, *call: str) -> None:
        self._fail()
        self.calls.append(call)

    def record_report(self, _app: App, report: Report) -> None:
        self._fail()
        self.reports.append(report)

    def _fail(self) -> None:
        if self.broken:
            raise ConnectionError("no database at +14155550101")


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """One kind of database is enough: the core is not behind this door."""
    return sqlite_db


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def carrier(app: FakedApp, listener: Listener) -> Carrier:
    flask = bare_app()
    flask.register_blueprint(
        twilio_blueprint(
            app,
            receive=listener.receive,
            receive_call=listener.receive_call,
            record_report=listener.record_report,
        )
    )
    return Carrier(flask.test_client())


INBOUND = recorded("inbound")
EVERY = [
    *(("/twilio/inbound", name) for name in INBOUND),
    *(("/twilio/status?id=p-1", name) for name in recorded("status")),
    ("/twilio/voice", "voice_ringing"),
]


@pytest.mark.parametrize(("path", "name"), EVERY)
def test_a_rightly_signed_body_gets_in(carrier: Carrier, listener: Listener, path: str, name: str) -> None:
    assert carrier.post(path, body_of(name)).status_code in (200, 204)
    assert len(listener.texts) + len(listener.reports) + len(listener.calls) == 1


@pytest.mark.parametrize(("path", "name"), EVERY)
@pytest.mark.parametrize("wrong", ["none", "empty", "cut", "other", "not ascii"])
def test_the_same_body_without_the_right_signature_does_not(
    carrier: Carrier, listener: Listener, path: str, name: str, wrong: str
) -> None:
    signature = {
        "none": None,
        "empty": "",
        "cut": lambda right: right[:-1],
        "other": lambda right: base64.b64encode(
            hashlib.sha1(right.encode(), usedforsecurity=False).digest()
        ).decode(),
        "not ascii": "é" * 28,
    }[wrong]
    assert carrier.post(path, body_of(name), signature=signature).status_code == 403
    assert listener == Listener()


def test_the_answer_to_a_text_is_empty_twiml_of_known_length(carrier: Carrier) -> None:
    answer = carrier.post("/twilio/inbound", body_of("inbound_text"))
    assert (answer.status_code, answer.data) == (200, EMPTY)
    assert answer.content_type.startswith("text/xml")
    assert answer.headers["Content-Length"] == str(len(EMPTY))
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_token_before_counts_while_keys_are_rotated(carrier: Carrier) -> None:
    carrier.token = OLD_TOKEN
    assert carrier.text().status_code == 200


@pytest.mark.parametrize("account", ["", "AC" + "f" * 32, "x" * 5000])
def test_an_unknown_account_stays_out(carrier: Carrier, listener: Listener, account: str) -> None:
    assert carrier.text(AccountSid=account).status_code == 403
    assert not listener.texts


@pytest.mark.parametrize(
    "base",
    [
        "http://texts.juniper.example/winback",
        "https://texts.juniper.example",
        "https://texts.juniper.example/winback/",
    ],
)
def test_a_signature_for_another_address_stays_out(carrier: Carrier, base: str) -> None:
    carrier.base = base
    assert carrier.text().status_code == 403


def test_headers_of_the_request_do_not_bend_the_address(carrier: Carrier) -> None:
    """Whoever can write X-Forwarded-Host must not choose what was signed (R77)."""
    carrier.base = "https://evil.example"
    carrier.client.environ_base |= {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_PROTO": "https",
    }
    assert carrier.text().status_code == 403


def test_the_port_may_be_said_or_left_out(carrier: Carrier) -> None:
    carrier.base = PUBLIC.replace("juniper.example", "juniper.example:443")
    assert carrier.text().status_code == 200


def test_the_query_belongs_to_what_was_signed(carrier: Carrier, listener: Listener) -> None:
    body = body_of("status_delivered")
    pairs = dict(parse_qsl(body))
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/twilio/status?id=p-1", pairs)
    path = "/twilio/status?id=p-2"
    assert carrier.post(path, body, signature=signature).status_code == 403
    assert not listener.reports


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""]
)
def test_a_body_that_is_no_form_stays_out_whatever_it_is_signed_with(
    carrier: Carrier, content_type: str
) -> None:
    """With bodySHA256 the signature covers the address alone (R75); texts never come so."""
    body = b'{"AccountSid": "' + ACCOUNT.encode() + b'"}'
    path = "/twilio/inbound?bodySHA256=" + hashlib.sha256(body).hexdigest()
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, {})
    answer = carrier.client.post(
        path, data=body, headers={"X-Twilio-Signature": signature}, content_type=content_type
    )
    assert answer.status_code == 403


def test_a_form_is_checked_whole_even_beside_a_body_hash(carrier: Carrier, listener: Listener) -> None:
    path = "/twilio/inbound?bodySHA256=" + "0" * 64
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, {})
    assert carrier.post(path, body_of("inbound_text"), signature=signature).status_code == 403
    assert not listener.texts


def test_a_body_of_ten_megabytes_is_too_large(carrier: Carrier, listener: Listener) -> None:
    assert carrier.text(Body="x" * 10_000_000).status_code == 413
    assert not listener.texts


@pytest.mark.parametrize("body", ["", "%%%", "=&=&=", "&" * 1000, "AccountSid=%FF%FE", "a=" * 5000])
def test_rubbish_is_forbidden_and_never_an_error(carrier: Carrier, body: str) -> None:
    assert carrier.post("/twilio/inbound", body).status_code == 403


def test_looking_at_the_door_is_not_knocking(carrier: Carrier) -> None:
    assert carrier.client.get("/twilio/inbound").status_code == 405
    assert carrier.client.get("/twilio/nothing").status_code == 404
    assert carrier.client.get("/twilio/nothing").json == {"error": "Not Found"}


def one(carrier: Carrier, listener: Listener, name: str) -> InboundText:
    assert carrier.post("/twilio/inbound", body_of(name)).status_code == 200
    (text,) = listener.texts
    return text


def test_a_text_comes_in_as_plain_values(carrier: Carrier, listener: Listener) -> None:
    text = one(carrier, listener, "inbound_text")
    assert text == InboundText(
        account=ACCOUNT,
        provider_id=f"SM{1:032x}",
        from_number="+14155550101",
        to_number="+12125550100",
        body="yes same again please",
        media=(),
        opt_out_type=None,
        messaging_service=None,
    )


def test_emoji_accents_and_signs_survive(carrier: Carrier, listener: Listener) -> None:
    assert one(carrier, listener, "inbound_emoji").body == "Sí \U0001f60d dáme 2 & rápido + gracias = ok?"


def test_a_nul_is_replaced_since_postgresql_stores_none(carrier: Carrier, listener: Listener) -> None:
    assert one(carrier, listener, "inbound_nul").body == "be\ufffdfore"


def test_pictures_come_with_address_and_type(carrier: Carrier, listener: Listener) -> None:
    text = one(carrier, listener, "inbound_picture")
    assert [media.content_type for media in text.media] == ["image/jpeg", "image/png"]
    assert all(media.url.startswith("https://api.twilio.com/") for media in text.media)


def test_a_carrier_s_word_and_the_service_are_handed_on(carrier: Carrier, listener: Listener) -> None:
    text = one(carrier, listener, "inbound_keyword_with_advanced_opt_out")
    assert (text.opt_out_type, text.messaging_service) == ("STOP", "MG" + "0" * 31 + "7")


def test_a_form_without_an_id_gets_one_of_its_content(carrier: Carrier, listener: Listener) -> None:
    for _ in range(2):
        carrier.post("/twilio/inbound", body_of("inbound_no_sid"))
    carrier.post("/twilio/inbound", body_of("inbound_no_sid").replace("who", "where"))
    first, again, other = (text.provider_id for text in listener.texts)
    assert first == again != other


def test_more_pictures_than_twilio_sends_are_left_out(carrier: Carrier, listener: Listener) -> None:
    extra = {f"MediaUrl{n}": f"https://api.twilio.com/{n}" for n in range(50)}
    assert carrier.text(NumMedia="999999999", **extra).status_code == 200
    assert len(listener.texts[0].media) == 10


def test_a_media_address_of_another_kind_is_left_out(carrier: Carrier, listener: Listener) -> None:
    assert carrier.text(NumMedia="1", MediaUrl0="file:///etc/passwd").status_code == 200
    assert listener.texts[0].media == ()


def test_a_report_comes_in_as_plain_values(carrier: Carrier, listener: Listener) -> None:
    carrier.post("/twilio/status?id=p-1", body_of("status_undelivered"))
    (report,) = listener.reports
    assert (report.account, report.provider_id, report.public_id) == (ACCOUNT, f"SM{21:032x}", "p-1")
    assert (report.status, report.error_code) == ("undelivered", "30005")
    assert report.raw["To"] == "+14155550101"


def test_a_report_without_our_id_is_a_report_still(carrier: Carrier, listener: Listener) -> None:
    assert carrier.post("/twilio/status", body_of("status_sent")).status_code == 204
    assert listener.reports[0].public_id is None


def test_what_was_not_kept_is_not_acknowledged(
    carrier: Carrier, listener: Listener, capsys: pytest.CaptureFixture[str]
) -> None:
    listener.broken = True
    for path, name in (("/twilio/inbound", "inbound_text"), ("/twilio/status?id=p-1", "status_sent")):
        answer = carrier.post(path, body_of(name))
        assert answer.status_code == 503
        assert answer.json == {"error": "Service Unavailable"}
    shown = capsys.readouterr()
    assert "4155550101" not in shown.out + shown.err


def test_a_caller_hears_the_shop_s_name_and_where_to_turn(
    carrier: Carrier, listener: Listener, cast: Cast
) -> None:
    answer = carrier.post("/twilio/voice", body_of("voice_ringing"))
    assert answer.status_code == 200
    assert "<Say>" in answer.text
    assert "Juniper" in answer.text
    assert listener.calls == [(ACCOUNT, f"CA{30:032x}", "+14155550101", "+12125550100")]


def test_a_caller_is_answered_though_the_call_was_not_noted(carrier: Carrier, listener: Listener) -> None:
    listener.broken = True
    answer = carrier.post("/twilio/voice", body_of("voice_ringing"))
    assert (answer.status_code, "send us a text" in answer.text) == (200, True)


def test_several_values_of_one_field_are_signed_once_each(carrier: Carrier, listener: Listener) -> None:
    """Twilio's rule for repeated names: each value once, sorted (R74)."""
    body = body_of("inbound_text") + "&" + urlencode({"Extra": "b"}) + "&" + urlencode({"Extra": "a"})
    pairs: dict[str, str] = dict(parse_qsl(body_of("inbound_text"), keep_blank_values=True))
    signed = RequestValidator(TOKEN).compute_signature(
        f"{PUBLIC}/twilio/inbound", _Multi(pairs | {"Extra": ["a", "b"]})
    )
    assert carrier.post("/twilio/inbound", body, signature=signed).status_code == 200


class _Multi(dict):  # type: ignore[type-arg]
    def getlist(self, name: str) -> list[str]:
        value = self[name]
        return value if isinstance(value, list) else [value]
