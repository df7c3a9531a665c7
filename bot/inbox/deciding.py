"""What only a person can decide: doubts about an opt-out, wrong numbers, texts of which nobody knows, questions, corrections.

Owns the one list of them, and the deeds of the first three. Decides nothing itself, and sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy.orm import Session

from bot.compliance.proof import Medium
from bot.compose import App
from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate
from bot.keys import Keys

Kind: TypeAlias = Literal["held", "wrong_number", "unknown", "question", "correction"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide. `key`: what its deed takes (a conversation's number, a text's public id, a row's number)."""

    kind: Kind
    key: str
    conversation_id: int | None
    who: str
    words: str
    """What was said, or sent."""
    since: datetime
    ends_at: datetime | None
    """When it decides itself: a doubt becomes an opt-out (R145). None: it waits."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """The list, what ends first and then the oldest; `counts` are of all kinds, whatever is shown."""

    items: tuple[Item, ...]
    counts: dict[Kind, int]


def page(
    session: Session, actor: Actor, now: datetime, kind: Kind | None = None, limit: int = 100
) -> Deciding | NotAllowed:
    """What there is to decide in the actor's shop, of one kind or of all."""
    raise NotImplementedError


def stop(
    session: Session,
    keys: Keys,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    medium: Medium = "text",
    reason: str = "",
) -> Done | Gone | NotAllowed:
    """Opt this customer out of everything: they said so, in whatever words and by whatever road (R3)."""
    raise NotImplementedError


def settle_doubt(
    session: Session,
    keys: Keys,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    opted_out: bool,
    reason: str = "",
) -> Done | Gone | NotAllowed | TooLate:
    """A held opt-out: it was one, or it was none and texts may leave again. An opt-out is never lifted here."""
    raise NotImplementedError


def settle_number(
    session: Session,
    keys: Keys,
    conversation_id: int,
    actor: Actor,
    now: datetime,
    *,
    wrong: bool,
    reason: str = "",
) -> Done | Gone | NotAllowed | TooLate:
    """A wrong number: somebody else has it now, and nothing leaves to it any more; or it is theirs after all (R30)."""
    raise NotImplementedError


def settle_unknown(
    app: App, public_id: str, actor: Actor, *, sent: bool
) -> Done | Gone | NotAllowed | TooLate:
    """A text of which nobody knows whether it left (I4). Opens its own transaction, and never sends again."""
    raise NotImplementedError
