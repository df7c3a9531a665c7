"""One conversation as people read it: what was said, read, decided, sent and noted, in order; and the customer beside it.

Owns the page's value and its mark. What an entry says is `bot.inbox.entries`', the customer `bot.inbox.beside`'s. Words
for them belong to the pages; times are plain instants. Writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from bot.inbox import Actor, entries, views
from bot.inbox.beside import Bought as Bought
from bot.inbox.beside import Code as Code
from bot.inbox.beside import Passage as Passage
from bot.inbox.beside import Person as Person
from bot.inbox.beside import Standing as Standing
from bot.inbox.beside import person_of, standing_of
from bot.inbox.entries import LENGTH as LENGTH
from bot.inbox.entries import Entry as Entry
from bot.inbox.entries import Heard as Heard
from bot.inbox.entries import Noted as Noted
from bot.inbox.entries import Picture as Picture
from bot.inbox.entries import Reading as Reading
from bot.inbox.entries import Said as Said
from bot.inbox.filters import Filters
from bot.inbox.lines import Age, Colleague, age_of, colleagues
from bot.inbox.reasons import Reason, cause_of, given, reason
from bot.inbox.verdicts import Rule as Rule
from bot.inbox.verdicts import Verdict as Verdict
from bot.inbox.watching import Watcher, who_watches
from bot.models import Conversation, Customer, Draft, Outbound, Promise, Shop, Watch
from bot.recent import Recent
from bot.shops import ShopSettings

_WATCHED = 20
"""Texts of ours, the newest, of which a page hears at once when a carrier reports."""


@dataclass(frozen=True, slots=True)
class Promised:
    """Something that staff told the customer they would do."""

    id: int
    what: str
    by: Colleague | None
    due_at: datetime
    kept_at: datetime | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A text that was begun: the actor's own, or the bot's (`mine` False), which whoever answers may take."""

    id: int
    mine: bool
    body: str
    outbound_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """The page's values. `more`: `before` of the entries older than these; None: these are all."""

    conversation_id: int
    version: int
    mark: str
    shop_zone: str
    person: Person
    entries: tuple[Entry, ...]
    more: str | None
    last_inbound_id: int | None
    holder: str
    """bot, nobody or staff."""
    held_by: Colleague | None
    held_since: datetime | None
    mine: bool
    """The actor holds it."""
    assignee: Colleague | None
    team: str | None
    reason: Reason | None
    age: Age | None
    open_matter: str | None
    language: str
    standing: Standing
    promises: tuple[Promised, ...]
    """Those to be kept first, by when they are due; then the kept ones, the newest first."""
    drafts: tuple[Drafted, ...]
    watching: tuple[Watcher, ...]
    unread: bool
    snoozed_until: datetime | None
    closed_at: datetime | None
    return_at: datetime | None
    returned_at: datetime | None
    marketing_paused_until: datetime | None
    bot_drafts: bool


def read(
    session: Session,
    actor: Actor,
    conversation_id: int,
    now: datetime,
    real: datetime,
    before: str | None = None,
) -> Talk | None:
    """The conversation of the actor's shop; None when it has none of that number. `now` domain time, `real` real time."""
    row = session.execute(
        select(Conversation, Customer, Shop, cause_of())
        .join(
            Customer, and_(Customer.shop_id == Conversation.shop_id, Customer.id == Conversation.customer_id)
        )
        .join(Shop, Shop.id == Conversation.shop_id)
        .where(Conversation.shop_id == actor.shop_id, Conversation.id == conversation_id),
        given(actor.shop_id, now),
    ).one_or_none()
    if row is None:
        return None
    its_mark = mark(session, actor, conversation_id, real)  # before the rest: what comes meanwhile is news
    conversation, customer, shop, cause = row
    listed, more = entries.entries(session, actor.shop_id, conversation_id, before)
    promises = _promises(session, conversation)
    staff = colleagues(
        session,
        actor.shop_id,
        [conversation.staff_id, conversation.assignee_id, *(each.staff_id for each in promises)],
    )
    place = views.of_ids(session, actor, Filters(), [conversation_id], now)[conversation_id]
    settings = ShopSettings.model_validate(shop.settings)
    held = conversation.holder == "staff"
    return Talk(
        conversation_id=conversation_id,
        version=conversation.version,
        mark=its_mark or "",
        shop_zone=shop.zone,
        person=person_of(session, shop, customer, now),
        entries=listed,
        more=more,
        last_inbound_id=conversation.last_inbound_id,
        holder=conversation.holder,
        held_by=staff.get(conversation.staff_id or 0) if held else None,
        held_since=conversation.held_since,
        mine=held and conversation.staff_id == actor.staff_id,
        assignee=staff.get(conversation.assignee_id or 0),
        team=conversation.team,
        reason=reason(cause, conversation.holder_reason),
        age=age_of(settings, shop.zone, place.since, now, conversation.snoozed_until),
        open_matter=conversation.open_matter,
        language=conversation.language or customer.language or shop.language,
        standing=standing_of(session, customer, conversation),
        promises=tuple(
            Promised(each.id, each.what, staff.get(each.staff_id or 0), each.due_at, each.kept_at)
            for each in promises
        ),
        drafts=_drafts(session, actor, conversation_id),
        watching=who_watches(session, actor, [conversation_id], real).get(conversation_id, ()),
        unread=place.unread,
        snoozed_until=conversation.snoozed_until,
        closed_at=conversation.closed_at,
        return_at=conversation.return_at,
        returned_at=conversation.returned_at,
        marketing_paused_until=conversation.marketing_paused_until,
        bot_drafts=conversation.bot_drafts,
    )


def older(
    session: Session, actor: Actor, conversation_id: int, before: str
) -> tuple[tuple[Entry, ...], str | None]:
    """The entries before those, oldest first, and what to ask for next. Less work than the whole page."""
    return entries.entries(session, actor.shop_id, conversation_id, before)


def mark(
    session: Session,
    actor: Actor,
    conversation_id: int,
    real: datetime,
    recent: Recent | None = None,
) -> str | None:
    """Changes when what the page is made of does; None when the shop has no such conversation. What only the clock changes
    in it is no part of it. Asked each second by who looks at it: one statement. `recent`: it may be a moment old, and
    whoever asked then asked for every conversation that is looked at."""

    def of_all() -> dict[int, list[tuple[object, ...]]]:
        return _told(session.execute(_OF_WATCHED, {"shop": actor.shop_id, "real": real}).all())

    def of_one() -> list[tuple[object, ...]] | None:
        rows = session.execute(_OF_ONE, {"shop": actor.shop_id, "conversation": conversation_id}).all()
        return _told(rows).get(conversation_id)

    if recent:
        told = recent.of(("news", actor.shop_id), of_all).get(conversation_id)
        if told is None:  # nobody was there a moment ago
            told = recent.of(("news", actor.shop_id, conversation_id), of_one)
    else:
        told = of_one()
    if told is None:
        return None
    watchers = who_watches(session, actor, [conversation_id], real, recent)
    seen = repr((told, watchers))
    return hashlib.blake2s(seen.encode(), digest_size=8).hexdigest()


def _told(rows: Iterable[Any]) -> dict[int, list[tuple[object, ...]]]:
    """What stands in the mark, by conversation."""
    found: dict[int, list[tuple[object, ...]]] = {}
    for row in rows:
        found.setdefault(row.conversation_id, []).append(tuple(row))
    return found


def _promises(session: Session, conversation: Conversation) -> list[Promise]:
    rows = session.scalars(
        select(Promise)
        .where(Promise.shop_id == conversation.shop_id, Promise.conversation_id == conversation.id)
        .order_by(Promise.due_at)
    ).all()
    kept = [each for each in rows if each.kept_at is not None]
    return [*(each for each in rows if each.kept_at is None), *reversed(kept)]


def _drafts(session: Session, actor: Actor, conversation_id: int) -> tuple[Drafted, ...]:
    rows = session.scalars(
        select(Draft)
        .where(
            Draft.shop_id == actor.shop_id,
            Draft.conversation_id == conversation_id,
            or_(Draft.staff_id == actor.staff_id, Draft.staff_id.is_(None)),
        )
        .order_by(Draft.at, Draft.id)
    )
    return tuple(
        Drafted(each.id, each.staff_id is not None, each.body, each.outbound_id, each.at) for each in rows
    )


# built once: they are asked each second by everybody who looks at a conversation
_TALKS: Table = Conversation.__table__  # type: ignore[assignment]
_PEOPLE: Table = Customer.__table__  # type: ignore[assignment]
_TEXTS: Table = Outbound.__table__  # type: ignore[assignment]
_WATCHES: Table = Watch.__table__  # type: ignore[assignment]
_OLDER = _TEXTS.alias()
# a carrier's report raises no version, nor does the gate when it puts a text off: so the newest texts are in it
_NEWS = (
    select(
        _TALKS.c.id.label("conversation_id"),
        _TALKS.c.version,
        _PEOPLE.c.clicked_at,
        _TEXTS.c.id,
        _TEXTS.c.status,
        _TEXTS.c.provider_status,
        _TEXTS.c.due_at,
    )
    .select_from(_TALKS)
    .join(_PEOPLE, and_(_PEOPLE.c.shop_id == _TALKS.c.shop_id, _PEOPLE.c.id == _TALKS.c.customer_id))
    .outerjoin(
        _TEXTS,
        and_(
            _TEXTS.c.shop_id == _TALKS.c.shop_id,
            _TEXTS.c.conversation_id == _TALKS.c.id,
            _TEXTS.c.id
            >= func.coalesce(
                select(_OLDER.c.id)
                .where(_OLDER.c.shop_id == _TALKS.c.shop_id, _OLDER.c.conversation_id == _TALKS.c.id)
                .order_by(_OLDER.c.id.desc())
                .limit(1)
                .offset(_WATCHED - 1)
                .scalar_subquery(),
                0,
            ),
        ),
    )
    .where(_TALKS.c.shop_id == bindparam("shop"))
    .order_by(_TALKS.c.id, _TEXTS.c.id.desc())
)
_OF_ONE = _NEWS.where(_TALKS.c.id == bindparam("conversation"))
_OF_WATCHED = _NEWS.where(
    _TALKS.c.id.in_(
        select(_WATCHES.c.conversation_id).where(
            _WATCHES.c.shop_id == bindparam("shop"), _WATCHES.c.looks_until > bindparam("real")
        )
    )
)
