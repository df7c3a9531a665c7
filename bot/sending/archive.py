"""What a provider remembers and can be asked for afterwards: texts received, what each text cost, pictures; and to forget.

Owns the protocol and its plain values. Nothing here sends. Every question may fail, and «could not ask» is an error of
its own (ListingError): it must never pass for «nothing there».
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.sending.outcomes import ListingError

__all__ = [
    "Archive",
    "BilledText",
    "ListingError",
    "MediaRef",
    "MediaRefused",
    "MediaUnavailable",
    "ReceivedText",
]


@dataclass(frozen=True, slots=True)
class ReceivedText:
    """A text that the provider received for one of our numbers. `received_at`: aware UTC, to the second."""

    account: str
    provider_id: str
    from_number: str
    to_number: str
    body: str
    received_at: datetime
    media_count: int
    messaging_service: str | None = None


@dataclass(frozen=True, slots=True)
class MediaRef:
    """Where a picture lies at the provider. `content_type` is what the sender's phone said it is."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class BilledText:
    """What the provider took for one text. `price_microcents`: millionths of a cent of `unit` (ISO 4217), never
    negative; None while it is not known yet. `parts`: as the provider counted them; None when it has not."""

    provider_id: str
    price_microcents: int | None
    unit: str | None
    parts: int | None


class MediaUnavailable(RuntimeError):
    """The picture could not be had this time; it may be tried again. The message has no number and no address in it."""


class MediaRefused(RuntimeError):
    """The picture will never be had: gone, too large, or at an address where we do not go."""


class Archive(Protocol):
    """Somebody who remembers. Each call blocks at most for the provider's timeout a page, with no transaction open."""

    def list_received(
        self, account: str, number: str, since: datetime, until: datetime
    ) -> list[ReceivedText]:
        """Texts that `number` (ours) received in [since, until), oldest first. Raises ListingError."""
        ...

    def list_media(self, account: str, provider_id: str) -> tuple[MediaRef, ...]:
        """What came beside one text. Raises ListingError."""
        ...

    def list_billed(self, account: str, day: date) -> Iterator[list[BilledText]]:
        """All texts that the account sent on a GMT day, a page at a time. Raises ListingError in mid-iteration."""
        ...

    def fetch_media(self, account: str, url: str) -> bytes:
        """The picture itself. Raises MediaUnavailable or MediaRefused."""
        ...

    def forget_text(self, account: str, provider_id: str) -> None:
        """Delete one text there, with what came beside it; one that is not there is deleted. Raises ListingError."""
        ...
