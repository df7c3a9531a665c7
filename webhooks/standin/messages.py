"""Twilio's Messages resource: create, list, fetch, redact, delete. The stand-in's busiest door, so it does little.

Owns what Twilio would refuse and with which code (R107), and what a fault does to a call.
"""

from __future__ import annotations

import re
import socket
import time
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, Response, request

from webhooks.standin.faults import Faults, FaultSpec
from webhooks.standin.forms import media_document, message_document
from webhooks.standin.outgoing import Outgoing
from webhooks.standin.state import State, Text
from webhooks.standin.wire import answer, refusal, unauthorised

_E164 = re.compile(r"\+[1-9]\d{6,14}")

TO_TEST_NUMBERS = {
    "+15005550001": (21211, "Invalid 'To' Phone Number"),
    "+15005550002": (21612, "The 'To' phone number is not currently reachable"),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
FROM_TEST_NUMBERS = {
    "+15005550001": (21212, "Invalid 'From' Phone Number"),
    "+15005550007": (21606, "The 'From' phone number is not a valid, SMS-capable number of your account"),
    "+15005550008": (21611, "This 'From' number has exceeded the maximum number of queued messages"),
}


def messages_blueprint(state: State, outgoing: Outgoing, faults: Faults) -> Blueprint:
    """The routes under /2010-04-01/Accounts/SID/Messages."""
    doors = Blueprint("messages", __name__, url_prefix="/2010-04-01/Accounts/<account>")

    @doors.post("/Messages.json")
    def create(account: str) -> Response:
        if (no := unauthorised(state.accounts, account)) is not None:
            return no
        form = request.form
        to, body, service = form.get("To", ""), form.get("Body", ""), form.get("MessagingServiceSid")
        fault = faults.draw(to)
        if fault is not None and (early := _before(fault)) is not None:
            return early
        from_number = form.get("From") or (state.sender_of(service) if service else None) or ""
        wrong = _wrong(to, body, from_number, service) or (
            (21610, "Attempt to send to unsubscribed recipient")
            if state.is_blocked(to, from_number, service)
            else None
        )
        if wrong is not None:
            state.refused[wrong[0]] += 1
            return refusal(400, *wrong)
        callback = form.get("StatusCallback")
        text = state.accept(
            account=account,
            from_number=from_number,
            to=to,
            body=body,
            service=service,
            public_id=_our_id(callback),
            callback=callback,
        )
        document = message_document(text)
        failing = fault is not None and fault.kind == "undelivered"
        outgoing.report(text, (fault.code or 30003) if fault is not None and failing else None)
        if fault is not None and (late := _after(fault)) is not None:
            return late
        return answer(document, 201)

    @doors.get("/Messages.json")
    def listed(account: str) -> Response:
        if (no := unauthorised(state.accounts, account)) is not None:
            return no
        given = request.args
        phone = given.get("To") or given.get("From")
        texts = state.of_phone(phone) if phone else state.after(0, 1_000_000)
        found = [
            text for text in reversed(texts) if text.account == account and not text.deleted and _fits(text)
        ]
        size, page = min(given.get("PageSize", 50, int), 1000), given.get("Page", 0, int)
        part = found[page * size : (page + 1) * size]
        following = None
        if len(found) > (page + 1) * size:
            query = {**given.to_dict(), "PageSize": size, "Page": page + 1}
            following = f"{request.path}?{urlencode(query)}"
        messages = [message_document(text) for text in part]
        return answer({"messages": messages, "page": page, "page_size": size, "next_page_uri": following})

    @doors.route("/Messages/<sid>.json", methods=["GET", "POST", "DELETE"])
    def fetched(account: str, sid: str) -> Response:
        if (no := unauthorised(state.accounts, account)) is not None:
            return no
        text = state.text(sid)
        if text is None or text.account != account or text.deleted:
            return refusal(404, 20404, "The requested resource was not found")
        if request.method == "DELETE":
            text.deleted = True
            return Response(status=204)
        if request.method == "POST":
            if request.form.get("Body") != "":
                return refusal(400, 20001, "Body can only be emptied")
            text.redacted = True
        return answer(message_document(text))

    @doors.get("/Messages/<sid>/Media.json")
    def media(account: str, sid: str) -> Response:
        if (no := unauthorised(state.accounts, account)) is not None:
            return no
        found = [media_document(file) for file in state.files_of(sid) if file.account == account]
        return answer({"media_list": found, "page": 0, "page_size": 50, "next_page_uri": None})

    @doors.delete("/Messages/<sid>/Media/<media_sid>.json")
    def forget_file(account: str, sid: str, media_sid: str) -> Response:
        if (no := unauthorised(state.accounts, account)) is not None:
            return no
        found = state.file(media_sid)
        if found is None or found.account != account or found.text != sid or not state.forget_file(media_sid):
            return refusal(404, 20404, "The requested resource was not found")
        return Response(status=204)

    @doors.get("/Messages/<sid>/Media/<media_sid>")
    def file(account: str, sid: str, media_sid: str) -> Response:
        if (no := unauthorised(state.accounts, account)) is not None:
            return no
        found, text = state.file(media_sid), state.text(sid)
        if found is None or text is None or found.account != account:
            return refusal(404, 20404, "The requested resource was not found")
        fault = faults.draw(text.from_number, "media")
        if fault is not None:
            return refusal(fault.status, fault.code or 20500, "Internal Server Error")
        return Response(status=307, headers={"Location": f"/standin/store/{media_sid}"})

    return doors


def _before(fault: FaultSpec) -> Response | None:
    """What a fault does before the text is accepted."""
    if fault.kind == "delay":
        time.sleep(fault.seconds)
    elif fault.kind == "throttle":
        return refusal(429, fault.code or 20429, "Too Many Requests")
    elif fault.kind == "error" and not fault.accepted:
        return refusal(fault.status, 20500, "Internal Server Error")
    elif fault.kind == "refuse":
        return refusal(400, fault.code or 21617, "Refused on demand")
    return None


def _after(fault: FaultSpec) -> Response | None:
    """What a fault does when Twilio already has the text."""
    if fault.kind == "error":
        return refusal(fault.status, 20500, "Internal Server Error")
    if fault.kind == "hang":
        time.sleep(fault.seconds)
    elif fault.kind == "reset":
        # The server's own socket: gunicorn and werkzeug both put it into the environment.
        line = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
        if isinstance(line, socket.socket):
            line.shutdown(socket.SHUT_RDWR)
    return None


def _wrong(to: str, body: str, from_number: str, service: str | None) -> tuple[int, str] | None:
    if not to:
        return 21604, "A 'To' phone number is required."
    if to in TO_TEST_NUMBERS:
        return TO_TEST_NUMBERS[to]
    if not _E164.fullmatch(to):
        return 21211, f"The 'To' number {to} is not a valid phone number."
    if not from_number:
        return (
            (21703, "The Messaging Service does not have a phone number available")
            if service
            else (21603, "A 'From' phone number is required.")
        )
    if from_number in FROM_TEST_NUMBERS:
        return FROM_TEST_NUMBERS[from_number]
    if not body:
        return 21602, "Message body is required."
    if len(body) > 1600:
        return 21617, "The concatenated message body exceeds the 1600 character limit"
    return None


def _fits(text: Text) -> bool:
    given, day = request.args, text.at.date().isoformat()
    return (
        given.get("To") in (None, text.to)
        and given.get("From") in (None, text.from_number)
        and given.get("DateSent", day)[:10] == day
        and given.get("DateSent<", day)[:10] >= day
        and given.get("DateSent>", day)[:10] <= day
    )


def _our_id(callback: str | None) -> str | None:
    return parse_qs(urlsplit(callback).query).get("id", [None])[0] if callback else None
