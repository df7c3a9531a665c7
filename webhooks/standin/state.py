"""What the stand-in remembers: texts both ways, numbers, services, who is blocked. In memory, under one lock.

Owns the record that tests count by. Must not touch the network.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import RealNow
from webhooks.standin.keywords import auto_reply, keyword_of

TWILIO = "Twilio"
"""Whose automatic answer a handset received."""


@dataclass(slots=True)
class Text:
    """One text. `author`: shop (created through the API), handset, or Twilio (an automatic answer)."""

    seq: int
    sid: str
    account: str
    author: str
    from_number: str
    to: str
    body: str
    at: datetime
    status: str
    service: str | None = None
    public_id: str | None = None
    callback: str | None = None
    media: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    error_code: int | None = None
    redacted: bool = False
    """The API shows no body any more. The handset has it still, as a real one would."""
    deleted: bool = False
    """The API knows it no more."""


@dataclass(frozen=True, slots=True)
class File:
    """What came beside a text, and is kept here."""

    sid: str
    account: str
    text: str
    content_type: str
    data: bytes


@dataclass(slots=True)
class Number:
    """One of an account's numbers, and where Twilio would call for it."""

    number: str
    sid: str
    account: str
    service: str | None = None
    sms_url: str = ""
    voice_url: str = ""


@dataclass(slots=True)
class Service:
    """A Messaging Service."""

    sid: str
    account: str
    inbound_request_url: str | None = None
    status_callback: str | None = None
    use_inbound_webhook_on_number: bool = False


@dataclass
class State:
    """Everything; `clear` empties it but keeps numbers and services. Methods may be called from any thread."""

    accounts: Mapping[str, str]
    handles_keywords: bool
    now: RealNow
    texts: list[Text] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _by_sid: dict[str, Text] = field(default_factory=dict)
    _by_phone: dict[str, list[Text]] = field(default_factory=dict)
    _files: dict[str, File] = field(default_factory=dict)
    _numbers: dict[str, Number] = field(default_factory=dict)
    _services: dict[str, Service] = field(default_factory=dict)
    _blocked: set[tuple[str, str]] = field(default_factory=set)
    _arrivals: Counter[str] = field(default_factory=Counter)
    """How often each of our public ids reached a handset."""

    def accept(
        self,
        *,
        account: str,
        from_number: str,
        to: str,
        body: str,
        service: str | None,
        public_id: str | None,
        callback: str | None,
    ) -> Text:
        """A text created through the API: it is at the handset at once."""
        status = "accepted" if service else "queued"
        with self._lock:
            if from_number:
                self._own(from_number, account, service)
            text = self._add(
                account=account,
                author="shop",
                from_number=from_number,
                to=to,
                body=body,
                status=status,
                service=service,
                public_id=public_id,
                callback=callback,
            )
            if public_id:
                self._arrivals[public_id] += 1
        return text

    def from_handset(
        self, phone: str, ours: str, body: str, media: tuple[str, ...]
    ) -> tuple[Text, str | None] | None:
        """A customer texts one of our numbers: the text and the keyword that Twilio handled, if it did.

        None when no account has the number.
        """
        with self._lock:
            number = self._numbers.get(ours) or self._sole_owner(ours)
            if number is None:
                return None
            text = self._add(
                account=number.account,
                author="handset",
                from_number=phone,
                to=ours,
                body=body,
                status="received",
                service=number.service,
                media=media,
            )
            keyword = keyword_of(body) if self.handles_keywords else None
            if keyword is not None:
                self._handle(keyword, number, phone)
        return text, keyword

    def keep_file(self, text: Text, api: str, content_type: str, data: bytes) -> None:
        """Keep what came beside a text; its address is one of the API at `api`, as at Twilio."""
        sid = "ME" + uuid.uuid4().hex
        url = f"{api.rstrip('/')}/2010-04-01/Accounts/{text.account}/Messages/{text.sid}/Media/{sid}"
        with self._lock:
            self._files[sid] = File(sid, text.account, text.sid, content_type, data)
            text.media_types = (
                *text.media_types,
                *["image/jpeg"] * (len(text.media) - len(text.media_types)),
            )
            text.media, text.media_types = (*text.media, url), (*text.media_types, content_type)

    def file(self, sid: str) -> File | None:
        """A kept file."""
        return self._files.get(sid)

    def forget_file(self, sid: str) -> bool:
        """Delete a kept file; False when there is none."""
        with self._lock:
            return self._files.pop(sid, None) is not None

    def files_of(self, text_sid: str) -> list[File]:
        """The kept files of a text, in order."""
        with self._lock:
            return [file for file in self._files.values() if file.text == text_sid]

    def is_blocked(self, phone: str, from_number: str, service: str | None) -> bool:
        """Did the phone stop this number, or the service that it belongs to (R58)?"""
        number = self._numbers.get(from_number)
        scopes = {service, number.service if number else None, from_number} - {None, ""}
        return any((scope, phone) in self._blocked for scope in scopes if scope)

    def sender_of(self, service: str) -> str | None:
        """Some number of a Messaging Service."""
        with self._lock:
            return next((n.number for n in self._numbers.values() if n.service == service), None)

    def own(self, number: str, account: str, service: str | None = None) -> Number:
        """Register one of an account's numbers; a number that it texts from is registered by itself."""
        with self._lock:
            return self._own(number, account, service)

    def numbers(self, account: str, number: str | None = None) -> list[Number]:
        """An account's numbers."""
        with self._lock:
            mine = [n for n in self._numbers.values() if n.account == account]
        return [n for n in mine if number in (None, n.number)]

    def number(self, ours: str) -> Number | None:
        """One of our numbers, by itself or (before its first text) as the only account's."""
        with self._lock:
            return self._numbers.get(ours) or self._sole_owner(ours)

    def service(self, sid: str) -> Service | None:
        """A Messaging Service that some number belongs to."""
        with self._lock:
            return self._services.get(sid)

    def text(self, sid: str) -> Text | None:
        """A text by its sid."""
        return self._by_sid.get(sid)

    def of_phone(self, phone: str) -> list[Text]:
        """All texts from or to a number, oldest first."""
        with self._lock:
            return list(self._by_phone.get(phone, ()))

    def after(self, seq: int, limit: int) -> list[Text]:
        """Texts in the order in which they came, after the `seq`-th."""
        with self._lock:
            return self.texts[seq : seq + limit]

    def counts(self) -> dict[str, object]:
        """What arrived where: the figures that tests compare with the database."""
        with self._lock:
            handsets = Counter(text.to for text in self.texts if text.author == "shop")
            authors = Counter(text.author for text in self.texts)
            return {
                "created": authors["shop"],
                "inbound": authors["handset"],
                "automatic": authors[TWILIO],
                "refused": {str(code): times for code, times in self.refused.items()},
                "handsets": dict(handsets),
                "duplicates": {key: times for key, times in self._arrivals.items() if times > 1},
                "blocked": len(self._blocked),
            }

    def clear(self) -> None:
        """Forget texts and blocks."""
        with self._lock:
            self.texts.clear()
            self.refused.clear()
            self._by_sid.clear()
            self._by_phone.clear()
            self._files.clear()
            self._blocked.clear()
            self._arrivals.clear()

    def _add(
        self,
        *,
        account: str,
        author: str,
        from_number: str,
        to: str,
        body: str,
        status: str,
        service: str | None,
        public_id: str | None = None,
        callback: str | None = None,
        media: tuple[str, ...] = (),
    ) -> Text:
        text = Text(
            seq=len(self.texts) + 1,
            sid=("MM" if media else "SM") + uuid.uuid4().hex,
            account=account,
            author=author,
            from_number=from_number,
            to=to,
            body=body,
            at=self.now(),
            status=status,
            service=service,
            public_id=public_id,
            callback=callback,
            media=media,
        )
        self.texts.append(text)
        self._by_sid[text.sid] = text
        for phone in {from_number, to}:
            self._by_phone.setdefault(phone, []).append(text)
        return text

    def _own(self, ours: str, account: str, service: str | None) -> Number:
        number = self._numbers.get(ours)
        if number is None:
            number = self._numbers[ours] = Number(ours, "PN" + uuid.uuid4().hex, account)
        if service is not None:
            number.service = service
            self._services.setdefault(service, Service(service, account))
        return number

    def _sole_owner(self, ours: str) -> Number | None:
        """With one account there is no doubt whose number it is."""
        return self._own(ours, next(iter(self.accounts)), None) if len(self.accounts) == 1 else None

    def _handle(self, keyword: str, number: Number, phone: str) -> None:
        scope = (number.service or number.number, phone)
        if keyword == "STOP":
            self._blocked.add(scope)
        elif keyword == "START":
            self._blocked.discard(scope)
        self._add(
            account=number.account,
            author=TWILIO,
            from_number=number.number,
            to=phone,
            body=auto_reply(keyword),
            status="delivered",
            service=number.service,
        )
