"""Twilio's doors: a text arrives, a status is reported, somebody calls.

Owns turning Twilio's forms into plain values. Must not decide anything about them: a text is stored by `receive`, which
commits before it returns, so that 2xx means «kept» (I1). Answers are empty; what we say goes out by REST (R71).
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request
from sqlalchemy import select

from bot.compose import App
from bot.conversations.receive import InboundText, Media, receive, receive_call
from bot.db_faults import again
from bot.models import Sender, Shop
from bot.sending.status import Report, record_report
from bot.stations import following
from webhooks.answers import note, plain_error
from webhooks.signature import Signatures

EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
MAX_MEDIA = 10
SID_LENGTH = 64
NUMBER_LENGTH = 40
RETRY_SECONDS = "5"

Receive = Callable[[App, InboundText], None]
ReceiveCall = Callable[[App, str, str, str, str], None]
RecordReport = Callable[[App, Report], None]


def twilio_blueprint(
    app: App,
    *,
    receive: Receive = receive,
    receive_call: ReceiveCall = receive_call,
    record_report: RecordReport = record_report,
) -> Blueprint:
    """The routes under /twilio. The core's three functions are arguments, so that a test can listen at the door."""
    doors = Blueprint("twilio", __name__, url_prefix="/twilio")
    signatures = Signatures(app.settings.public_url, app.settings.twilio_tokens())

    @doors.post("/inbound")
    def inbound() -> Response:
        account = signatures.account_of(request)
        if account is None:
            return plain_error(403, "Forbidden")
        text = inbound_text(account, request.form)
        with following(trace=text.provider_id):
            try:
                again(lambda: receive(app, text))
            except Exception as error:
                return _unkept("a text was not kept", error)
        return twiml(EMPTY)

    @doors.post("/status")
    def status() -> Response:
        account = signatures.account_of(request)
        if account is None:
            return plain_error(403, "Forbidden")
        report = status_report(account, request.args.get("id"), request.form)
        with following(trace=report.public_id or report.provider_id):
            try:
                again(lambda: record_report(app, report))
            except Exception as error:
                return _unkept("a status report was not kept", error)
        return Response(status=204)

    @doors.post("/voice")
    def voice() -> Response:
        account = signatures.account_of(request)
        if account is None:
            return plain_error(403, "Forbidden")
        form, caller, ours = request.form, _number(request.form, "From"), _number(request.form, "To")
        try:
            again(lambda: receive_call(app, account, _sid(form, "CallSid"), caller, ours))
        except Exception as error:
            note("a call was not noted", error)
        return twiml(_spoken(app, ours))

    return doors


def inbound_text(account: str, form: Mapping[str, str]) -> InboundText:
    """The text in this form. Fields that we do not know are ignored (R70); nothing here is refused."""
    count = form.get("NumMedia", "0")
    media = []
    # no more digits than a count has: Python refuses to read a number of thousands of them
    for place in range(min(int(count), MAX_MEDIA) if re.fullmatch(r"[0-9]{1,100}", count) else 0):
        url = _clean(form.get(f"MediaUrl{place}", ""))
        if url.startswith(("https://", "http://")):
            media.append(Media(url, _clean(form.get(f"MediaContentType{place}", ""))[:100]))
    return InboundText(
        account=account,
        provider_id=_sid(form, "MessageSid", "SmsMessageSid", "SmsSid"),
        from_number=_number(form, "From"),
        to_number=_number(form, "To"),
        body=_clean(form.get("Body", "")),
        media=tuple(media),
        opt_out_type=_clean(form.get("OptOutType", ""))[:16].upper() or None,
        messaging_service=_clean(form.get("MessagingServiceSid", ""))[:SID_LENGTH] or None,
    )


def status_report(account: str, public_id: str | None, form: Mapping[str, str]) -> Report:
    """The report in this form."""
    return Report(
        account=account,
        provider_id=_sid(form, "MessageSid", "SmsSid"),
        public_id=_clean(public_id)[:32] if public_id else None,
        status=_clean(form.get("MessageStatus") or form.get("SmsStatus") or "")[:SID_LENGTH].lower(),
        error_code=_clean(form.get("ErrorCode", ""))[:SID_LENGTH],
        raw={_clean(name): _clean(value) for name, value in form.items()},
    )


def twiml(document: bytes) -> Response:
    """TwiML in one piece: an answer in two pieces costs the other side 40 ms."""
    return Response(document, content_type="text/xml; charset=utf-8")


def _spoken(app: App, ours: str) -> bytes:
    try:
        with app.database.read() as session:
            found = session.execute(
                select(Shop.name, Shop.site_url)
                .join(Sender, Sender.shop_id == Shop.id)
                .where(Sender.number == ours)
            ).first()
    except Exception as error:
        note("the shop of a called number was not found", error)
        found = None
    words = "This number answers text messages only. Please send us a text."
    if found is not None:
        site = found.site_url.split("://", 1)[-1].removeprefix("www.").rstrip("/")
        words = (
            f"Hello, this is {found.name}. This number answers text messages. Text us here, or visit {site}."
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Response><Say>{html.escape(words)}</Say></Response>'.encode()
    )


def _unkept(event: str, error: Exception) -> Response:
    note(event, error)
    response = plain_error(503, "Service Unavailable")
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _clean(value: str) -> str:
    """PostgreSQL stores no NUL, in text or in JSON."""
    return value.replace("\x00", "\ufffd")


def _number(form: Mapping[str, str], name: str) -> str:
    return _clean(form.get(name, ""))[:NUMBER_LENGTH]


def _sid(form: Mapping[str, str], *names: str) -> str:
    """The provider's id. A form without one gets an id of its content, so that a repeat is still a repeat (I10)."""
    for name in names:
        if form.get(name):
            return _clean(form[name])[:SID_LENGTH]
    content = "\n".join(f"{name}={value}" for name, value in sorted(form.items()))
    return "none-" + hashlib.sha256(content.encode()).hexdigest()[:40]
