"""Whether anything is left to do: asked of the rows themselves, not of the indexes and flags that the code goes by.

Owns the questions. What is left when patience ends is a lost turn or a sleeper; benchmarks.crash.judge counts those.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from bot.clock import RealNow, domain_now
from bot.models import Errand, Outbound
from bot.models.base import UtcDateTime

SOON = timedelta(hours=2)
"""A text or a wait that is due within this is waited for: no silence of this shop is longer."""

_QUESTIONS = {
    "texts that no turn took": "SELECT count(*) FROM inbound WHERE turned_at IS NULL",
    "events that no turn took": "SELECT count(*) FROM signals WHERE taken_at IS NULL",
    "claims": "SELECT count(*) FROM outbound WHERE status = 'claimed'",
    "texts to send": "SELECT count(*) FROM outbound WHERE status = 'ready' AND due_at <= :soon",
    "waits": (
        "SELECT count(*) FROM timers t JOIN conversations c ON c.id = t.conversation_id"
        " WHERE t.status = 'armed' AND t.due_at <= :soon AND c.holder = 'bot'"
    ),
}


_STATEMENTS = {
    what: text(question).bindparams(bindparam("soon", type_=UtcDateTime()))
    if ":soon" in question
    else text(question)
    for what, question in _QUESTIONS.items()
}


def still_to_do(session: Session, real_now: RealNow) -> str:
    """What there is, in words; nothing when it is quiet."""
    soon = domain_now(session, real_now) + SOON
    for what, statement in _STATEMENTS.items():
        values = {"soon": soon} if ":soon" in _QUESTIONS[what] else {}
        if count := session.execute(statement, values).scalar_one():
            return f"{count} {what}"
    return ""


def looked_for(session: Session, since: datetime) -> bool:
    """Whether the provider was asked for unknown texts since that instant of real time, or there are none.

    The errand moves its next time on when it begins, a minute ahead at most.
    """
    unknown = session.execute(select(Outbound.id).where(Outbound.status == "unknown").limit(1)).first()
    due = session.execute(select(Errand.next_at).where(Errand.name == "unknown")).scalar_one_or_none()
    return unknown is None or (due is not None and due > since + timedelta(seconds=55))
