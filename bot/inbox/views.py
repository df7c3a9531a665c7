"""Which conversations are in a view, in which order, and where a page goes on.

Owns the places. Each is found by walking one index in the order of the page until the page is full, so that the tenth
thousand costs no more than the first (`bot.inbox.statements`). What a line says is `bot.inbox.lines`'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.inbox import Actor, statements
from bot.inbox.filters import Filters, View, cursor, instant, micros, place
from bot.inbox.statements import shape, values

_COUNTED: tuple[View, View] = ("mine", "snoozed")


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation in its place. `since`: for how long a person is waited for, None where nobody is."""

    id: int
    version: int
    news: int
    """The customer's last text, where people are to read it; 0 where not."""
    unread: bool
    since: datetime | None
    key: tuple[int, ...]


def find(
    session: Session, actor: Actor, filters: Filters, now: datetime, limit: int
) -> tuple[list[Found], str | None]:
    """The first `limit` after the cursor, and the cursor of what comes next; None: nothing does."""
    match filters.view:
        case "waiting" | "mine" | "open":
            found = _by_rank(session, actor, filters, now, limit + 1)
        case "snoozed" | "closed":
            found = _by_time(session, actor, filters, now, limit + 1)
        case "all":
            return _everything(session, actor, filters, now, limit)
    return found[:limit], cursor(found[limit - 1].key) if len(found) > limit else None


def of_ids(
    session: Session, actor: Actor, filters: Filters, ids: Sequence[int], now: datetime
) -> dict[int, Found]:
    """Those among these conversations that are the actor's shop's and pass the filters, whatever their view."""
    rows = session.execute(statements.among(shape(filters)), values(actor, filters, now) | {"ids": ids}).all()
    return {row.id: _found(row, (), _waited(row)) for row in rows}


def overdue(session: Session, actor: Actor, now: datetime) -> int:
    """How many wait for a person though nobody handed them over, `OVERDUE` at most."""
    return len(_overdue(session, actor, Filters(), now))


def counted(session: Session, actor: Actor, now: datetime, at_most: int) -> tuple[int, int, int]:
    """How many wait, are the actor's, and are put aside."""
    given = values(actor, Filters(), now) | {"at_most": at_most}
    mine, snoozed = (session.execute(statements.counting(view), given).scalar_one() for view in _COUNTED)
    return waiting(session, actor, now, at_most), mine, snoozed


def waiting(session: Session, actor: Actor, now: datetime, at_most: int) -> int:
    """How many wait, `at_most` at most."""
    given = values(actor, Filters(), now) | {"at_most": at_most}
    found: int = session.execute(statements.counting("waiting"), given).scalar_one()
    return min(at_most, found + overdue(session, actor, now))


def _by_rank(session: Session, actor: Actor, filters: Filters, now: datetime, limit: int) -> list[Found]:
    after = place(filters.after, 3)
    given = values(actor, filters, now) | {"limit": limit}
    if after:
        given |= {"rank": after[0], "since": instant(after[1]), "id": after[2]}
    rows = session.execute(statements.ranked(filters.view, shape(filters), bool(after)), given).all()
    found = [_found(row, (row.rank, micros(row.since), row.id), _waited(row)) for row in rows]
    if filters.view == "waiting":
        extra = [each for each in _overdue(session, actor, filters, now) if each.key > after]
        found = sorted([*found, *extra], key=lambda each: each.key)[:limit]
    return found


def _overdue(session: Session, actor: Actor, filters: Filters, now: datetime) -> list[Found]:
    """Nobody handed these over, and a person has to look all the same: a promise is due, a text was lost from sight."""
    given = values(actor, filters, now)
    since: dict[int, datetime] = {}
    for conversation_id, at in session.execute(statements.due(), given):
        since.setdefault(conversation_id, at)
    if not since:
        return []
    rows = session.execute(statements.not_listed(shape(filters)), given | {"ids": list(since)}).all()
    return [_found(row, (0, micros(since[row.id]), row.id), since[row.id]) for row in rows]


def _by_time(session: Session, actor: Actor, filters: Filters, now: datetime, limit: int) -> list[Found]:
    after = place(filters.after, 2)
    given = values(actor, filters, now) | {"limit": limit}
    if after:
        given |= {"at": instant(after[0]), "id": after[1]}
    rows = session.execute(statements.timed(filters.view, shape(filters), bool(after)), given).all()
    return [_found(row, (micros(row.at), row.id), None) for row in rows]


def _everything(
    session: Session, actor: Actor, filters: Filters, now: datetime, limit: int
) -> tuple[list[Found], str | None]:
    """Whoever wrote last is first: the newest texts, of which each conversation's last one stands for it."""
    before = place(filters.after, 1) or (10**17 - 1,)
    given = values(actor, filters, now) | {"limit": limit + 1, "text": before[0]}
    found = [
        _found(row, (row.text,), _waited(row))
        for row in session.execute(statements.newest(shape(filters)), given).all()
    ]
    if len(found) > limit:
        return found[:limit], cursor(found[limit - 1].key)
    last = session.execute(statements.furthest(), given).scalar()
    return found, cursor((last,)) if last is not None else None


def _waited(row: Any) -> datetime | None:
    since: datetime = row.since
    return since if row.holder != "bot" and row.rank == 0 else None


def _found(row: Any, key: tuple[int, ...], since: datetime | None) -> Found:
    news = (row.last_inbound_id or 0) if row.holder != "bot" else 0
    return Found(row.id, row.version, news, (row.seen or 0) < news, since, key)
