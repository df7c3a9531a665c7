"""The statements of the list, one for each shape of what can be asked, built once.

Owns their SQL. Building one costs several times what asking it does, and twenty people ask each second. Values are bound
by name (`values`); which statement is asked when is `bot.inbox.views`'.
"""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)

from bot.inbox import Actor
from bot.inbox.filters import NOBODY, Filters, View
from bot.inbox.reasons import NOW, SHOP, cause_of, due_promises, given, given_up
from bot.models import Conversation, Customer, Inbound, Outbound, Promise, ReadMark, Shop
from bot.models.base import UtcDateTime

OVERDUE = 200
"""Conversations that the bot has and that wait for a person all the same; more than these are found under «to decide»."""
LOOKED_THROUGH = 2000
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
_AWAKE = or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= NOW)
_STAFF = bindparam("staff", type_=BigInteger())
_LIMIT = bindparam("limit", type_=Integer())
_ID = bindparam("id", type_=BigInteger())


class Shape(NamedTuple):
    """Which filters there are, whatever their values."""

    reason: bool
    nobody: bool
    assignee: bool
    team: bool
    language: bool


def shape(filters: Filters) -> Shape:
    """The shape of these filters."""
    return Shape(
        reason=filters.reason is not None,
        nobody=filters.assignee == NOBODY,
        assignee=filters.assignee is not None and filters.assignee != NOBODY,
        team=filters.team is not None,
        language=filters.language is not None,
    )


def values(actor: Actor, filters: Filters, now: datetime) -> dict[str, Any]:
    """What all of these statements bind, and the filters'."""
    return given(actor.shop_id, now) | {
        "staff": actor.staff_id,
        "reason": filters.reason,
        "assignee": filters.assignee,
        "team": filters.team,
        "language": filters.language,
    }


@functools.cache
def ranked(view: View, wanted: Shape, goes_on: bool) -> Select[Any]:
    """Who is waited for first, the oldest first; then the rest with people."""
    asked = _asked(wanted, RANK.label("rank"), SINCE.label("since")).where(WITH_PEOPLE, _AWAKE)
    if view == "waiting":
        asked = asked.where(RANK == 0)
    if view == "mine":
        asked = asked.where(_whose(_STAFF))
    if goes_on:
        begins = tuple_(bindparam("rank", type_=Integer()), bindparam("since", type_=UtcDateTime()), _ID)
        asked = asked.where(tuple_(RANK, SINCE, Conversation.id) > begins)
    return asked.order_by(RANK, SINCE, Conversation.id).limit(_LIMIT)


@functools.cache
def timed(view: View, wanted: Shape, goes_on: bool) -> Select[Any]:
    """Of the snoozed, the one that comes back first is first; of the closed, the one that was closed last."""
    snoozed = view == "snoozed"
    at = Conversation.snoozed_until if snoozed else Conversation.closed_at
    asked = _asked(wanted, at.label("at")).where(at.is_not(None))
    if snoozed:
        asked = asked.where(at > NOW)
    if goes_on:
        here, begins = tuple_(at, Conversation.id), tuple_(bindparam("at", type_=UtcDateTime()), _ID)
        asked = asked.where(here > begins if snoozed else here < begins)
    order = (at, Conversation.id) if snoozed else (at.desc(), Conversation.id.desc())
    return asked.order_by(*order).limit(_LIMIT)


@functools.cache
def newest(wanted: Shape) -> Select[Any]:
    """Conversations by their last text, the newest first, as far back as one page looks."""
    texts = _texts().limit(LOOKED_THROUGH).subquery()
    return (
        _asked(wanted, RANK.label("rank"), SINCE.label("since"), texts.c.id.label("text"))
        .join(
            texts,
            and_(texts.c.conversation_id == Conversation.id, texts.c.id == Conversation.last_inbound_id),
        )
        .order_by(texts.c.id.desc())
        .limit(_LIMIT)
    )


@functools.cache
def furthest() -> Select[Any]:
    """The oldest text that such a page has looked at; none where it saw all of them."""
    return _texts().with_only_columns(Inbound.id).offset(LOOKED_THROUGH - 1).limit(1)


@functools.cache
def due() -> Select[Any]:
    """(conversation, since) where a promise is due or a text was lost from sight, the oldest first."""
    both = union_all(
        due_promises().add_columns(Promise.due_at.label("at")),
        given_up().add_columns(Outbound.attempted_at.label("at")),
    ).subquery()
    return select(both).order_by(both.c.at).limit(OVERDUE)


@functools.cache
def not_listed(wanted: Shape) -> Select[Any]:
    """Those of `ids` that are in the list of who waits by nothing else."""
    return among(wanted).where(
        Conversation.closed_at.is_(None), _AWAKE, or_(Conversation.holder == "bot", RANK == 1)
    )


@functools.cache
def among(wanted: Shape) -> Select[Any]:
    """Those of `ids` that pass the filters."""
    return _asked(wanted, RANK.label("rank"), SINCE.label("since")).where(
        Conversation.id.in_(bindparam("ids", expanding=True))
    )


@functools.cache
def counting(view: View) -> Select[Any]:
    """How many are in this view, `at_most` at most."""
    match view:
        case "waiting":
            fits = [WITH_PEOPLE, _AWAKE, RANK == 0]
        case "mine":
            fits = [WITH_PEOPLE, _AWAKE, _whose(_STAFF)]
        case "snoozed":
            fits = [Conversation.snoozed_until.is_not(None), Conversation.snoozed_until > NOW]
        case _:
            raise ValueError(f"nobody counts {view}")
    some = select(Conversation.id).where(Conversation.shop_id == SHOP, *fits)
    return select(func.count()).select_from(some.limit(bindparam("at_most", type_=Integer())).subquery())


def _texts() -> Select[Any]:
    before = bindparam("text", type_=BigInteger())
    columns: list[Any] = [Inbound.id, Inbound.conversation_id]
    asked: Select[Any] = select(*columns).where(Inbound.shop_id == SHOP, Inbound.id < before)
    return asked.order_by(Inbound.id.desc())


def _whose(staff: ColumnElement[int]) -> ColumnElement[bool]:
    """Held by this member of staff, or theirs to answer."""
    held = and_(Conversation.holder == "staff", Conversation.staff_id == staff)
    return or_(held, Conversation.assignee_id == staff)


def _asked(wanted: Shape, *more: Any) -> Select[Any]:
    """The columns that a place in the list needs, and what all views are filtered by."""
    columns: list[Any] = [
        Conversation.id,
        Conversation.version,
        Conversation.holder,
        Conversation.last_inbound_id,
        ReadMark.inbound_id.label("seen"),
        *more,
    ]
    mine = and_(
        ReadMark.shop_id == Conversation.shop_id,
        ReadMark.staff_id == _STAFF,
        ReadMark.conversation_id == Conversation.id,
    )
    asked: Select[Any] = (
        select(*columns)
        .select_from(Conversation)
        .outerjoin(ReadMark, mine)
        .where(Conversation.shop_id == SHOP)
    )
    if wanted.reason:
        asked = asked.where(cause_of() == bindparam("reason", type_=String()))
    if wanted.nobody:
        asked = asked.where(Conversation.assignee_id.is_(None), Conversation.holder != "staff")
    if wanted.assignee:
        asked = asked.where(_whose(bindparam("assignee", type_=BigInteger())))
    if wanted.team:
        asked = asked.where(Conversation.team == bindparam("team", type_=String()))
    if wanted.language:
        spoken = func.coalesce(Conversation.language, Customer.language, Shop.language)
        theirs = and_(Customer.shop_id == Conversation.shop_id, Customer.id == Conversation.customer_id)
        asked = (
            asked.join(Customer, theirs)
            .join(Shop, Shop.id == Conversation.shop_id)
            .where(spoken == bindparam("language", type_=String()))
        )
    return asked
