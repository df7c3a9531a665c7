"""The ledger's hash chain: how an entry is hashed, appended and checked.

Owns the form of a link (DESIGN «Erasure and proof»). Which acts there are, and what they change, is bot.compliance.consent.

Each customer has a chain of their own, numbered from 1. A link's hash covers everything in the row and the hash before
it. The personal half lies in a side table and enters by its salted hash alone: erasing it, salt included, leaves a chain
that can still be checked and no way back to the words.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, exists, insert, select
from sqlalchemy.orm import Session

from bot.compliance.folding import NOTHING, STANDING, after, differences
from bot.models import Consent, ConsentPayload, LedgerEntry, Suppression


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain; seq 0 and no hash for a number without one."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a chain that does not add up."""

    phone_key: str
    seq: int
    what: str


def head_of(session: Session, shop_id: int, phone_key: str) -> Head:
    """The last link as this transaction sees it."""
    found = session.execute(
        select(LedgerEntry.seq, LedgerEntry.hash)
        .where(LedgerEntry.shop_id == shop_id, LedgerEntry.phone_key == phone_key)
        .order_by(LedgerEntry.seq.desc())
        .limit(1)
    ).one_or_none()
    return Head(found.seq, found.hash) if found else Head(0, "")


def append(
    session: Session,
    shop_id: int,
    phone_key: str,
    head: Head,
    *,
    act: str,
    source: str,
    at: datetime,
    details: Mapping[str, Any],
    payload: Mapping[str, Any] | None,
) -> int:
    """Add the link after `head` and give its seq. Raises IntegrityError when somebody else added one meanwhile.

    `details` and `payload` are plain JSON; what the database gives back must be what was hashed.
    """
    salt = secrets.token_hex(16)
    payload_hash = hash_of_payload(salt, payload) if payload is not None else ""
    seq = head.seq + 1
    values = {
        "shop_id": shop_id,
        "phone_key": phone_key,
        "seq": seq,
        "act": act,
        "source": source,
        "at": at.astimezone(UTC),
        "details": dict(details),
        "payload_hash": payload_hash,
        "prev_hash": head.hash,
    }
    row = {**values, "hash": link_hash(values)}
    ledger_id = session.execute(insert(LedgerEntry).values(row).returning(LedgerEntry.id)).scalar_one()
    if payload is not None:
        session.execute(insert(ConsentPayload).values(ledger_id=ledger_id, salt=salt, payload=dict(payload)))
    return seq


def link_hash(values: Mapping[str, Any]) -> str:
    """SHA-256, hex, of a link's columns (all but id and hash) in canonical JSON; instants in ISO 8601 UTC."""
    plain = {**values, "at": values["at"].astimezone(UTC).isoformat()}
    return hashlib.sha256(_canonical(plain).encode()).hexdigest()


def verify_chain(session: Session, shop_id: int, phone_key: str | None = None) -> list[Fault]:
    """Everything that does not add up in one number's chain, or in all chains of the shop. Empty: all is well.

    Finds changed, missing and reordered links, payloads that are not the ones that were hashed, and a suppression or
    consent in force that is not the one that the chain ends with. An erased payload is no fault. A chain whose last links
    were cut off together with what stands on them can't be seen from the chain alone (bot.compliance.checkpoints).
    """
    faults: list[Fault] = []
    for key, links in itertools.groupby(_links(session, shop_id, phone_key), key=lambda row: row.phone_key):
        before, told = Head(0, ""), NOTHING
        for row in links:
            if row.seq != before.seq + 1:
                faults.append(Fault(key, row.seq, f"link {before.seq + 1} is missing"))
            if row.prev_hash != before.hash:
                faults.append(Fault(key, row.seq, "does not follow from the link before it"))
            if row.hash != link_hash({name: getattr(row, name) for name in _HASHED}):
                faults.append(Fault(key, row.seq, "was changed after it was written"))
            if row.salt is not None and row.payload_hash != hash_of_payload(row.salt, row.payload):
                faults.append(Fault(key, row.seq, "its payload was changed"))
            before, told = Head(row.seq, row.hash), after(told, row)
        faults += [Fault(key, seq, what) for seq, what in differences(told, row)]
    faults += _without_links(session, shop_id, phone_key)
    return faults


_HASHED = (
    "shop_id",
    "phone_key",
    "seq",
    "act",
    "source",
    "at",
    "details",
    "payload_hash",
    "prev_hash",
)


def _links(session: Session, shop_id: int, phone_key: str | None) -> Iterable[Row[Any]]:
    """The links in order, each with its payload where there still is one, and with what stands for its number; a shop's
    millions are streamed. One statement, since what stands and the links must be of one moment."""
    statement = (
        select(
            *(getattr(LedgerEntry, name) for name in _HASHED),
            LedgerEntry.hash,
            ConsentPayload.salt,
            ConsentPayload.payload,
            *STANDING,
        )
        .outerjoin(ConsentPayload, ConsentPayload.ledger_id == LedgerEntry.id)
        .outerjoin(
            Consent, (Consent.shop_id == LedgerEntry.shop_id) & (Consent.phone_key == LedgerEntry.phone_key)
        )
        .outerjoin(
            Suppression,
            (Suppression.shop_id == LedgerEntry.shop_id) & (Suppression.phone_key == LedgerEntry.phone_key),
        )
        .where(LedgerEntry.shop_id == shop_id)
        .order_by(LedgerEntry.phone_key, LedgerEntry.seq)
        .execution_options(yield_per=1000)
    )
    if phone_key is not None:
        statement = statement.where(LedgerEntry.phone_key == phone_key)
    return session.execute(statement)


def _without_links(session: Session, shop_id: int, phone_key: str | None) -> Iterable[Fault]:
    """What stands for a number without any chain."""
    for table in (Suppression, Consent):
        statement = select(table.phone_key, table.ledger_seq, table.kind).where(
            table.shop_id == shop_id,
            ~exists().where(LedgerEntry.shop_id == table.shop_id, LedgerEntry.phone_key == table.phone_key),
        )
        if phone_key is not None:
            statement = statement.where(table.phone_key == phone_key)
        for key, seq, kind in session.execute(statement):
            yield Fault(key, seq, f"{kind.replace('_', ' ')} stands on a link that is not there")


def hash_of_payload(salt: str, payload: Mapping[str, Any]) -> str:
    """SHA-256, hex, of the salt and the personal half of a link: nothing to find the words by once the salt is gone."""
    return hashlib.sha256((salt + _canonical(payload)).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
