"""A wrong offer, mended for all who hold it at once: looked at first, then done, and never for less than was promised.

Owns who holds it, what each gets (the better of what they have and what is right), and the texts that tell them. Each text
goes through the gate as marketing does, once; whoever has used the code gets none. Goes on where it was stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy.orm import Session

from bot.compose import App
from bot.inbox import Actor, Gone, NotAllowed
from bot.keys import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What is wrong and what is right. `pool`: where codes that work come from; None: their own code stays, and lasts
    longer. `body`: the text, in Liquid, by language; empty: nobody is told."""

    flow: str
    offer: str
    given_after: datetime | None = None
    given_before: datetime | None = None
    pool: str | None = None
    days: int
    """How long it lasts from now on, at least: nobody's end gets earlier."""
    bodies: tuple[tuple[str, str], ...] = ()


Fate: TypeAlias = Literal["replaced", "extended", "kept", "used", "without_code"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of it. `fates`: how many of each; `gate`: allow, defer or deny RULE, how many of each; `samples`: the
    first few texts as they would read, with their customers."""

    holders: int
    fates: dict[Fate, int]
    texts: int
    gate: dict[str, int]
    samples: tuple[tuple[str, str], ...]
    short: int
    """Codes that are missing in the pool."""
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """How far it is. `left`: holders still to come."""

    mending_id: int
    done: int
    left: int
    fates: dict[Fate, int]


def preview(
    session: Session, keys: Keys, link_url: str, mend: Mend, actor: Actor, now: datetime
) -> Preview | Gone | NotAllowed:
    """What would come of it now. Changes nothing."""
    raise NotImplementedError


def begin(session: Session, mend: Mend, key: str, actor: Actor, now: datetime) -> int | Gone | NotAllowed:
    """Keep it as a task; gives its number. `key` from the form: sent twice, it is one. `carry_on` does it."""
    raise NotImplementedError


def carry_on(app: App, shop_id: int | None = None) -> int:
    """Do what is left of all tasks, a batch a transaction; gives how many holders were seen to. The clock calls it."""
    raise NotImplementedError


def standing(session: Session, mending_id: int, actor: Actor) -> Mended | Gone:
    """How far it is."""
    raise NotImplementedError
