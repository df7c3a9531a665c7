"""What proves an act of the ledger: how it was said, the words that were shown, who saw it, the file that shows it (R22).

Owns which part of a proof is personal. The personal part goes into the link's side table, which erasure empties; the rest
is hashed into the chain as it is. Decides nothing.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, TypeAlias

Medium: TypeAlias = Literal["text", "web", "paper", "email", "phone", "voicemail", "in_person", "api", "file"]
MAX_EVIDENCE = 2 * 1024 * 1024
"""Bytes of an evidence file: a photo of a form, a recording of a minute. It lies in the database with the ledger."""


class TooLarge(ValueError):
    """The evidence file is larger than what is kept; the message says so."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that shows the act: a signed form, an e-mail, a recording."""

    name: str
    body: bytes

    def __post_init__(self) -> None:
        if len(self.body) > MAX_EVIDENCE:
            raise TooLarge(f"{self.name} is larger than {MAX_EVIDENCE // 1024 // 1024} MB")

    @property
    def sha256(self) -> str:
        """Of the file, hex."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One act's proof. What is unknown is left out."""

    medium: Medium
    wording: str | None = None
    """What the customer was shown, word for word."""
    wording_version: str | None = None
    language: str | None = None
    by: str | None = None
    """Who of the shop entered it."""
    reason: str | None = None
    """Why, in the words of whoever entered it."""
    words: str | None = None
    """What the customer said, raw."""
    address: str | None = None
    """IP address."""
    agent: str | None = None
    """Browser."""
    phone: str | None = None
    evidence: Evidence | None = None

    def details(self, **more: Any) -> dict[str, Any]:
        """The part that is not personal: it stays in the chain for ever."""
        plain: dict[str, Any] = {
            "medium": self.medium,
            "wording": self.wording,
            "wording_version": self.wording_version,
            "language": self.language,
            "by": self.by,
            "evidence_sha256": self.evidence.sha256 if self.evidence else None,
            **more,
        }
        return _kept(plain)

    def payload(self) -> dict[str, Any]:
        """The personal part. An evidence file is `{"name", "type", "size", "sha256", "base64"}`."""
        personal: dict[str, Any] = {
            "phone": self.phone,
            "reason": _first(self.reason, 500),
            "words": _first(self.words, 500),
            "address": self.address,
            "agent": _first(self.agent, 300),
        }
        if self.evidence:
            name = PurePath(self.evidence.name).name[:200]
            personal["evidence"] = {
                "name": name,
                "type": mimetypes.guess_type(name)[0] or "application/octet-stream",
                "size": len(self.evidence.body),
                "sha256": self.evidence.sha256,
                "base64": base64.b64encode(self.evidence.body).decode("ascii"),
            }
        return _kept(personal)


def _first(text: str | None, length: int) -> str | None:
    return text[:length] if text is not None else None


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    """What is known of it, in signs that can be hashed and stored: no opt-out is lost over a broken character."""
    return {name: _storable(value) for name, value in values.items() if value is not None}


def _storable(value: Any) -> Any:
    if isinstance(value, str):  # no database keeps a NUL or half of a surrogate pair
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _storable(each) for name, each in value.items()}
    return value
