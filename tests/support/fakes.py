"""Fakes at our own protocols: provider, bell, reader. They record what they were asked, and say what they were told to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from nlu.reader import Reader

from bot.compose import App
from bot.db import Database
from bot.jobs.bell import Bell, Lane
from bot.keys import Keys
from bot.sending.outcomes import ListedText, Outcome, Provider, Sent, TextToSend


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
        return [text for text in self.listed if text.to == to]


@dataclass(frozen=True)
class FakedApp(App):
    """The application with everything outside replaced. Its own class, so that `mypy` knows the fakes' methods."""

    database: Database = field(kw_only=True)
    bell: Bell = field(kw_only=True)
    provider: Provider = field(kw_only=True)
    reader: Reader = field(kw_only=True)
    keys: Keys = field(kw_only=True)
