"""The forms and documents that Twilio sends, field by field (R70, R98). Values only."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from flows.segments import measure
from webhooks.standin.state import File, Number, Service, Text

API_VERSION = "2010-04-01"
PART_DOLLARS = 0.0079
"""What a part costs here."""


def message_document(text: Text) -> dict[str, Any]:
    """A Message as the REST API shows it."""
    at = _rfc2822(text.at)
    waits = text.status in ("accepted", "queued")
    parts = 1 if text.author == "handset" else measure(text.body).parts
    # the price comes with the end, and parts are 0 at first when a service sends (R100)
    shown = 0 if waits and text.service else parts
    return {
        "account_sid": text.account,
        "api_version": API_VERSION,
        "body": "" if text.redacted else text.body,
        "date_created": at,
        "date_sent": None if waits else at,
        "date_updated": at,
        "direction": {"shop": "outbound-api", "handset": "inbound"}.get(text.author, "outbound-reply"),
        "error_code": text.error_code,
        "error_message": None,
        "from": text.from_number or None,
        "messaging_service_sid": text.service,
        "num_media": str(len(text.media)),
        "num_segments": str(shown),
        "price": None if waits else f"-{PART_DOLLARS * parts:.5f}",
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {
            "media": f"/{API_VERSION}/Accounts/{text.account}/Messages/{text.sid}/Media.json"
        },
        "to": text.to,
        "uri": f"/{API_VERSION}/Accounts/{text.account}/Messages/{text.sid}.json",
    }


def media_document(file: File) -> dict[str, Any]:
    """A Media resource of a message."""
    return {
        "sid": file.sid,
        "account_sid": file.account,
        "parent_sid": file.text,
        "content_type": file.content_type,
        "uri": f"/{API_VERSION}/Accounts/{file.account}/Messages/{file.text}/Media/{file.sid}.json",
    }


def inbound_form(text: Text, opt_out_type: str | None) -> dict[str, str]:
    """The form of an inbound text. Cities and zips are the numbers' registration, and empty here."""
    form = {
        "ToCountry": "US",
        "ToState": "",
        "ToCity": "",
        "ToZip": "",
        "FromCountry": "US",
        "FromState": "",
        "FromCity": "",
        "FromZip": "",
        "SmsMessageSid": text.sid,
        "SmsSid": text.sid,
        "MessageSid": text.sid,
        "SmsStatus": "received",
        "AccountSid": text.account,
        "From": text.from_number,
        "To": text.to,
        "Body": text.body,
        "NumMedia": str(len(text.media)),
        "NumSegments": "1",
        "ApiVersion": API_VERSION,
    }
    if text.service:
        form["MessagingServiceSid"] = text.service
    for place, url in enumerate(text.media):
        form[f"MediaUrl{place}"] = url
        form[f"MediaContentType{place}"] = (text.media_types[place:] or ("image/jpeg",))[0]
    if opt_out_type:
        form["OptOutType"] = opt_out_type
    return form


def report_form(text: Text, status: str, error_code: int | None) -> dict[str, str]:
    """The form of a status report."""
    form = {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "AccountSid": text.account,
        "From": text.from_number,
        "To": text.to,
        "ApiVersion": API_VERSION,
    }
    if text.service:
        form["MessagingServiceSid"] = text.service
    if error_code is not None:
        form["ErrorCode"] = str(error_code)
    return form


def call_form(account: str, sid: str, phone: str, ours: str) -> dict[str, str]:
    """The form of an incoming call."""
    return {
        "CallSid": sid,
        "AccountSid": account,
        "From": phone,
        "Caller": phone,
        "To": ours,
        "Called": ours,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": API_VERSION,
    }


def number_document(number: Number) -> dict[str, Any]:
    """An IncomingPhoneNumber."""
    return {
        "sid": number.sid,
        "account_sid": number.account,
        "phone_number": number.number,
        "friendly_name": number.number,
        "sms_url": number.sms_url,
        "sms_method": "POST",
        "voice_url": number.voice_url,
        "voice_method": "POST",
    }


def service_document(service: Service) -> dict[str, Any]:
    """A Messaging Service."""
    return {
        "sid": service.sid,
        "account_sid": service.account,
        "friendly_name": service.sid,
        "inbound_request_url": service.inbound_request_url,
        "inbound_method": "POST",
        "status_callback": service.status_callback,
        "use_inbound_webhook_on_number": service.use_inbound_webhook_on_number,
    }


def handset_document(text: Text) -> dict[str, Any]:
    """A text as the handset's owner sees it. `way`: in (arrived at the handset) or out (written there)."""
    return {
        "seq": text.seq,
        "sid": text.sid,
        "way": "out" if text.author == "handset" else "in",
        "author": text.author,
        "from": text.from_number,
        "to": text.to,
        "body": text.body,
        "media_urls": list(text.media),
        "at": text.at.isoformat(),
        "status": text.status,
        "public_id": text.public_id,
    }


def _rfc2822(at: datetime) -> str:
    return format_datetime(at)
