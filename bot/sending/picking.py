"""Which of the texts that are due a worker may try now, and in which order.

Owns the order (compliance and answers first, then people's texts, then openers; shops by turns, by due time within a
shop) and the asking for room: what would leave too fast is not picked and stays ready where it is. Who gets a row is
settled by its claim, under the conversation's lock; nothing is locked here but paces.

However many wait, a pick reads an index at a few places: the oldest rows; when those are a full batch, the first rows of
each shop that may send (kind, shop, due time). A shop that has no room costs one look at its paces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from sqlalchemy import Integer, Select, bindparam, literal_column, select
from sqlalchemy.orm import Session, aliased

from bot.compose import App
from bot.conversations.rows import fixed
from bot.conversations.work import spread
from bot.models import Outbound
from bot.sending.heeding import heed_ends
from bot.sending.outcomes import Outcome, TextToSend
from bot.sending.pacing import Level, carriers_day, full, held, slowed
from bot.sending.pressure import behind, put_off
from bot.sending.results import TRIES
from bot.sending.senders import Line, lines_of, wants_of
from bot.sending.throttle import Room, give_back, levels, take, troubles

KINDS = ("compliance", "answer", "staff", "marketing")
"""In the order in which they leave."""

LOOKS = 4
"""How often a pick begins anew when all that it found was put off."""

AHEAD = 4
"""In a flood each worker takes its rows from somewhere among so many batches: else all would want the same ones."""


@dataclass(frozen=True, slots=True)
class Due:
    """A text that may be tried now. `room`: what its batch took."""

    id: int
    conversation_id: int
    kind: str
    room: Room = field(default=Room(), compare=False, repr=False)


def pick(app: App, now: datetime, limit: int) -> list[Due]:
    """At most `limit` texts to try now (`now`: domain time), first things first. Empty: nothing may leave for now, which
    does not mean that nothing is due. What comes of the batch is told to `heed`."""
    for _ in range(LOOKS):
        real = app.real_now()
        with app.database.read() as session:
            rows: Sequence[Any] = session.execute(_READY, {"now": now, "most": limit}).all()
            if not rows:
                return []
            trouble = troubles(session, real)
            asks = app.settings.paced or bool(trouble)
            if len(rows) == limit:
                rows = _by_turns(session, app, now, real, limit, asks=asks)
            else:
                rows = sorted(rows, key=lambda row: KINDS.index(row.kind))
            busy = behind(session, (row.shop_id for row in rows if row.kind == "marketing"), now)
            rows = [row for row in rows if row.kind != "marketing" or row.shop_id not in busy]
            wants = wants_of(session, app.settings, rows, now) if asks and rows else []
        put_off(app, busy, now)
        if not rows and busy:
            continue
        if not wants:
            return [Due(row.id, row.conversation_id, row.kind) for row in rows]
        ids, room = take(app, wants, real)
        return [Due(row.id, row.conversation_id, row.kind, room) for row in rows if row.id in ids]
    return []


def heed(app: App, picked: Sequence[Due], ends: Mapping[int, tuple[TextToSend, Outcome]]) -> None:
    """What the provider's answers to a batch mean for all the others. `ends`: by outbound id, what was called.

    To be called once a batch, after its ends were recorded, with no transaction open. What was picked and not called gives
    its room back, whether or not it is among `picked`.
    """
    if not picked:
        return
    room = picked[0].room
    if room.costs:
        give_back(app, room, [each for each in room.costs if each not in ends])
    heed_ends(app, room, ends)


def _by_turns(
    session: Session, app: App, now: datetime, real: datetime, limit: int, *, asks: bool
) -> list[Any]:
    """A full batch in which every shop with something to say has its turn."""
    found: list[Any] = []
    apart = not app.database.is_sqlite  # there is but one writer there, and nobody to meet
    for kind in KINDS:
        need = limit - len(found)
        if need <= 0:
            break
        shops: list[int] = [row.shop for row in session.execute(_SHOPS[kind]) if row.shop is not None]
        over: list[int] = []
        if asks and shops:
            shops, over = _with_room(session, app, shops, kind, real)
        elif len(shops) > need:
            shops = spread(shops)
        each = -(-need // max(len(shops), 1))
        queues = [_of_shop(session, kind, shop, now, each, apart=apart) for shop in shops[:need]]
        if kind == "answer":  # what nobody may send any more, ends; that needs no room
            queues += [_of_shop(session, kind, shop, now - TRIES[kind], need, apart=apart) for shop in over]
        turns = (row for turn in zip_longest(*queues) for row in turn if row is not None)
        found += [row for row, _ in zip(turns, range(need), strict=False)]
    return found


def _of_shop(session: Session, kind: str, shop: int, now: datetime, most: int, *, apart: bool) -> list[Any]:
    rows = list(
        session.execute(
            _OF_SHOP[kind], {"shop": shop, "now": now, "most": most * AHEAD if apart else most}
        ).all()
    )
    return spread(rows)[:most] if len(rows) == most * AHEAD else rows[:most]


def _with_room(
    session: Session, app: App, shops: Sequence[int], kind: str, real: datetime
) -> tuple[list[int], list[int]]:
    """The shops of which one sender at least has room, the one that was served longest ago first; then the others."""
    lines = lines_of(session, app.settings, shops)
    names = {name for own in lines.values() for line in own for name in _names(line)}
    known = levels(session, names)
    free, others = [], []
    for shop in shops:
        own = [line for line in lines.get(shop, []) if _free(line, known, kind, real)]
        if own or shop not in lines:
            served = min((_served(known, line) for line in own), default=_NEVER)
            free.append((served, shop))
        else:
            others.append(shop)
    return [shop for _, shop in sorted(free)], others


def _names(line: Line) -> tuple[str, str, str]:
    return line.names.sender, line.names.account, line.names.shop


def _free(line: Line, known: Mapping[str, Level], kind: str, real: datetime) -> bool:
    sender, account, shop = (known.get(name, _FRESH) for name in _names(line))
    opener = kind == "marketing"
    if held(sender, real, opener=opener) or held(account, real, opener=opener):
        return False
    if full(sender, slowed(sender, line.rates, real), real, opener=opener):
        return False
    if full(account, line.rates.account, real, opener=opener):
        return False
    return kind == "compliance" or not shop.spent(line.rates.day, carriers_day(real), opener=opener)


def _served(known: Mapping[str, Level], line: Line) -> datetime:
    """When this sender's line runs empty: the more it was served, the later."""
    return known.get(line.names.sender, _FRESH).spoken_until or _NEVER


_FRESH = Level()
_NEVER = datetime.min.replace(tzinfo=UTC)

# Built once: building a statement costs SQLAlchemy about as much as running it.
_COLUMNS = (
    Outbound.id,
    Outbound.conversation_id,
    Outbound.shop_id,
    Outbound.kind,
    Outbound.parts,
    Outbound.due_at,
    Outbound.expires_at,
    Outbound.provider_id,
)
_READY = (
    select(*_COLUMNS)
    .where(Outbound.status == fixed("ready"), Outbound.due_at <= bindparam("now"))
    .order_by(Outbound.due_at, Outbound.id)
    .limit(bindparam("most", type_=Integer))
)

_ONE = literal_column("1", Integer)
"""Written out: a plan for any limit would not walk the index."""


def _shops_of(kind: str) -> Select[tuple[int]]:
    """The shops that have texts of this kind waiting: from one to the next over the index, not over their rows."""
    first = (
        select(Outbound.shop_id.label("shop"))
        .where(Outbound.status == fixed("ready"), Outbound.kind == fixed(kind))
        .order_by(
            Outbound.shop_id, Outbound.due_at, Outbound.id
        )  # the whole index, or PostgreSQL takes another
        .limit(_ONE)
    ).subquery()
    walk = select(first.c.shop).cte(f"shops_{kind}", recursive=True)
    more = aliased(Outbound)
    following = (
        select(more.shop_id)
        .where(more.status == fixed("ready"), more.kind == fixed(kind), more.shop_id > walk.c.shop)
        .order_by(more.shop_id, more.due_at, more.id)
        .limit(_ONE)
        .scalar_subquery()
    )
    walk = walk.union_all(select(following).where(walk.c.shop.is_not(None)))
    return select(walk.c.shop)


_SHOPS = {kind: _shops_of(kind) for kind in KINDS}
_OF_SHOP = {
    kind: select(*_COLUMNS)
    .where(
        Outbound.status == fixed("ready"),
        Outbound.kind == fixed(kind),
        Outbound.shop_id == bindparam("shop"),
        Outbound.due_at <= bindparam("now"),
    )
    .order_by(Outbound.due_at, Outbound.id)
    .limit(bindparam("most", type_=Integer))
    for kind in KINDS
}
