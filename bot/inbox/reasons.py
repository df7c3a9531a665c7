"""Why a conversation is with people: one table, from which a line's words and the filter both come.

Owns the reasons and the order in which one outdoes another. Must not write: who hands a conversation over gives the
words (`Conversation.holder_reason`), and a merchant's flow may give words of its own, which are shown as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Cause: TypeAlias = Literal[
    "held",
    "unknown",
    "complaint",
    "asked",
    "promise",
    "identity",
    "order",
    "picture",
    "code",
    "question",
    "unread",
    "unsent",
    "limit",
    "late",
    "flow",
    "wrote",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one conversation is with people. `own`: what the flow that handed it over says, where it has words of its own."""

    cause: Cause
    words: str
    own: str | None = None
