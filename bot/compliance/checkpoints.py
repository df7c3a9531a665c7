"""The daily checkpoint over the heads of all chains: what a single chain can't show about itself.

Owns the digest. A chain whose last links were cut off, together with what stands on them, is whole again by itself; the
checkpoint of a day on which it was longer no longer fits. Checkpoints are a chain too, and `winback evidence` prints the
one that covers a customer's links, so that a copy of one stands for all before it (DESIGN «Erasure and proof»).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.compose import App
from bot.conversations.rows import insert_once
from bot.models import Checkpoint, LedgerEntry

_log = structlog.stdlib.get_logger(__name__)

SETTLED = timedelta(minutes=10)
"""How long ago a link must have been seen as the newest: one with a lower number may be committed after it, and no
transaction lasts so long."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A checkpoint that does not fit: changed itself, or the ledger under it."""

    day: str
    what: str


def write_daily(app: App, state: Mapping[str, Any]) -> dict[str, Any]:
    """Write today's checkpoint, up to the link that was the newest when the errand last ran; gives its next state."""
    real = app.real_now()
    day = real.date().isoformat()
    with app.database.read() as session:
        newest = session.execute(select(func.max(LedgerEntry.id))).scalar() or 0
        done = session.execute(select(Checkpoint.id).where(Checkpoint.day == day)).scalar()
    after = {"newest": newest, "at": real.isoformat()}
    seen, since = int(state.get("newest") or 0), state.get("at")
    if done is not None:
        return after
    if not seen or since is None or real - datetime.fromisoformat(since) < SETTLED:
        return after if since is None else dict(state)
    with app.database.read() as session:
        heads, digest = _digest(session, seen)
        previous = session.execute(select(Checkpoint.hash).order_by(Checkpoint.id.desc()).limit(1)).scalar()
    values = {
        "day": day,
        "at": real,
        "last_link": seen,
        "heads": heads,
        "digest": digest,
        "prev_hash": previous or "",
    }
    with app.database.write() as session:
        insert_once(session, Checkpoint, {**values, "hash": _hash(values)})
    # a copy outside of the database, which whoever changes the ledger does not change with it
    _log.info("ledger checkpoint", day=day, heads=heads, hash=_hash(values))
    return after


def verify_checkpoints(session: Session, *, last: int = 1, link: int | None = None) -> list[Wrong]:
    """What does not fit: the checkpoints' own chain, and the ledger under the `last` ones and under the one that covers
    `link`. Walks the whole ledger for each of those: seconds for a million links."""
    wrong: list[Wrong] = []
    before = ""
    rows = session.execute(select(Checkpoint).order_by(Checkpoint.id)).scalars().all()
    for row in rows:
        values = {
            name: getattr(row, name) for name in ("day", "at", "last_link", "heads", "digest", "prev_hash")
        }
        if row.prev_hash != before or row.hash != _hash(values):
            wrong.append(Wrong(row.day, "the checkpoint was changed after it was written"))
        before = row.hash
    walked = rows[-last:] if last else []
    first = next((row for row in rows if link and row.last_link >= link), None)
    if first is not None and first not in walked:
        walked = [first, *walked]
    under = "links of the ledger were changed or removed since"
    wrong += [
        Wrong(row.day, under) for row in walked if _digest(session, row.last_link) != (row.heads, row.digest)
    ]
    return wrong


def covering(session: Session, link: int) -> dict[str, Any] | None:
    """The first checkpoint that counts this link, for a printed file; None: there is none yet. Whether the ledger still
    fits it is `verify_checkpoints`' to say."""
    row = session.execute(
        select(Checkpoint).where(Checkpoint.last_link >= link).order_by(Checkpoint.id).limit(1)
    ).scalar_one_or_none()
    if row is None or not link:
        return None
    return {"day": row.day, "heads": row.heads, "digest": row.digest, "hash": row.hash}


def _digest(session: Session, last_link: int) -> tuple[int, str]:
    """How many chains there are up to this link, and the SHA-256 over their heads."""
    sha, heads = hashlib.sha256(), 0
    for head in _heads(session, last_link):
        heads += 1
        sha.update(json.dumps(head, separators=(",", ":")).encode())
    return heads, sha.hexdigest()


def _heads(session: Session, last_link: int) -> Iterator[tuple[int, str, int, str]]:
    """The last link of each chain. Streamed: there may be millions."""
    rows = session.execute(
        select(LedgerEntry.shop_id, LedgerEntry.phone_key, LedgerEntry.seq, LedgerEntry.hash)
        .where(LedgerEntry.id <= last_link)
        .order_by(LedgerEntry.shop_id, LedgerEntry.phone_key, LedgerEntry.seq)
        .execution_options(yield_per=2000)
    )
    head: tuple[int, str, int, str] | None = None
    for row in rows:
        if head is not None and head[:2] != (row.shop_id, row.phone_key):
            yield head
        head = (row.shop_id, row.phone_key, row.seq, row.hash)
    if head is not None:
        yield head


def _hash(values: Mapping[str, Any]) -> str:
    plain = {**values, "at": values["at"].isoformat()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
