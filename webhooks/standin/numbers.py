"""Twilio's numbers and Messaging Services: what `winback twilio connect` reads and writes."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webhooks.standin.forms import number_document, service_document
from webhooks.standin.state import State
from webhooks.standin.wire import answer, refusal, unauthorised


def numbers_blueprint(state: State) -> Blueprint:
    """IncomingPhoneNumbers (list, fetch, update) and Services (fetch, update)."""
    doors = Blueprint("numbers", __name__)
    root = "/2010-04-01/Accounts/<account>/IncomingPhoneNumbers"

    @doors.get(f"{root}.json")
    def listed(account: str) -> Response:
        if (no := unauthorised(state.accounts, account)) is not None:
            return no
        found = [
            number_document(number) for number in state.numbers(account, request.args.get("PhoneNumber"))
        ]
        return answer({"incoming_phone_numbers": found, "page": 0, "page_size": 50, "next_page_uri": None})

    @doors.route(f"{root}/<sid>.json", methods=["GET", "POST"])
    def one(account: str, sid: str) -> Response:
        if (no := unauthorised(state.accounts, account)) is not None:
            return no
        number = next((number for number in state.numbers(account) if number.sid == sid), None)
        if number is None:
            return refusal(404, 20404, "The requested resource was not found")
        if request.method == "POST":
            number.sms_url = request.form.get("SmsUrl", number.sms_url)
            number.voice_url = request.form.get("VoiceUrl", number.voice_url)
        return answer(number_document(number))

    @doors.route("/v1/Services/<sid>", methods=["GET", "POST"])
    def service(sid: str) -> Response:
        if (no := unauthorised(state.accounts)) is not None:
            return no
        found = state.service(sid)
        if found is None:
            return refusal(404, 20404, "The requested resource was not found")
        if request.method == "POST":
            found.inbound_request_url = request.form.get("InboundRequestUrl", found.inbound_request_url)
            found.status_callback = request.form.get("StatusCallback", found.status_callback)
        return answer(service_document(found))

    return doors
