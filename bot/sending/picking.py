"""Which of the texts that are due a worker may try now, and in which order.

Owns the order: compliance and answers first, then people's texts, then openers; by due time within each. Looks only:
who gets a row is settled by its claim, under the conversation's lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, select

from bot.compose import App
from bot.conversations.rows import fixed
from bot.conversations.work import spread
from bot.models import Outbound
from bot.sending.outcomes import Outcome, TextToSend


@dataclass(frozen=True, slots=True)
class Due:
    """A text that may be tried now."""

    id: int
    conversation_id: int
    kind: str


LANES: Mapping[str, int] = {"compliance": 0, "answer": 1, "staff": 2, "marketing": 3}
"""Lower goes first."""


def pick(app: App, now: datetime, limit: int) -> list[Due]:
    """At most `limit` texts to try now (`now`: domain time), first things first. Empty: nothing may leave for now, which
    does not mean that nothing is due."""
    with app.database.read() as session:
        rows = session.execute(_READY, {"now": now, "most": limit}).all()
    due = sorted((Due(row.id, row.conversation_id, row.kind) for row in rows), key=_lane)
    return spread(due) if len(due) == limit and not app.database.is_sqlite else due


def heed(app: App, picked: Sequence[Due], ends: Mapping[int, tuple[TextToSend, Outcome]]) -> None:
    """What the provider's answers to a batch mean for all the others. `ends`: by outbound id, what was called.

    To be called once a batch, after its ends were recorded, with no transaction open.
    """


def _lane(due: Due) -> int:
    return LANES.get(due.kind, LANES["marketing"])


# Built once: building a statement costs SQLAlchemy about as much as running it.
_READY = (
    select(Outbound.id, Outbound.conversation_id, Outbound.kind)
    .where(Outbound.status == fixed("ready"), Outbound.due_at <= bindparam("now"))
    .order_by(Outbound.due_at, Outbound.id)
    .limit(bindparam("most", type_=Integer))
)
