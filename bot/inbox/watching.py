"""Who has a conversation open, and who is typing.

Owns the watches: real time, a few seconds each, renewed by the page. One that is over means nothing, and goes when its
owner looks at something else. Takes no lock on the conversation and does not raise its version: looking changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.inbox import Actor

LOOKS = timedelta(seconds=15)
TYPES = timedelta(seconds=6)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who looks at a conversation."""

    staff_id: int
    name: str
    typing: bool


def heartbeat(
    session: Session, actor: Actor, conversation_id: int, real: datetime, *, typing: bool = False
) -> bool:
    """The actor's page is open. Gives whether anything had to be written; needs a write session."""
    raise NotImplementedError


def leave(session: Session, actor: Actor, conversation_id: int) -> None:
    """The actor's page was closed."""
    raise NotImplementedError


def who_watches(
    session: Session, actor: Actor, conversation_ids: Sequence[int], real: datetime
) -> dict[int, tuple[Watcher, ...]]:
    """Colleagues who look at these conversations of the actor's shop; the actor is left out."""
    raise NotImplementedError
