"""A text that reaches us long after the provider received it: what still holds, and what a person must see.

Owns the exceptions that lateness makes. A stop is obeyed whenever it arrives, unless the customer has explicitly come
back since; a START does not undo a stop that was said after it. Anything else that is older than the setting is not
answered as if it had just been said: somebody who asked in the afternoon is not texted at three in the morning, and a
«yes» of yesterday may be no yes today. A person has it then (I16).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import RealNow
from bot.conversations import holders
from bot.models import Conversation, Inbound, Instance, LedgerEntry
from nlu.optout import OptOut

REASON = "a text arrived late"
RESTORED = "restored"
"""The instance fact of bot.backups.afterwards, which needs more of the core than may be loaded here."""
_COMES_BACK = ("start", "join")
_WITHOUT_WORDS = frozenset({"reaction", "empty"})


def came_at(received: datetime | None, now: datetime, real: RealNow) -> datetime:
    """When a text came, in domain time. `received`: by the provider's clock, which is real; None: now."""
    return now if received is None else min(now, received + (now - real()))


def overtaken(session: Session, shop_id: int, phone_key: str, decision: OptOut, came: datetime) -> bool:
    """Whether the customer has said the opposite after this text of `came` (domain time): only the last word counts.

    Doubts are never overtaken: a hold too many costs a look, a hold too few a text that nobody wanted.
    """
    since = select(LedgerEntry.id).where(
        LedgerEntry.shop_id == shop_id, LedgerEntry.phone_key == phone_key, LedgerEntry.at > came
    )
    if decision.outcome == "opted_out":
        since = since.where(
            LedgerEntry.act.in_(("opted_in", "released")), LedgerEntry.source.in_(_COMES_BACK)
        )
    elif decision.keyword == "START":
        since = since.where(LedgerEntry.act.in_(("opted_out", "held")))
    else:
        return False
    return session.execute(since.limit(1)).first() is not None


def is_late(session: Session, came: datetime, now: datetime, after_hours: float) -> bool:
    """Whether a text of `came` is a person's: too old, or of the time between a backup and its restoring.

    The latter may have been answered before the database was lost, which nobody here knows any more.
    """
    if came == now:
        return False
    if now - came > timedelta(hours=after_hours):
        return True
    restored = session.execute(select(Instance.value).where(Instance.name == RESTORED)).scalar()
    return restored is not None and came < datetime.fromisoformat(restored["at"])


def set_aside(session: Session, inbound_id: int, now: datetime) -> None:
    """Kept, and nothing comes of it."""
    session.execute(update(Inbound).where(Inbound.id == inbound_id).values(turned_at=now, opt_out=None))


def to_a_person(
    session: Session, conversation_id: int, inbound_id: int, row: Mapping[str, Any], now: datetime
) -> None:
    """The text waits for a person in place of a turn. A thumb, or a START that has done its work, needs nobody."""
    conversation = session.execute(
        select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    ).scalar_one()
    session.execute(update(Inbound).where(Inbound.id == inbound_id).values(turned_at=now))
    handled = row["keyword"] == "START" or (row["keyword"] == "HELP" and row["provider_answers"])
    if handled or row["kind"] in _WITHOUT_WORDS:
        return
    holders.hand_off(conversation, REASON, "question", now)
    holders.owe(conversation, now)
    conversation.snoozed_until = conversation.closed_at = None
    conversation.version += 1
