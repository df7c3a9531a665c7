"""Search: customers by name, number, e-mail and order; codes; and what was said, newest first.

Owns what is looked at for some words, and how far back. People and codes are found through indexes, however many there
are. Texts are read, the newest `TEXTS` each way at a time, because an index of every word would be paid for by every text
that comes in; the page says how far back it looked, and goes on from there.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from bot.inbox.filters import cursor, place
from bot.models import Conversation, Coupon, Customer, Inbound, Order, Outbound

TEXTS = 10_000
"""Texts each way that one search reads."""
PEOPLE = 20
"""Customers that one search finds at most."""
SHORTEST = 2
_AROUND = 40
_NAME_WORDS = 4
_HIGHEST = "\U0010ffff"
_NEWEST = 10**17 - 1
_DIGITS = re.compile(r"[\d\s().+/-]+")


@dataclass(frozen=True, slots=True)
class Stranger:
    """A customer with whom nothing was said yet: staff may text first."""

    customer_id: int
    name: str
    phone: str
    """Whole: the page masks it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that was found, and the stretch of text in which; empty where it was the customer."""

    conversation_id: int
    stretch: str


@dataclass(frozen=True, slots=True)
class Hits:
    """What one search found. `back_to`: texts were read back to then; None: all of them were."""

    conversations: tuple[Hit, ...]
    strangers: tuple[Stranger, ...]
    back_to: datetime | None
    more: str | None


def search(
    session: Session, shop_id: int, words: str, after: str | None, limit: int, texts: int = TEXTS
) -> Hits:
    """What fits the words in this shop. `after`: `more` of the search before, which goes on among older texts; `texts`: so
    many each way are read."""
    words = " ".join(words.split())
    if len(words) < SHORTEST:
        return Hits((), (), None, None)
    begins = place(after, 2)
    people = [] if begins else _people(session, shop_id, words)
    found = {row.conversation_id: "" for row in people if row.conversation_id is not None}
    more, back_to = _texts(session, shop_id, words, begins, found, limit, texts)
    return Hits(
        tuple(Hit(*each) for each in found.items()),
        tuple(
            Stranger(row.id, " ".join(filter(None, (row.first_name, row.last_name))), row.phone or "")
            for row in people
            if row.conversation_id is None
        ),
        back_to,
        more,
    )


def stretch(body: str, words: str) -> str:
    """The words with a little of what stands around them."""
    at = body.casefold().find(words.casefold())
    if at < 0:
        return body[: 2 * _AROUND]
    first, last = max(0, at - _AROUND), at + len(words) + _AROUND
    before, after = "…" if first else "", "…" if last < len(body) else ""
    return f"{before}{body[first:last].strip()}{after}"


def _people(session: Session, shop_id: int, words: str) -> list[Any]:
    """Customers, those with the likeliest trace first; each once."""
    found: dict[int, Any] = {}
    for condition in _traces(session, shop_id, words):
        asked = (
            select(
                Customer.id,
                Customer.first_name,
                Customer.last_name,
                Customer.phone,
                Conversation.id.label("conversation_id"),
            )
            .outerjoin(
                Conversation,
                and_(Conversation.shop_id == Customer.shop_id, Conversation.customer_id == Customer.id),
            )
            .where(Customer.shop_id == shop_id, Customer.erased_at.is_(None), condition)
            .limit(PEOPLE)
        )
        for row in session.execute(asked):
            found.setdefault(row.id, row)
        if len(found) >= PEOPLE:
            break
    return list(found.values())[:PEOPLE]


def _traces(session: Session, shop_id: int, words: str) -> Iterable[ColumnElement[bool]]:
    """What somebody may be known by; each condition is one probe of an index."""
    postgres = session.get_bind().dialect.name == "postgresql"
    yield Customer.external_id == words
    yield Customer.id.in_(_by_order(shop_id, words))
    yield Customer.id.in_(
        select(Coupon.customer_id).where(
            Coupon.shop_id == shop_id,
            func.upper(Coupon.code) == words.upper(),
            Coupon.customer_id.is_not(None),
        )
    )
    if "@" in words:
        yield Customer.email == words.lower()
        yield Customer.email == words
        return
    digits = re.sub(r"\D", "", words)
    if _DIGITS.fullmatch(words):
        if len(digits) >= 4:
            yield _phone_ends(digits, postgres=postgres)
        return
    yield from _names(words.lower().split(), postgres=postgres)


def _by_order(shop_id: int, words: str) -> Select[int]:
    """Shops write 1042 or #1042, and mean the same."""
    bare = words.lstrip("#")
    return select(Order.customer_id).where(
        Order.shop_id == shop_id, Order.external_id.in_((words, bare, f"#{bare}"))
    )


def _phone_ends(digits: str, *, postgres: bool) -> ColumnElement[bool]:
    if postgres:
        return _begins(func.reverse(Customer.phone), digits[::-1], postgres=True)
    return Customer.phone.endswith(digits, autoescape=True)


def _names(parts: list[str], *, postgres: bool) -> Iterable[ColumnElement[bool]]:
    """`nora qu`: first and last name, either way round; a single word is either. Letters with accents fold as far as the
    database folds them."""
    first, last = func.lower(Customer.first_name), func.lower(Customer.last_name)
    if len(parts) == 1:
        yield _begins(first, parts[0], postgres=postgres)
        yield _begins(last, parts[0], postgres=postgres)
        return
    for cut in range(1, min(len(parts), _NAME_WORDS)):
        one, other = " ".join(parts[:cut]), " ".join(parts[cut:])
        yield and_(_begins(first, one, postgres=postgres), _begins(last, other, postgres=postgres))
        yield and_(_begins(last, one, postgres=postgres), _begins(first, other, postgres=postgres))
    yield _begins(first, " ".join(parts), postgres=postgres)


def _begins(column: ColumnElement[str], words: str, *, postgres: bool) -> ColumnElement[bool]:
    """A range of an index, letter by letter: with LIKE a prepared statement would not use one."""
    if postgres:
        return and_(column.op("~>=~")(words), column.op("~<~")(words + _HIGHEST))
    return and_(column >= words, column < words + _HIGHEST)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that fits. `way`: 0 came in, 1 went out."""

    at: datetime
    way: int
    id: int
    conversation_id: int
    body: str


def _texts(
    session: Session,
    shop_id: int,
    words: str,
    begins: tuple[int, ...],
    known: dict[int, str],
    limit: int,
    length: int,
) -> tuple[str | None, datetime | None]:
    """Put the newest that fit beside what is known already; gives where to go on, and back to when all were read."""
    ways: list[list[_Text]] = []
    ends, reached = list(begins or (_NEWEST, _NEWEST)), list[datetime]()
    read_to = [0, 0]
    tables: tuple[tuple[Any, Any], ...] = ((Inbound, Inbound.received_at), (Outbound, Outbound.created_at))
    for way, (table, at) in enumerate(tables):
        mine = (table.shop_id == shop_id, table.id < ends[way])
        last = session.execute(
            select(table.id, at).where(*mine).order_by(table.id.desc()).offset(length - 1).limit(1)
        ).one_or_none()
        rows = session.execute(
            select(at, table.id, table.conversation_id, table.body)
            .where(
                *mine,
                table.id >= (last[0] if last else 0),
                table.body.icontains(words, autoescape=True),
            )
            .order_by(table.id.desc())
            .limit(4 * limit)
        ).all()
        ways.append([_Text(row[0], way, *row[1:]) for row in rows])
        if len(rows) == 4 * limit:  # one text said to everybody: what lies behind it is looked for next
            read_to[way] = rows[-1].id
            reached.append(rows[-1][0])
        elif last is not None:
            read_to[way] = last[0]
            reached.append(last[1])
    for text in heapq.merge(*ways, key=lambda each: each.at, reverse=True):
        if text.conversation_id not in known:
            if len(known) >= limit:
                return cursor(tuple(ends)), text.at
            known[text.conversation_id] = stretch(text.body, words)
        ends[text.way] = text.id
    return cursor(tuple(read_to)) if any(read_to) else None, max(reached) if reached else None
