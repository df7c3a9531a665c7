"""One customer's code, in the hands of staff: looked up, voided, extended, replaced, up to what their role may.

Owns these deeds and their limits (ShopSettings.agent_limits; an owner has none). What a code is worth and how it lives is
bot.offers'. Nothing here tells the shop's till: the words say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from bot.inbox import Actor, Done, Gone, NotAllowed, TooLate

State = Literal["pool", "reserved", "live", "used", "ended", "void"]


@dataclass(frozen=True, slots=True)
class CodeFile:
    """One code as it stands. Whose and where are None for one that nobody has."""

    coupon_id: int
    code: str
    worth: str
    state: State
    pool: str
    flow: str | None
    offer: str | None
    customer: str | None
    """Their name, or the masked number."""
    conversation_id: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    order: str | None
    """The platform's number of the order that used it."""
    used_at: datetime | None
    may_void: str | None
    """Why this actor may not; None: they may. The same below."""
    may_extend: str | None
    may_replace: str | None


@dataclass(frozen=True, slots=True)
class OverLimit:
    """More than the actor's role may give. `why`: one sentence that names the limit."""

    why: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """The new code, and its end. The old one is void."""

    coupon_id: int
    code: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class NoneLeft:
    """No free code is worth as much. `pool` is where one was looked for."""

    pool: str


def look_up(session: Session, typed: str, actor: Actor, now: datetime) -> CodeFile | Gone | NotAllowed:
    """The code that was typed, as people type: spaces, small letters."""
    raise NotImplementedError


def of_customer(
    session: Session, conversation_id: int, actor: Actor, now: datetime
) -> tuple[CodeFile, ...] | Gone | NotAllowed:
    """Every code that this conversation's customer was given, the newest first."""
    raise NotImplementedError


def void(
    session: Session, coupon_id: int, actor: Actor, now: datetime, why: str = ""
) -> Done | Gone | NotAllowed | TooLate:
    """Speak of it no more. The shop's till may still take it: it has to be ended there, too."""
    raise NotImplementedError


def extend(
    session: Session, coupon_id: int, days: int, actor: Actor, now: datetime
) -> Done | Gone | NotAllowed | TooLate | OverLimit:
    """Let it last so many days longer: from its end, or from now where that is past. Ends with the customer's day."""
    raise NotImplementedError


def replace(
    session: Session, coupon_id: int, actor: Actor, now: datetime
) -> Replaced | Gone | NotAllowed | TooLate | OverLimit | NoneLeft:
    """Another code of its kind that is worth as much, in its place, with the same end or a later one."""
    raise NotImplementedError
