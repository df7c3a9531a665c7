"""What happened in one conversation, in order: texts heard, texts said, and what colleagues noted and did.

Owns the three kinds of entry and the pages of them. Each kind has its own numbers, so a page is cut from the three
together, and its cursor names a place in each: nothing is left out or shown twice, whatever their times.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from bot.inbox.filters import cursor, place
from bot.inbox.lines import Colleague, colleagues
from bot.inbox.verdicts import Verdict, verdict
from bot.models import Enrolment, Flow, Inbound, InboundMedia, Note, Outbound, Receipt
from nlu.interpretation import Interpretation

LENGTH = 50
"""Entries that are read at once."""
_NEWEST = 10**17 - 1


@dataclass(frozen=True, slots=True)
class Picture:
    """What came beside a text. `status`: waiting, picture, not_a_picture or given_up; only a picture has bytes to show."""

    id: int
    status: str
    kind: str | None
    claimed_type: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of a text. Shares are whole percents."""

    intent: str
    percent: int
    understood: bool
    why: tuple[str, ...]
    ranking: tuple[tuple[str, int], ...]
    slots: tuple[tuple[str, str], ...]
    also: str | None
    mood: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """A text of the customer's. `turned_at`: when it was taken up; None: it waits for the rest of the breath."""

    id: int
    at: datetime
    kind: str
    body: str
    pictures: tuple[Picture, ...]
    reading: Reading | None
    opt_out: str | None
    keyword: str | None
    provider_answers: bool
    turned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """A text of ours, whether or not it left. `at`: when it left, or was written. `node` and `flow` where a turn wrote it;
    `answers`: the last text of the customer's that it knew of."""

    id: int
    public_id: str
    at: datetime
    author: Literal["bot", "staff", "api"]
    staff: Colleague | None
    body: str
    kind: str
    language: str
    parts: int
    node: str | None
    flow: str | None
    answers: int | None
    written_at: datetime
    left_at: datetime | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Noted:
    """What a colleague wrote down, or what was done (models.Note.kind). `by` None: a rule of the shop's."""

    id: int
    at: datetime
    kind: str
    by: Colleague | None
    body: str


Entry: TypeAlias = Heard | Said | Noted


def entries(
    session: Session, shop_id: int, conversation_id: int, before: str | None, length: int = LENGTH
) -> tuple[tuple[Entry, ...], str | None]:
    """The newest entries before that place, oldest first, and the place before these; None: there are no others."""
    begins = place(before, 3) or (_NEWEST, _NEWEST, _NEWEST)
    kinds = (
        _newest(session, Inbound, Inbound.received_at, shop_id, conversation_id, begins[0], length),
        _newest(session, Outbound, Outbound.created_at, shop_id, conversation_id, begins[1], length),
        _newest(session, Note, Note.at, shop_id, conversation_id, begins[2], length),
    )
    merged = heapq.merge(
        *([(at, kind, row) for at, row in rows] for kind, rows in enumerate(kinds)),
        key=lambda each: (each[0], -each[1], each[2].id),
        reverse=True,
    )
    # a text that came late has the later number and the earlier time: numbers decide within a kind, for the cursor names them
    taken = [each for each, _ in zip(merged, range(length), strict=False)]
    ends = list(begins)
    for _, kind, row in taken:
        ends[kind] = row.id
    more = cursor(tuple(ends)) if len(taken) < sum(map(len, kinds)) else None
    chosen: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for _, kind, row in taken:
        chosen[kind].append(row)
    found: list[Entry] = [
        *_heard(session, shop_id, chosen[0]),
        *_said(session, shop_id, chosen[1]),
        *_noted(session, shop_id, chosen[2]),
    ]
    return tuple(sorted(found, key=_order)), more


def reading_of(stored: Any) -> Interpretation | None:
    """The reading that stands beside a text; None when there is none, or a later version cannot read it."""
    if stored is None:
        return None
    try:
        return Interpretation.from_json(stored if isinstance(stored, str) else json.dumps(stored))
    except (ValueError, TypeError, KeyError):
        return None


def _newest(
    session: Session, table: Any, at: Any, shop_id: int, conversation_id: int, before: int, length: int
) -> list[tuple[datetime, Any]]:
    """One more than is needed: then it is known that there are others."""
    rows = session.execute(
        select(at, table)
        .where(table.shop_id == shop_id, table.conversation_id == conversation_id, table.id < before)
        .order_by(table.id.desc())
        .limit(length + 1)
    )
    return [(moment, row) for moment, row in rows]


def _order(entry: Entry) -> tuple[datetime, int, int]:
    match entry:
        case Heard():
            return entry.at, 0, entry.id
        case Said():
            return entry.at, 1, entry.id
        case Noted():
            return entry.at, 2, entry.id


def _heard(session: Session, shop_id: int, rows: Sequence[Inbound]) -> Iterable[Heard]:
    pictures: dict[int, list[Picture]] = {}
    with_media = [row.id for row in rows if row.media]
    if with_media:
        media = session.execute(
            select(
                InboundMedia.inbound_id,
                InboundMedia.id,
                InboundMedia.status,
                InboundMedia.kind,
                InboundMedia.claimed_type,
            )
            .where(InboundMedia.shop_id == shop_id, InboundMedia.inbound_id.in_(with_media))
            .order_by(InboundMedia.inbound_id, InboundMedia.place)
        )
        for each in media:
            picture = Picture(each.id, each.status, each.kind, each.claimed_type)
            pictures.setdefault(each.inbound_id, []).append(picture)
    for row in rows:
        reading = reading_of(row.reading)
        yield Heard(
            id=row.id,
            at=row.received_at,
            kind=row.kind,
            body=row.body,
            pictures=tuple(pictures.get(row.id, ())),
            reading=_reading(reading) if reading else None,
            opt_out=row.opt_out,
            keyword=row.keyword,
            provider_answers=row.provider_answers,
            turned_at=row.turned_at,
        )


def _reading(reading: Interpretation) -> Reading:
    return Reading(
        intent=reading.intent,
        percent=round(reading.confidence * 100),
        understood=reading.understood,
        why=reading.why,
        ranking=tuple((intent, round(share * 100)) for intent, share in reading.ranking[:4]),
        slots=tuple((name, str(value)) for name, value in reading.slots.items()),
        also=reading.also,
        mood=reading.mood,
        language=reading.language,
    )


def _said(session: Session, shop_id: int, rows: Sequence[Outbound]) -> Iterable[Said]:
    receipts = _receipts(session, shop_id, [row.id for row in rows])
    flows = _flows(session, shop_id, {row.enrolment_id for row in rows if row.enrolment_id is not None})
    staff = colleagues(session, shop_id, [row.staff_id for row in rows])
    for row in rows:
        left = row.attempted_at if row.status in ("claimed", "sent", "unknown", "refused", "lost") else None
        yield Said(
            id=row.id,
            public_id=row.public_id,
            at=left or row.created_at,
            author=row.author,  # type: ignore[arg-type]
            staff=staff.get(row.staff_id or 0),
            body=row.body,
            kind=row.kind,
            language=row.language,
            parts=row.parts,
            node=(row.effect or {}).get("node"),
            flow=flows.get(row.enrolment_id or 0),
            answers=row.read_inbound_id,
            written_at=row.created_at,
            left_at=left,
            verdict=verdict(row, receipts.get(row.id, ())),
        )


def _receipts(session: Session, shop_id: int, ids: Sequence[int]) -> Mapping[int, list[Any]]:
    """Without the facts: they are most of a receipt, and nobody reads them here."""
    if not ids:
        return {}
    rows = session.execute(
        select(Receipt.outbound_id, Receipt.decision, Receipt.kind, Receipt.rules)
        .where(Receipt.shop_id == shop_id, Receipt.outbound_id.in_(ids))
        .order_by(Receipt.id)
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.outbound_id, []).append(row)
    return found


def _flows(session: Session, shop_id: int, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = session.execute(
        select(Enrolment.id, Flow.name)
        .join(Flow, and_(Flow.shop_id == Enrolment.shop_id, Flow.id == Enrolment.flow_id))
        .where(Enrolment.shop_id == shop_id, Enrolment.id.in_(sorted(ids)))
    )
    return {row.id: row.name for row in rows}


def _noted(session: Session, shop_id: int, rows: Sequence[Note]) -> Iterable[Noted]:
    staff = colleagues(session, shop_id, [row.staff_id for row in rows])
    for row in rows:
        yield Noted(row.id, row.at, row.kind, staff.get(row.staff_id or 0), row.body)
