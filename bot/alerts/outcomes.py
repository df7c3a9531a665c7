"""What can come of one try to tell somebody: a closed list, each knowing whether another try makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Delivered:
    """It was taken."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now; the same again later. `why`: in a few words."""

    why: str


@dataclass(frozen=True, slots=True)
class Never:
    """It will not be taken, however often it is tried."""

    why: str


Delivery: TypeAlias = Delivered | Later | Never


class Mailer(Protocol):
    """Sends one e-mail. No transaction may be open; never raises."""

    def send(self, to: str, subject: str, body: str) -> Delivery:
        """Send it as plain text."""
        ...


class Poster(Protocol):
    """Posts one signed webhook. No transaction may be open; never raises."""

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
        """POST it; any answer of the 200s takes it. Redirections are not followed."""
        ...
