"""What can come of one call to a provider: a closed list, each knowing whether the text may still arrive.

Owns the provider protocol. The rule behind it: only a definite «not accepted» may ever lead to another try (R90-R92).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has it. `status` is its own word (queued, accepted ...)."""

    provider_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider said no, for good. `opted_out`: the recipient stopped us at the carrier (21610);
    `bad_number`: nobody can text it.

    That refusal alone prevents the text to somebody whose stop reached the carrier and never us.
    """

    code: str
    message: str
    opted_out: bool = False
    bad_number: bool = False


@dataclass(frozen=True, slots=True)
class TryLater:
    """Certainly not accepted (429, connection refused, DNS): the same row may be tried again."""

    code: str
    message: str
    after_seconds: float


AWAY = frozenset({"connect_timeout", "not_connected", "certificate"})
"""Codes of a TryLater where no connection stood: nothing was said about this text, and the next one will fare alike."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been accepted (timeout, reset, 5xx). Never tried again by itself (I4)."""

    message: str


Outcome: TypeAlias = Sent | Refused | TryLater | Unknown


@dataclass(frozen=True, slots=True)
class TextToSend:
    """One call, in plain values: nothing of ours reaches the provider's client but this."""

    public_id: str
    account: str
    to: str
    from_number: str | None
    messaging_service: str | None
    body: str
    validity_seconds: int | None


@dataclass(frozen=True, slots=True)
class ListedText:
    """A text as a listing at the provider shows it. `sid` is the provider's id; times are aware UTC or None."""

    sid: str
    to: str
    from_number: str | None
    body: str
    status: str
    error_code: str | None
    made_at: datetime | None = None
    """When the provider made it."""


class ListingError(RuntimeError):
    """The provider could not be asked. Not the same as «nothing there», which would settle an Unknown."""


class Provider(Protocol):
    """Somebody who can deliver a text. `send` raises nothing: every end is an Outcome."""

    def send(self, text: TextToSend) -> Outcome:
        """Hand over one text; blocks at most for the provider's timeout."""
        ...

    def list_sent(self, account: str, to: str, since_day: str) -> list[ListedText]:
        """Texts to a number since a GMT day (YYYY-MM-DD), newest first; what settles an Unknown.

        Raises ListingError.
        """
        ...
