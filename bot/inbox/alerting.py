"""What people of the shop have to hear of now: somebody waits, the reply target is past, a promise is due.

Owns which matters are told, and that each is told once. How it gets to somebody is bot.alerts': browser, webhook, e-mail,
a text to a person's own phone. Nothing is told to customers here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy.orm import Session

from bot.compose import App
from bot.inbox import Actor

Matter: TypeAlias = Literal["waits", "late", "promise", "doubt", "unknown"]


@dataclass(frozen=True, slots=True)
class Told:
    """One notification as a browser shows it: whose conversation, and one line that holds no text of the customer's."""

    id: int
    matter: Matter
    conversation_id: int | None
    line: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """What a page polls. `newest`: the number of the last notification for this actor."""

    newest: int
    waiting: int


def look(app: App) -> int:
    """Tell what has become due; gives how many matters are new. An errand; twice is once."""
    raise NotImplementedError


def mark(session: Session, actor: Actor) -> Mark:
    """Whether there is something new. Two index probes."""
    raise NotImplementedError


def told(session: Session, actor: Actor, after: int = 0, limit: int = 20) -> tuple[Told, ...]:
    """Notifications for this actor after the number that their browser knows, the newest first."""
    raise NotImplementedError
