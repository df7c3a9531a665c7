"""Fakes at our own protocols: provider, bell, reader. They record what they were asked, and say what they were told to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.compose import App
from bot.db import Database
from bot.jobs.bell import Bell, Lane
from bot.keys import Keys
from bot.recent import Recent
from bot.sending.archive import Archive, BilledText, MediaRef, MediaRefused, ReceivedText
from bot.sending.outcomes import ListedText, Outcome, Provider, Sent, TextToSend
from nlu.interpretation import Interpretation
from nlu.reader import NO_ANSWERS, Reader


class FakeBell:
    """Remembers what was rung."""

    def __init__(self) -> None:
        self.rung: list[Lane] = []

    def ring(self, lane: Lane) -> None:
        """Nobody comes."""
        self.rung.append(lane)


class FakeProvider:
    """Accepts every text, unless it was told otherwise.

    `will(TryLater(...), Sent(...))` scripts the next outcomes, in order; a function is called with the text, at the
    moment in which the provider is being called (what happens meanwhile is the test's business).
    """

    def __init__(self) -> None:
        self.asked: list[TextToSend] = []
        """Every call, whatever came of it."""
        self.listed: list[ListedText] = []
        """What a listing shows; the test fills it."""
        self.on_listing: Callable[[], object] = lambda: None
        """Called at each listing: what happens meanwhile, or an exception."""
        self._script: deque[Outcome | Callable[[TextToSend], Outcome]] = deque()

    def will(self, *outcomes: Outcome | Callable[[TextToSend], Outcome]) -> None:
        """Answer the next calls like this."""
        self._script.extend(outcomes)

    @property
    def bodies(self) -> list[str]:
        """What was said, in order."""
        return [text.body for text in self.asked]

    def send(self, text: TextToSend) -> Outcome:
        """The scripted outcome, or Sent."""
        self.asked.append(text)
        if not self._script:
            return Sent(provider_id=f"SM{len(self.asked):032x}", status="queued")
        answer = self._script.popleft()
        return answer(text) if callable(answer) else answer

    def list_sent(self, account: str, to: str, since_day: str) -> list[ListedText]:
        """The listed texts to this number."""
        self.on_listing()
        return [text for text in self.listed if text.to == to]


class FakeArchive:
    """Remembers what a test puts into it. An exception in place of an answer is raised."""

    def __init__(self) -> None:
        self.received: list[ReceivedText] = []
        self.media: dict[str, tuple[MediaRef, ...]] = {}
        self.billed: dict[date, list[list[BilledText]]] = {}
        self.files: dict[str, bytes | BaseException] = {}
        self.away: Exception | None = None
        """Raised by every listing while it is set."""
        self.asked: list[tuple[str, Any]] = []

    def list_received(
        self, account: str, number: str, since: datetime, until: datetime
    ) -> list[ReceivedText]:
        """The received texts of the span, oldest first."""
        self._ask("received", (number, since, until))
        mine = [text for text in self.received if text.account == account and text.to_number == number]
        return sorted(
            (text for text in mine if since <= text.received_at < until), key=lambda text: text.received_at
        )

    def list_media(self, account: str, provider_id: str) -> tuple[MediaRef, ...]:
        """What a test put beside this text."""
        self._ask("media", provider_id)
        return self.media.get(provider_id, ())

    def list_billed(self, account: str, day: date) -> Iterator[list[BilledText]]:
        """The pages of the day."""
        self._ask("billed", day)
        yield from self.billed.get(day, [])

    def fetch_media(self, account: str, url: str) -> bytes:
        """The bytes under this address, or the exception."""
        self.asked.append(("file", url))
        found = self.files.get(url, MediaRefused("HTTP 404"))
        if isinstance(found, BaseException):
            raise found
        return found

    def forget_text(self, account: str, provider_id: str) -> None:
        """It is gone from `received`."""
        self._ask("forget", (account, provider_id))
        self.received = [text for text in self.received if text.provider_id != provider_id]

    def _ask(self, what: str, about: Any) -> None:
        self.asked.append((what, about))
        if self.away is not None:
            raise self.away


class FakeReader:
    """Reads what it was told to read: `reader.reads["same again"] = reading("reorder")`; not understood otherwise."""

    def __init__(self) -> None:
        self.reads: dict[str, Interpretation] = {}
        self.asked: list[str] = []
        self.days: list[date] = []
        """The customer's date, at each reading."""

    def read(self, text: str, *, today: date, answers: Mapping[str, str] = NO_ANSWERS) -> Interpretation:
        """What `reads` has for this text, whatever the case and the blanks around it."""
        self.asked.append(text)
        self.days.append(today)
        known = {key.strip().lower(): value for key, value in self.reads.items()}
        return known.get(text.strip().lower(), reading("out_of_scope", 0.1, understood=False))


def reading(intent: str, confidence: float = 0.95, **changes: Any) -> Interpretation:
    """An interpretation with nothing special about it, but for `changes`."""
    plain: dict[str, Any] = {
        "understood": True,
        "ranking": ((intent, confidence),),
        "also": None,
        "mood": "neutral",
        "language": "en",
        "slots": {},
        "why": (),
        "model": "fake",
    }
    return Interpretation(intent=intent, confidence=confidence, **(plain | changes))


@dataclass(frozen=True)
class FakedApp(App):
    """The application with everything outside replaced. Its own class, so that `mypy` knows the fakes' methods."""

    database: Database = field(kw_only=True)
    bell: Bell = field(kw_only=True)
    provider: Provider = field(kw_only=True)
    reader: Reader = field(kw_only=True)
    keys: Keys = field(kw_only=True)
    archive: Archive = field(kw_only=True, default_factory=FakeArchive)
    recent: Recent = field(kw_only=True, default_factory=lambda: Recent(0))
    """Keeps nothing: a test looks twice within a second."""
