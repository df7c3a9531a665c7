"""First entries of many chains at once: what an import of thousands of customers writes.

Owns the bulk form of `opt_in` and `opt_out` for numbers that have no entry yet, in few statements. The links are those that
bot.compliance.chain makes and verifies. A number with a history goes through bot.compliance.consent, which knows what may
follow what.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.bulk import among, ask, columns_of, insert_rows
from bot.compliance.chain import hash_of_payload, link_hash
from bot.compliance.consent import ConsentKind
from bot.models import Consent, ConsentPayload, LedgerEntry, Suppression

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class FirstEntry:
    """The first thing that the ledger will know of a number. `kind` is the consent's; an opt-out has none."""

    phone_key: str
    act: Literal["opted_in", "opted_out"]
    kind: ConsentKind | None
    at: datetime
    details: Mapping[str, Any]
    payload: Mapping[str, Any]


def without_history(session: Session, shop_id: int, phone_keys: Iterable[str]) -> set[str]:
    """Those of the numbers for which the ledger has no entry."""
    wanted = sorted(set(phone_keys))
    known: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        known.update(ask(session, _begun, shop_id=shop_id, among=part).scalars())
    return set(wanted) - known


@functools.cache
def _begun(dialect: str) -> Any:
    c = columns_of(LedgerEntry)
    return select(c.phone_key).where(
        c.shop_id == bindparam("shop_id"), c.seq == 1, among(dialect, c.phone_key)
    )


def write_first(session: Session, shop_id: int, entries: Sequence[FirstEntry], *, source: str) -> None:
    """Append link 1 for each number and put it into force. The numbers are distinct and without history.

    Raises IntegrityError when one got its first link meanwhile: roll back and look again. `source` (here: import) must
    not be one that lifts suppressions; there are none to lift.
    """
    if not entries:
        return
    links: list[dict[str, Any]] = []
    payloads: dict[str, dict[str, Any]] = {}
    for entry in entries:
        salt = secrets.token_hex(16)
        details = dict(entry.details) | ({"kind": entry.kind} if entry.kind else {})
        values = {
            "shop_id": shop_id,
            "phone_key": entry.phone_key,
            "seq": 1,
            "act": entry.act,
            "source": source,
            "at": entry.at.astimezone(UTC),
            "details": details,
            "payload_hash": hash_of_payload(salt, entry.payload),
            "prev_hash": "",
        }
        links.append({**values, "hash": link_hash(values)})
        payloads[entry.phone_key] = {"salt": salt, "payload": dict(entry.payload)}
    session.flush()
    connection = session.connection()
    ids = insert_rows(connection, LedgerEntry, links, ("id", "phone_key"))
    insert_rows(connection, ConsentPayload, [{"ledger_id": id_, **payloads[key]} for id_, key in ids])
    given = [
        _standing(shop_id, entry, source)
        | {"kind": entry.kind, "at": entry.at, "dated": entry.details.get("dated") is not False}
        for entry in entries
        if entry.kind
    ]
    insert_rows(connection, Consent, given)
    stopped = [
        _standing(shop_id, entry, source) | {"kind": "opted_out", "since": entry.at}
        for entry in entries
        if entry.act == "opted_out"
    ]
    insert_rows(connection, Suppression, stopped)


def _standing(shop_id: int, entry: FirstEntry, source: str) -> dict[str, Any]:
    return {"shop_id": shop_id, "phone_key": entry.phone_key, "source": source, "ledger_seq": 1}
