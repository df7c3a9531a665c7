"""Sending through Twilio's official client: one call in, one outcome out.

Owns the mapping from Twilio's answers to outcomes (R90-R93, R108). Must not retry, log a number or touch the database:
what to do with an outcome is dispatch's business. The stand-in is reached through this very code; only the base
address differs.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import requests
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import SSLError as TlsError

from bot.phones import mask_in
from bot.sending.outcomes import (
    ListedText,
    ListingError,
    Outcome,
    Provider,
    Refused,
    Sent,
    TextToSend,
    TryLater,
    Unknown,
)
from bot.sending.twilio_errors import NOT_ACCEPTED, look_up
from bot.sending.twilio_http import ThrottledError, Transport
from bot.settings import Settings

MAX_VALIDITY_SECONDS = 36_000  # R95
AWAY_SECONDS = 5.0
"""How long to leave Twilio alone after a connection that was never made."""
LISTED_AT_MOST = 200


def twilio_provider(settings: Settings) -> Provider:
    """Twilio, or the stand-in when `twilio.base_url` is set. Connects to nothing yet."""
    return TwilioProvider(
        twilio_clients(settings), status_url=settings.public_url.rstrip("/") + "/twilio/status"
    )


def twilio_clients(settings: Settings) -> dict[str, Client]:
    """Account sid -> client. An account without a token has none. All share one pool of connections."""
    base = settings.twilio.base_url
    transport = Transport(settings.twilio.timeout_seconds, direct=base is not None)
    return {sid: _client(sid, tokens[0], transport, base) for sid, tokens in settings.twilio_tokens().items()}


def _client(sid: str, token: str, transport: Transport, base: str | None) -> Client:
    # An environment that is empty but true: TWILIO_EDGE and its kin would bend the base address behind our back.
    client = Client(sid, token, http_client=transport, environment={"": ""})
    if base is not None:
        client.api.base_url = base.rstrip("/")
        client.messaging.base_url = base.rstrip("/")
    return client


class TwilioProvider:
    """The provider protocol over Twilio's clients. Safe to share between threads."""

    def __init__(self, clients: Mapping[str, Client], *, status_url: str) -> None:
        self._clients = clients
        self._status_url = status_url

    def send(self, text: TextToSend) -> Outcome:
        """Hand over one text. Our own id rides in the status callback's address, so that an Unknown can be settled."""
        client = self._clients.get(text.account)
        if client is None:
            return Refused(
                "no_token", "no token for this account; `winback doctor` says which variable it is in"
            )
        if text.from_number is None and text.messaging_service is None:
            return Refused("no_sender", "neither a number nor a Messaging Service to send from")
        try:
            message = client.messages.create(**self._form(text))
        except ThrottledError as error:
            return _throttled(error)
        except requests.RequestException as error:
            return _lost(error)
        except TwilioException as error:
            return _said_no(error)
        except ValueError:  # 2xx, and a body that is not JSON
            return Unknown("accepted, but the answer could not be read")
        if not message.sid:
            return Unknown("accepted, but the answer has no sid")
        return Sent(message.sid, str(message.status or "queued"))

    def list_sent(self, account: str, to: str, since_day: str) -> list[ListedText]:
        """Texts to a number since a GMT day, newest first.

        Filters by day here and not with DateSent: a text that is still queued has no date_sent, and it is just such a
        text that an Unknown must find (R92). Raises ListingError: «could not look» must not pass for «not there».
        """
        client = self._clients.get(account)
        if client is None:
            raise ListingError("no token for this account")
        since = datetime.combine(date.fromisoformat(since_day), datetime.min.time(), UTC)
        found: list[ListedText] = []
        try:
            for message in client.messages.stream(to=to, limit=LISTED_AT_MOST, page_size=50):
                made = message.date_sent or message.date_created
                if made is not None and made < since:
                    break
                if str(message.direction or "").startswith("outbound"):
                    found.append(_listed(message))
        except (requests.RequestException, TwilioException, ThrottledError, ValueError) as error:
            raise ListingError(type(error).__name__) from error
        return found

    def _form(self, text: TextToSend) -> dict[str, Any]:
        form: dict[str, Any] = {
            "to": text.to,
            "body": text.body,
            "status_callback": f"{self._status_url}?id={text.public_id}",
        }
        if text.messaging_service is not None:
            form["messaging_service_sid"] = text.messaging_service
        if text.from_number is not None:  # beside a service: this number of its pool
            form["from_"] = text.from_number
        if text.validity_seconds is not None:
            form["validity_period"] = min(max(text.validity_seconds, 1), MAX_VALIDITY_SECONDS)
        return form


def _listed(message: Any) -> ListedText:
    return ListedText(
        sid=message.sid,
        to=message.to,
        from_number=message.from_,
        body=message.body or "",
        status=str(message.status),
        error_code=None if message.error_code is None else str(message.error_code),
        made_at=message.date_created,
    )


def _throttled(error: ThrottledError) -> TryLater:
    """429: the request was never processed (R91). Account limits come the same way and last longer."""
    try:
        code = str(json.loads(error.body).get("code", "20429"))
    except (ValueError, AttributeError):
        code = "20429"
    row = look_up(code)
    wait = row.after_seconds if row.action in NOT_ACCEPTED else look_up("20429").after_seconds
    return TryLater(code, row.meaning, max(wait, error.after_seconds or 0))


def _said_no(error: TwilioException) -> Outcome:
    status = getattr(error, "status", None)
    if not isinstance(status, int) or status >= 500 or status < 400 or status == 408:
        return Unknown(f"HTTP {status}")
    code = str(getattr(error, "code", None) or f"http_{status}")
    message = mask_in(str(getattr(error, "msg", None) or getattr(error, "title", None) or ""))
    row = look_up(code)
    if row.action in NOT_ACCEPTED:
        return TryLater(code, row.meaning, row.after_seconds)
    return Refused(
        code,
        message,
        opted_out=row.action == "suppress",
        bad_number=row.action == "number_bad" and row.strikes == 1,
    )


def _lost(error: requests.RequestException) -> Outcome:
    """No answer. Only where no connection stood was nothing said; all else may have been accepted (R92)."""
    if isinstance(error, requests.ConnectTimeout):
        return TryLater("connect_timeout", "no connection to the provider", AWAY_SECONDS)
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NewConnectionError):
        return TryLater("not_connected", "no connection to the provider", AWAY_SECONDS)
    if isinstance(reason, TlsError) and isinstance(reason.args[0], ssl.SSLCertVerificationError):
        return TryLater("certificate", "the provider's certificate cannot be verified", AWAY_SECONDS)
    return Unknown(type(error).__name__)
