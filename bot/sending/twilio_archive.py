"""Asking Twilio what it remembers, through its official client, page by page.

Owns the mapping from Twilio's listings to plain values. Listings filter by GMT day only (R92), so the exact bounds are
applied here. Must not touch the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import requests
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from bot.sending.archive import Archive, BilledText, ListingError, MediaRef, ReceivedText
from bot.sending.twilio import twilio_clients
from bot.sending.twilio_http import API, ThrottledError
from bot.sending.twilio_media import MediaLine
from bot.settings import Settings

PAGE = 1000
"""The most that Twilio gives at once: listing a day costs one request for each thousand texts."""
MEDIA_A_TEXT = 10

T = TypeVar("T")


def twilio_archive(settings: Settings, *, page: int = PAGE) -> Archive:
    """Twilio's, or the stand-in's when `twilio.base_url` is set. Connects to nothing yet."""
    base = settings.twilio.base_url
    tokens = {sid: found[0] for sid, found in settings.twilio_tokens().items()}
    line = MediaLine(base or API, tokens, settings.twilio.timeout_seconds, direct=base is not None)
    return TwilioArchive(twilio_clients(settings), line, page)


class TwilioArchive:
    """The archive protocol over Twilio's clients. Safe to share between threads."""

    def __init__(self, clients: Mapping[str, Client], media: MediaLine, page: int = PAGE) -> None:
        self._clients = clients
        self._media = media
        self._page = page

    def list_received(
        self, account: str, number: str, since: datetime, until: datetime
    ) -> list[ReceivedText]:
        """By `To`, so that a page holds what customers wrote and none of the thousands that we sent."""
        client = self._client(account)
        found: dict[str, ReceivedText] = {}

        def ask() -> None:
            # the day after: whether «before» means the beginning or the end of a day is not documented
            bounds = {"date_sent_after": _day(since), "date_sent_before": _day(until + timedelta(days=1))}
            for message in client.messages.stream(to=number, page_size=self._page, **bounds):
                at = message.date_created or message.date_sent
                if message.direction != "inbound" or at is None or not since <= at.astimezone(UTC) < until:
                    continue
                found[message.sid] = _received(account, message, at.astimezone(UTC))

        _asked(ask)
        oldest_first = list(found.values())[
            ::-1
        ]  # the times are in seconds: within one, the listing's order counts
        oldest_first.sort(key=lambda text: text.received_at)
        return oldest_first

    def list_media(self, account: str, provider_id: str) -> tuple[MediaRef, ...]:
        """A listing of messages tells only how many there are."""
        client = self._client(account)
        listed = _asked(lambda: client.messages(provider_id).media.list(limit=MEDIA_A_TEXT))
        base = str(client.api.base_url).rstrip("/")
        return tuple(
            MediaRef(base + str(each.uri).removesuffix(".json"), str(each.content_type or ""))
            for each in listed
        )

    def list_billed(self, account: str, day: date) -> Iterator[list[BilledText]]:
        """Of a day that is over. Prices come minutes or hours after the text; status reports do not carry them."""
        messages = self._client(account).messages
        page: Any = _asked(lambda: messages.page(date_sent=day.isoformat(), page_size=self._page))
        while page is not None:
            yield [_billed(each) for each in page if str(each.direction or "").startswith("outbound")]
            page = _asked(page.next_page)

    def fetch_media(self, account: str, url: str) -> bytes:
        """See bot.sending.twilio_media."""
        return self._media.fetch(account, url)

    def forget_text(self, account: str, provider_id: str) -> None:
        """The pictures first: they have addresses of their own, and nobody could list them once the text is gone (R154)."""
        message = self._client(account).messages(provider_id)
        try:
            for each in _asked(lambda: message.media.list(limit=MEDIA_A_TEXT)):
                _asked(each.delete)
            _asked(message.delete)
        except ListingError as error:
            if getattr(error.__cause__, "status", None) != 404:
                raise

    def _client(self, account: str) -> Client:
        client = self._clients.get(account)
        if client is None:
            raise ListingError("no token for this account")
        return client


def _asked(question: Callable[[], T]) -> T:
    try:
        return question()
    except (requests.RequestException, TwilioException, ThrottledError, ValueError) as error:
        raise ListingError(type(error).__name__) from error


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _received(account: str, message: Any, at: datetime) -> ReceivedText:
    count = str(message.num_media or "0")
    return ReceivedText(
        account=account,
        provider_id=message.sid,
        from_number=message.from_ or "",
        to_number=message.to or "",
        body=(message.body or "").replace("\x00", "\ufffd"),
        received_at=at,
        media_count=int(count) if count.isdecimal() else 0,
        messaging_service=message.messaging_service_sid,
    )


def _billed(message: Any) -> BilledText:
    """Twilio shows what it took as a negative number of dollars; parts are 0 until they are known (R100)."""
    parts = str(message.num_segments or "0")
    try:
        price = None if message.price is None else round(abs(Decimal(str(message.price))) * 100_000_000)
    except (InvalidOperation, ValueError):
        price = None
    return BilledText(
        provider_id=message.sid,
        price_microcents=price,
        unit=str(message.price_unit or "").upper()[:3] or None,
        parts=int(parts) if parts.isdecimal() and int(parts) > 0 else None,
    )
