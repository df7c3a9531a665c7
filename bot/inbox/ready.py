"""Replies that a shop keeps ready, in each of its languages, with the variables that flows have.

Owns the keeping, searching, and their file. Rendering them for one customer is bot.inbox.replying's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.inbox import Actor, Done, Gone, NotAllowed
from flows.problems import Problem


@dataclass(frozen=True, slots=True)
class Ready:
    """One reply in one language. `parts`: what it costs as written, before variables."""

    id: int
    name: str
    language: str
    body: str
    used: int
    parts: int


@dataclass(frozen=True, slots=True)
class Unfit:
    """It cannot be kept, and why: all at once (I14)."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file changed."""

    new: int
    changed: int
    same: int


def ready(
    session: Session, shop_id: int, *, language: str | None = None, search: str = "", limit: int = 200
) -> tuple[Ready, ...]:
    """The shop's replies that fit, the most used first. `search`: words of name or text, in any order."""
    raise NotImplementedError


def keep(
    session: Session, name: str, language: str, body: str, actor: Actor, now: datetime
) -> Done | Unfit | NotAllowed:
    """Keep a reply under this name in this language; one that is there already is written over."""
    raise NotImplementedError


def drop(session: Session, ready_id: int, actor: Actor, now: datetime) -> Done | Gone | NotAllowed:
    """Keep it no more."""
    raise NotImplementedError


def took(session: Session, ready_id: int, actor: Actor) -> Ready | Gone | NotAllowed:
    """Somebody takes it into a text: it is counted."""
    raise NotImplementedError


def as_file(session: Session, shop_id: int) -> str:
    """All of them, as the YAML file that `take_file` reads."""
    raise NotImplementedError


def take_file(
    session: Session, source: str, file: str, actor: Actor, now: datetime
) -> Imported | Unfit | NotAllowed:
    """Keep what a file has; what it has not stays. With a fault in it, nothing is kept."""
    raise NotImplementedError
