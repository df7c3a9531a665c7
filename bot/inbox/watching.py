"""Who has a conversation open, and who is typing.

Owns the watches: real time, a few seconds each, renewed by the page. One that is over means nothing, and goes when its
owner looks at something else. Takes no lock on the conversation and does not raise its version: looking changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, select, update
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.inbox import Actor
from bot.models import Conversation, Staff, Watch
from bot.recent import Recent

LOOKS = timedelta(seconds=60)
"""How long one look counts: a page says it again each 24 seconds, and says when it is closed or hidden. So long does
somebody seem to look whose machine went to sleep."""
TYPES = timedelta(seconds=6)
EARLY = timedelta(seconds=30)
"""A look that lasts for longer than this is not written again: a page that lies open costs a row each 48 seconds."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who looks at a conversation."""

    staff_id: int
    name: str
    typing: bool


def stale(session: Session, actor: Actor, conversation_id: int, real: datetime, *, typing: bool) -> bool:
    """Whether a heartbeat has something to write. One probe, in a read session: most of them end here."""
    own = {"shop": actor.shop_id, "staff": actor.staff_id, "conversation": conversation_id}
    there = session.execute(_OWN, own).first()
    if there is None or there.looks_until < real + EARLY:
        return True
    types = there.types_until is not None and there.types_until > real
    return typing != types or (typing and there.types_until < real + TYPES / 2)


def heartbeat(
    session: Session, actor: Actor, conversation_id: int, real: datetime, *, typing: bool = False
) -> bool:
    """The actor's page is open. False: the shop has no such conversation."""
    until: dict[str, Any] = {"looks_until": real + LOOKS, "types_until": real + TYPES if typing else None}
    own = (Watch.shop_id == actor.shop_id, Watch.staff_id == actor.staff_id)
    changed = session.execute(
        update(Watch)
        .where(*own, Watch.conversation_id == conversation_id)
        .values(**until)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount:  # type: ignore[attr-defined]
        return True
    there = session.execute(
        select(Conversation.id).where(
            Conversation.shop_id == actor.shop_id, Conversation.id == conversation_id
        )
    ).first()
    if there is None:
        return False
    session.execute(  # a table of those who look now, not of all who ever did
        delete(Watch).where(*own, Watch.looks_until < real).execution_options(synchronize_session=False)
    )
    key = {"shop_id": actor.shop_id, "staff_id": actor.staff_id, "conversation_id": conversation_id}
    insert_once(session, Watch, key | until)
    return True


def leave(session: Session, actor: Actor, conversation_id: int) -> None:
    """The actor's page was closed."""
    session.execute(
        delete(Watch)
        .where(
            Watch.shop_id == actor.shop_id,
            Watch.staff_id == actor.staff_id,
            Watch.conversation_id == conversation_id,
        )
        .execution_options(synchronize_session=False)
    )


def who_watches(
    session: Session,
    actor: Actor,
    conversation_ids: Sequence[int],
    real: datetime,
    recent: Recent | None = None,
) -> dict[int, tuple[Watcher, ...]]:
    """Colleagues who look at these conversations of the actor's shop, by name; the actor is left out. `recent`: whoever
    asked a moment ago asked for all."""
    asked = set(conversation_ids)
    found: dict[int, tuple[Watcher, ...]] = {}
    for conversation_id, watcher in _now(session, actor, real, recent):
        if conversation_id in asked and watcher.staff_id != actor.staff_id:
            found[conversation_id] = (*found.get(conversation_id, ()), watcher)
    return found


def who_looks(session: Session, actor: Actor, real: datetime, recent: Recent | None = None) -> set[int]:
    """The staff of the actor's shop who have any conversation open, the actor perhaps among them."""
    return {watcher.staff_id for _, watcher in _now(session, actor, real, recent)}


def _now(
    session: Session, actor: Actor, real: datetime, recent: Recent | None
) -> Sequence[tuple[int, Watcher]]:
    """Conversation and watcher. Without the ends of their looks: the answer is the same while nobody comes or goes."""

    def ask() -> Sequence[tuple[int, Watcher]]:
        rows = session.execute(_WATCHING, {"shop": actor.shop_id, "real": real})
        return [
            (
                row.conversation_id,
                Watcher(row.staff_id, row.name, row.types_until is not None and row.types_until > real),
            )
            for row in rows
        ]

    return recent.of(("who watches", actor.shop_id), ask) if recent else ask()


# built once: they are asked each second by everybody who looks at something
_WATCHES: Table = Watch.__table__  # type: ignore[assignment]
_STAFF: Table = Staff.__table__  # type: ignore[assignment]
_OWN = select(_WATCHES.c.looks_until, _WATCHES.c.types_until).where(
    _WATCHES.c.shop_id == bindparam("shop"),
    _WATCHES.c.staff_id == bindparam("staff"),
    _WATCHES.c.conversation_id == bindparam("conversation"),
)
# of the whole shop: those who look now are few, and naming fifty conversations costs more than leaving some out
_WATCHING = (
    select(
        _WATCHES.c.conversation_id,
        _WATCHES.c.staff_id,
        _WATCHES.c.types_until,
        _STAFF.c.name,
    )
    .join(_STAFF, and_(_STAFF.c.shop_id == _WATCHES.c.shop_id, _STAFF.c.id == _WATCHES.c.staff_id))
    .where(
        _WATCHES.c.shop_id == bindparam("shop"),
        _WATCHES.c.looks_until > bindparam("real"),
        _STAFF.c.active.is_(True),
    )
    .order_by(_WATCHES.c.conversation_id, _STAFF.c.name, _STAFF.c.id)
)
