"""Which conversations are in a view, in which order, and where a page goes on.

Owns the statements that find them: each walks one index in the order of the page and stops when it is full, so that the
tenth thousand costs no more than the first. What a line says is `bot.inbox.listing`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from bot.inbox import Actor
from bot.inbox.filters import NOBODY, Filters, cursor, instant, micros, place
from bot.inbox.reasons import cause_of, due_promises, given_up
from bot.models import Conversation, Customer, Inbound, Outbound, Promise, ReadMark, Shop
from bot.models.base import UtcDateTime

OVERDUE = 200
"""Conversations that the bot has and that wait for a person all the same; more than these are found under «to decide»."""
LOOKED_THROUGH = 5000
"""Texts that a page of everything looks through at most; the next one goes on from there."""

# the words of ix_conversations_line, so that both databases know the index again
RANK: ColumnElement[int] = literal_column(
    "(CASE WHEN conversations.holder = 'nobody' OR conversations.owed_since IS NOT NULL THEN 0 ELSE 1 END)",
    Integer(),
)
SINCE: ColumnElement[datetime] = literal_column(
    "coalesce(conversations.owed_since, conversations.held_since, conversations.created_at)", UtcDateTime()
)
WITH_PEOPLE: ColumnElement[bool] = literal_column(
    "(conversations.holder <> 'bot' AND conversations.closed_at IS NULL)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation in its place. `since`: for how long a person is waited for, None where nobody is."""

    id: int
    version: int
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
        case "snoozed":
            found = _snoozed(session, actor, filters, now, limit + 1)
        case "closed":
            found = _closed(session, actor, filters, now, limit + 1)
        case "all":
            return _everything(session, actor, filters, now, limit)
    return found[:limit], cursor(found[limit - 1].key) if len(found) > limit else None


def awake(now: datetime) -> ColumnElement[bool]:
    """Not put aside until later."""
    return or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= now)


def mine(actor: Actor) -> ColumnElement[bool]:
    """Held by the actor, or theirs to answer."""
    return whose(actor.staff_id)


def whose(staff_id: int) -> ColumnElement[bool]:
    """Held by this member of staff, or theirs to answer."""
    held = and_(Conversation.holder == "staff", Conversation.staff_id == staff_id)
    return or_(held, Conversation.assignee_id == staff_id)


def _by_rank(session: Session, actor: Actor, filters: Filters, now: datetime, limit: int) -> list[Found]:
    after = place(filters.after, 3)
    asked = _asked(actor, filters, now).where(WITH_PEOPLE, awake(now))
    if filters.view == "waiting":
        asked = asked.where(RANK == 0)
    if filters.view == "mine":
        asked = asked.where(mine(actor))
    asked = asked.add_columns(RANK.label("rank"), SINCE.label("since"))
    if after:
        begins = tuple_(
            literal(after[0], Integer()), literal(instant(after[1]), UtcDateTime()), literal(after[2])
        )
        asked = asked.where(tuple_(RANK, SINCE, Conversation.id) > begins)
    rows = session.execute(asked.order_by(RANK, SINCE, Conversation.id).limit(limit)).all()
    found = [
        _found(row, (row.rank, micros(row.since), row.id), row.since if row.rank == 0 else None)
        for row in rows
    ]
    if filters.view == "waiting":
        extra = [each for each in _overdue(session, actor, filters, now) if each.key > after]
        found = sorted([*found, *extra], key=lambda each: each.key)[:limit]
    return found


def overdue(session: Session, actor: Actor, now: datetime) -> int:
    """How many wait for a person though nobody handed them over, `OVERDUE` at most."""
    return len(_overdue(session, actor, Filters(), now))


def _overdue(session: Session, actor: Actor, filters: Filters, now: datetime) -> list[Found]:
    """Nobody handed these over, and a person has to look all the same: a promise is due, a text was lost from sight."""
    shop_id = actor.shop_id
    both = union_all(
        due_promises(shop_id, now).add_columns(Promise.due_at.label("at")),
        given_up(shop_id, now).add_columns(Outbound.attempted_at.label("at")),
    ).subquery()
    since: dict[int, datetime] = {}
    for conversation_id, at in session.execute(select(both).order_by(both.c.at).limit(OVERDUE)):
        since.setdefault(conversation_id, at)
    if not since:
        return []
    rows = session.execute(
        _asked(actor, filters, now).where(
            Conversation.id.in_(since),
            Conversation.closed_at.is_(None),
            awake(now),
            or_(Conversation.holder == "bot", RANK == 1),  # the others are in the list already
        )
    ).all()
    return [_found(row, (0, micros(since[row.id]), row.id), since[row.id]) for row in rows]


def _snoozed(session: Session, actor: Actor, filters: Filters, now: datetime, limit: int) -> list[Found]:
    """The one that comes back first is first."""
    after = place(filters.after, 2)
    asked = (
        _asked(actor, filters, now)
        .add_columns(Conversation.snoozed_until.label("at"))
        .where(Conversation.snoozed_until.is_not(None), Conversation.snoozed_until > now)
    )
    if after:
        begins = tuple_(literal(instant(after[0]), UtcDateTime()), literal(after[1]))
        asked = asked.where(tuple_(Conversation.snoozed_until, Conversation.id) > begins)
    rows = session.execute(asked.order_by(Conversation.snoozed_until, Conversation.id).limit(limit)).all()
    return [_found(row, (micros(row.at), row.id), None) for row in rows]


def _closed(session: Session, actor: Actor, filters: Filters, now: datetime, limit: int) -> list[Found]:
    """The one that was closed last is first."""
    after = place(filters.after, 2)
    asked = (
        _asked(actor, filters, now)
        .add_columns(Conversation.closed_at.label("at"))
        .where(Conversation.closed_at.is_not(None))
    )
    if after:
        begins = tuple_(literal(instant(after[0]), UtcDateTime()), literal(after[1]))
        asked = asked.where(tuple_(Conversation.closed_at, Conversation.id) < begins)
    rows = session.execute(
        asked.order_by(Conversation.closed_at.desc(), Conversation.id.desc()).limit(limit)
    ).all()
    return [_found(row, (micros(row.at), row.id), None) for row in rows]


def _everything(
    session: Session, actor: Actor, filters: Filters, now: datetime, limit: int
) -> tuple[list[Found], str | None]:
    """Whoever wrote last is first: the newest texts, of which each conversation's last one stands for it."""
    after = place(filters.after, 1)
    newest = select(Inbound.id, Inbound.conversation_id).where(Inbound.shop_id == actor.shop_id)
    if after:
        newest = newest.where(Inbound.id < after[0])
    newest = newest.order_by(Inbound.id.desc()).limit(LOOKED_THROUGH)
    texts = newest.subquery()
    asked = (
        _asked(actor, filters, now)
        .add_columns(RANK.label("rank"), SINCE.label("since"), texts.c.id.label("text"))
        .join(
            texts,
            and_(texts.c.conversation_id == Conversation.id, texts.c.id == Conversation.last_inbound_id),
        )
        .order_by(texts.c.id.desc())
        .limit(limit + 1)
    )
    found = [
        _found(row, (row.text,), row.since if row.holder != "bot" and row.rank == 0 else None)
        for row in session.execute(asked).all()
    ]
    if len(found) > limit:
        return found[:limit], cursor(found[limit - 1].key)
    last = session.execute(newest.with_only_columns(Inbound.id).offset(LOOKED_THROUGH - 1).limit(1)).scalar()
    return found, cursor((last,)) if last is not None else None


def _asked(actor: Actor, filters: Filters, now: datetime) -> Select[Any]:
    """The columns that a place in the list needs, and what all views are filtered by."""
    columns: list[Any] = [
        Conversation.id,
        Conversation.version,
        Conversation.holder,
        Conversation.last_inbound_id,
        ReadMark.inbound_id.label("seen"),
    ]
    asked: Select[Any] = (
        select(*columns)
        .outerjoin(
            ReadMark,
            and_(
                ReadMark.shop_id == Conversation.shop_id,
                ReadMark.staff_id == actor.staff_id,
                ReadMark.conversation_id == Conversation.id,
            ),
        )
        .where(Conversation.shop_id == actor.shop_id)
    )
    if filters.reason is not None:
        asked = asked.where(cause_of(actor.shop_id, now) == filters.reason)
    if filters.assignee == NOBODY:
        asked = asked.where(Conversation.assignee_id.is_(None), Conversation.holder != "staff")
    elif filters.assignee is not None:
        asked = asked.where(whose(filters.assignee))
    if filters.team is not None:
        asked = asked.where(Conversation.team == filters.team)
    if filters.language is not None:
        spoken = func.coalesce(Conversation.language, Customer.language, Shop.language)
        asked = (
            asked.join(
                Customer,
                and_(Customer.shop_id == Conversation.shop_id, Customer.id == Conversation.customer_id),
            )
            .join(Shop, Shop.id == Conversation.shop_id)
            .where(spoken == filters.language)
        )
    return asked


def _found(row: Any, key: tuple[int, ...], since: datetime | None) -> Found:
    unread = row.holder != "bot" and row.last_inbound_id is not None
    return Found(row.id, row.version, unread and (row.seen or 0) < row.last_inbound_id, since, key)


def of_ids(
    session: Session, actor: Actor, filters: Filters, ids: Sequence[int], now: datetime
) -> dict[int, Found]:
    """Those among these conversations that are the actor's shop's and pass the filters, whatever their view."""
    asked = _asked(actor, filters, now).add_columns(RANK.label("rank"), SINCE.label("since"))
    rows = session.execute(asked.where(Conversation.id.in_(ids))).all()
    return {
        row.id: _found(row, (), row.since if row.holder != "bot" and row.rank == 0 else None) for row in rows
    }
