"""Who speaks for the shop: bot, nobody (waiting for a person), or one member of staff; and what is owed meanwhile.

Owns the holder and its fence. Every change raises the fence under the conversation's lock, and dispatch claims no bot
text with an older one: that is what makes a takeover exact (I6). Owns `owed_since` too: since when a text of the customer
waits for a person's answer. What staff may do is bot.inbox's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from bot.models import Conversation, Outbound

NOT_SENT = "a colleague's text was not sent"


def hand_off(
    conversation: Conversation,
    reason: str,
    matter: str | None,
    now: datetime,
    *,
    return_after: timedelta | None = None,
) -> None:
    """The bot gives the conversation to people. Nothing of marketing leaves until they give it back.

    Only the bot can give it: while people have it already, it stays with whom it is, and only the matter is noted.
    `return_after`: how long until it goes back by itself (the shop's `return_hours`); None: never.
    """
    if conversation.holder == "bot":
        _hold(conversation, "nobody", None, reason, now)
        conversation.return_at = now + return_after if return_after else None
        conversation.snoozed_until = conversation.closed_at = None
    if matter:
        conversation.open_matter = matter
    owe(conversation)


def take_over(conversation: Conversation, staff_id: int, now: datetime) -> None:
    """A member of staff speaks from now on."""
    _hold(conversation, "staff", staff_id, None, now)


def wait(conversation: Conversation, reason: str, now: datetime) -> None:
    """Whoever of the staff had it has it no more; it waits for a person."""
    _hold(conversation, "nobody", None, reason, now)


def hand_back(conversation: Conversation, now: datetime) -> None:
    """The bot speaks again. The caller signals HandedBack, so that waits are armed anew.

    «Who is this?» stays open: who has the phone shows in a fitting reply, and in nothing that staff do (R30).
    """
    _hold(conversation, "bot", None, None, now)
    conversation.owed_since = conversation.snoozed_until = conversation.return_at = None
    conversation.returned_at = now
    if conversation.open_matter != "identity":
        conversation.open_matter = None


def owe(conversation: Conversation, since: datetime | None = None) -> None:
    """A text of the customer waits for a person: the one of `since`, else the last, if the customer spoke last."""
    since = since or _unanswered(conversation)
    owed = conversation.owed_since
    if since is not None and (owed is None or since < owed):
        conversation.owed_since = since


def answered(conversation: Conversation) -> datetime | None:
    """A person has written: nothing is owed any more. Gives since when it was."""
    since, conversation.owed_since = conversation.owed_since, None
    return since


def not_answered(conversation: Conversation, text: Outbound, now: datetime) -> None:
    """A person's text did not leave after all: what it answered is owed again, by people."""
    conversation.version += 1
    if text.answers_since is None:
        return
    if conversation.holder == "bot":  # given back meanwhile: nobody would look at it
        hand_off(conversation, NOT_SENT, None, now)
    owe(conversation, text.answers_since)


def _unanswered(conversation: Conversation) -> datetime | None:
    """When the customer's last text came, if nothing has left since."""
    heard, said = conversation.last_inbound_at, conversation.last_outbound_at
    return heard if heard is not None and (said is None or said < heard) else None


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
