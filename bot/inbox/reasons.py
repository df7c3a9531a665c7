"""Why a conversation is with people: one table, from which a line's words and the filter both come.

Owns the reasons and the order in which one outdoes another. Must not write: who hands a conversation over gives the
words (`Conversation.holder_reason`), and a merchant's flow may give words of its own, which are shown as they are.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, get_args

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    false,
    literal,
    or_,
    select,
)

from bot.conversations.doubts import DOUBT
from bot.conversations.late import REASON as LATE
from bot.conversations.rows import fixed
from bot.models import Conversation, Customer, Outbound, Promise, Suppression
from bot.models.base import UtcDateTime
from bot.sending.unknowns import GIVES_UP
from flows.walk import GOES_IN_CIRCLES

Cause: TypeAlias = Literal[
    "held",
    "wrong_number",
    "complaint",
    "promise",
    "asked",
    "identity",
    "order",
    "picture",
    "code",
    "question",
    "unclear",
    "unsent",
    "limit",
    "late",
    "unknown",
    "flow",
    "wrote",
]
"""From the one that outdoes all others on."""
CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)

WORDS: Final[dict[Cause, str]] = {
    "held": "may be an opt-out",
    "wrong_number": "may be somebody else's number",
    "complaint": "a complaint",
    "promise": "something promised is due",
    "asked": "asked for a person",
    "identity": "asks who we are",
    "order": "about an order",
    "picture": "sent a picture",
    "code": "a code is missing or fails",
    "question": "a question without an answer",
    "unclear": "the bot did not understand",
    "unsent": "the bot's answer did not leave",
    "limit": "the bot stopped itself",
    "late": "a text came late",
    "unknown": "a text may not have left",
    "flow": "its flow hands over",
    "wrote": "wrote, and waits",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one conversation is with people. `own`: what the flow that handed it over says, where it has words of its own."""

    cause: Cause
    words: str
    own: str | None = None


_HANDED: Final[dict[Cause, tuple[str, ...]]] = {
    "held": (DOUBT,),
    "asked": ("asked for a person",),
    "order": ("an order matter",),
    "picture": ("sent a picture",),
    "code": ("no code to be had", "a code that has ended", "a code that fails"),
    "question": ("a question without a fact",),
    "unclear": ("not understood twice",),
    "limit": (GOES_IN_CIRCLES, "the flow says too much at once"),
    "late": (LATE, "restored from a backup"),
}
"""What `holder_reason` is where the built-in nodes, the engine or the shell hand over. Anything else: the flow's own."""
_BEGINS: Final[dict[Cause, tuple[str, ...]]] = {
    "question": ("asked while opting out: ",),
    "unsent": ("answer not sent: ",),
}
_MATTERS: Final[dict[Cause, str]] = {
    "complaint": "complaint",
    "identity": "identity",
    "question": "question",
}


def reason(cause: Cause | None, holder_reason: str | None) -> Reason | None:
    """The reason in words; `own` is what was handed over with, unless the table says the same."""
    if cause is None:
        return None
    listed = holder_reason is None or any(holder_reason in words for words in _HANDED.values())
    return Reason(cause, WORDS[cause], None if listed else holder_reason)


SHOP: Final[BindParameter[int]] = bindparam("shop", type_=BigInteger())
NOW: Final[BindParameter[datetime]] = bindparam("now", type_=UtcDateTime())
_LOST: Final[BindParameter[datetime]] = bindparam("lost", type_=UtcDateTime())


def given(shop_id: int, now: datetime) -> dict[str, Any]:
    """The values of a statement that has any of these in it. Statements are built once: building costs more than asking."""
    return {"shop": shop_id, "now": now, "lost": now - GIVES_UP}


@functools.cache
def cause_of() -> ColumnElement[Any]:
    """The Cause of a conversation, for a statement that selects from conversations; NULL: none. See `given`."""
    return case(*((_holds(cause), literal(cause)) for cause in CAUSES), else_=None)


def _holds(cause: Cause) -> ColumnElement[bool]:
    handed = [
        Conversation.holder_reason.in_(_HANDED.get(cause, ())) if cause in _HANDED else false(),
        *(Conversation.holder_reason.startswith(words, autoescape=True) for words in _BEGINS.get(cause, ())),
        Conversation.open_matter == _MATTERS[cause] if cause in _MATTERS else false(),
    ]
    people = and_(Conversation.holder != "bot", or_(*handed))
    match cause:
        case "held" | "wrong_number":
            return or_(Conversation.customer_id.in_(_silenced(cause)), people)
        case "promise":
            return Conversation.id.in_(due_promises())
        case "unknown":
            return Conversation.id.in_(given_up())
        case "flow":
            return and_(Conversation.holder != "bot", Conversation.holder_reason.is_not(None))
        case "wrote":
            return Conversation.owed_since.is_not(None)
        case _:
            return people


def due_promises() -> Select[int]:
    """Conversations in which staff promised something that is due and not kept."""
    return select(Promise.conversation_id).where(
        Promise.shop_id == SHOP, Promise.kept_at.is_(None), Promise.due_at <= NOW
    )


def given_up() -> Select[int]:
    """Conversations with a text of which nobody knows whether it left, and that is looked for no more."""
    return select(Outbound.conversation_id).where(
        Outbound.status == fixed("unknown"), Outbound.shop_id == SHOP, Outbound.attempted_at <= _LOST
    )


def _silenced(kind: str) -> Select[int]:
    # the kind is written out: with a parameter neither database can use the partial index
    return (
        select(Customer.id)
        .join(
            Suppression,
            and_(Suppression.shop_id == Customer.shop_id, Suppression.phone_key == Customer.phone_key),
        )
        .where(Suppression.shop_id == SHOP, Suppression.kind == fixed(kind))
    )
