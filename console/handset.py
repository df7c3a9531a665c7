"""A customer's phone at the stand-in: texting the shop, and the answers that the provider gives by itself.

Owns the HTTP to the stand-in's own doors. The text then takes the very path of production: a signed webhook, received
by `winback web`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import requests

from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class KeywordReply:
    """What the provider itself answered to STOP, START or HELP. `after`: its id of the text that it answers."""

    after: str
    body: str


class NoNetwork(RuntimeError):
    """The text did not reach the shop; the message says where it stopped."""


class Handset(Protocol):
    """Somebody's phone."""

    def text(self, phone: str, ours: str, body: str) -> None:
        """Text one of our numbers. Raises NoNetwork."""
        ...

    def keyword_replies(self, phone: str) -> Sequence[KeywordReply]:
        """The provider's own answers to this phone, oldest first; none when it can't be asked."""
        ...


class StandinHandset:
    """The phones at the stand-in of these settings."""

    TIMEOUT = 20.0
    """Seconds: the stand-in answers after it posted the webhook."""
    GLANCE = 1.0
    """Seconds: a page is not kept waiting for a stand-in that is away."""

    def __init__(self, settings: Settings) -> None:
        self._base = f"http://{settings.standin.host}:{settings.standin.port}/standin"

    def text(self, phone: str, ours: str, body: str) -> None:
        """Text one of our numbers. Raises NoNetwork."""
        try:
            answer = self._ask("POST", "/handset", self.TIMEOUT, {"from": phone, "to": ours, "body": body})
        except requests.RequestException as error:
            raise NoNetwork("The phone has no network: the Twilio stand-in does not answer.") from error
        status = answer.get("status", 0)
        if not 200 <= status < 300:
            raise NoNetwork(f"The text left the phone, but the web server did not take it ({status}).")

    def keyword_replies(self, phone: str) -> Sequence[KeywordReply]:
        """The provider's own answers to this phone, oldest first; none when it can't be asked."""
        try:
            texts = self._ask("GET", f"/handsets/{quote(phone, safe='')}", self.GLANCE).get("texts", [])
        except requests.RequestException:
            return ()
        found, last = [], ""
        for text in texts:
            if text["author"] == "handset":
                last = text["sid"]
            elif text["author"] == "Twilio":
                found.append(KeywordReply(last, text["body"]))
        return found

    def _ask(self, method: str, path: str, timeout: float, document: Any = None) -> dict[str, Any]:
        with requests.Session() as session:
            session.trust_env = False  # loopback needs no proxy
            answer = session.request(method, self._base + path, json=document, timeout=timeout)
            answer.raise_for_status()
            value: dict[str, Any] = answer.json()
            return value
