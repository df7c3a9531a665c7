"""Who speaks for the shop: bot, nobody (waiting for a person), or one member of staff.

Owns the holder and its fence. Every change raises the fence under the conversation's lock, and dispatch claims no bot
text with an older one: that is what makes a takeover exact (I6).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.models import Conversation


def hand_off(conversation: Conversation, reason: str, matter: str | None, now: datetime) -> None:
    """The bot gives the conversation to people. Nothing of marketing leaves until they give it back.

    Only the bot can give it: while people have it already, it stays with whom it is, and only the matter is noted.
    """
    if conversation.holder == "bot":
        _hold(conversation, "nobody", None, reason, now)
    if matter:
        conversation.open_matter = matter


def take_over(conversation: Conversation, staff_id: int, now: datetime) -> None:
    """A member of staff speaks from now on."""
    _hold(conversation, "staff", staff_id, None, now)


def hand_back(conversation: Conversation, now: datetime) -> None:
    """The bot speaks again. The caller signals HandedBack, so that waits are armed anew.

    «Who is this?» stays open: who has the phone shows in a fitting reply, and in nothing that staff do (R30).
    """
    _hold(conversation, "bot", None, None, now)
    if conversation.open_matter != "identity":
        conversation.open_matter = None


def _hold(
    conversation: Conversation,
    holder: Literal["bot", "nobody", "staff"],
    staff_id: int | None,
    reason: str | None,
    now: datetime,
) -> None:
    conversation.holder = holder
    conversation.staff_id = staff_id
    conversation.holder_reason = reason[:64] if reason else None
    conversation.held_since = now
    conversation.fence += 1
    conversation.version += 1
