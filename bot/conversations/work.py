"""Finding conversations with something to do, and taking their turns until nothing is left.

Owns the drain that a bell or the sweep calls. One job drains many rows; two workers share the work by skipping what
the other has locked.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TypeVar

import structlog
from sqlalchemy import Integer, bindparam, select, update

from bot.clock import domain_now
from bot.compose import App
from bot.conversations.reading import read_waiting
from bot.conversations.turn import take_turns_together
from bot.db_faults import again, everybodys
from bot.models import Conversation
from bot.stations import following
from bot.teaching.asked import count_turned, unanswered

T = TypeVar("T")
_DUE = (
    select(Conversation.id)
    .where(Conversation.work_due_at <= bindparam("now"))
    .order_by(Conversation.work_due_at)
    .limit(bindparam("most", type_=Integer))
)

PUT_OFF = timedelta(minutes=1)
"""How long a conversation whose turn failed waits for the next try, so that the others behind it get theirs."""

BATCH = 20
BATCH_SQLITE = 8
"""Conversations whose turns share a transaction. On SQLite nobody else can write meanwhile, so they are fewer."""

AHEAD = 4
"""In a flood each worker takes its batch from somewhere among so many: else all would want the same conversations."""

_log = structlog.stdlib.get_logger(__name__)


def take_turns(app: App, limit: int = 200) -> int:
    """Take due turns, the longest waiting first; gives how many were taken."""
    most, alone = (BATCH_SQLITE, True) if app.database.is_sqlite else (BATCH, False)
    taken = 0
    while taken < limit:
        with app.database.read() as session:
            now = domain_now(session, app.real_now)
            due = list(session.execute(_DUE, {"now": now, "most": most if alone else most * AHEAD}).scalars())
        flood = len(due) > most
        batch = spread(due)[:most] if flood else due
        done = _take_batch(app, batch[: limit - taken]) if batch else 0
        taken += done
        if not done or not (flood or len(batch) == most):
            break
    return taken


def _take_batch(app: App, conversations: list[int]) -> int:
    """Turns in one transaction. When that fails, each has its turn alone, so that a fault in one is its own."""
    if len(conversations) > 1:
        try:
            return again(lambda: take_together(app, conversations))
        except Exception as error:
            if everybodys(error):
                raise
            _log.warning("a batch of turns failed; each is taken alone", turns=len(conversations))
    return sum(_take_apart(app, conversation_id) for conversation_id in conversations)


def spread(rows: list[T]) -> list[T]:
    """The same rows from some place on: workers who all begin with the first would meet at each."""
    begin = secrets.randbelow(len(rows))
    return rows[begin:] + rows[:begin]


def _take_apart(app: App, conversation_id: int) -> bool:
    """Take one turn; a fault in it is this conversation's alone. A server that is away is everybody's, and raises."""
    with following(conversation=conversation_id):
        try:
            return again(lambda: take_one(app, conversation_id))
        except Exception as error:
            if everybodys(error):
                raise
            _log.exception("a turn failed")
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        session.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id, Conversation.work_due_at <= now)
            .values(work_due_at=now + PUT_OFF)
        )
    return False


def take_one(app: App, conversation_id: int) -> bool:
    """Read this conversation's texts, then take its turn. False: another worker has it, or there was nothing to do."""
    return take_together(app, [conversation_id]) == 1


def take_together(app: App, conversations: list[int]) -> int:
    """Read the texts of these conversations, then take their turns in one transaction; gives how many had one."""
    readings = read_waiting(app.database, app.reader, conversations, app.real_now)
    asked = unanswered(app.database, readings)  # here, for the encoder is asked: no transaction waits for it
    turned: set[int] = set()
    with app.database.write() as session:
        taken = take_turns_together(
            session, app.keys, app.settings.link_url, conversations, readings, app.real_now, turned
        )
        if asked:
            count_turned(session, asked, turned, domain_now(session, app.real_now))
        return taken
