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
from bot.conversations.turn import take_turn
from bot.db_faults import again, everybodys
from bot.models import Conversation
from bot.stations import following

T = TypeVar("T")
_DUE = (
    select(Conversation.id)
    .where(Conversation.work_due_at <= bindparam("now"))
    .order_by(Conversation.work_due_at)
    .limit(bindparam("most", type_=Integer))
)

PUT_OFF = timedelta(minutes=1)
"""How long a conversation whose turn failed waits for the next try, so that the others behind it get theirs."""

_log = structlog.stdlib.get_logger(__name__)


def take_turns(app: App, limit: int = 200) -> int:
    """Take due turns, the longest waiting first; gives how many were taken."""
    with app.database.read() as session:
        due = list(session.execute(_DUE, {"now": domain_now(session, app.real_now), "most": limit}).scalars())
    flood = len(due) == limit and not app.database.is_sqlite
    taken = 0
    for conversation_id in spread(due) if flood else due:
        if _take_apart(app, conversation_id):
            taken += 1
        elif flood and taken:
            break  # where another worker's part begins: look anew, instead of meeting it at each
    return taken


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
    """Read this conversation's texts, then take its turn. False: another worker has it."""
    readings = read_waiting(app.database, app.reader, conversation_id, app.real_now)
    with app.database.write() as session:
        return take_turn(session, app.keys, app.settings.link_url, conversation_id, readings, app.real_now)
