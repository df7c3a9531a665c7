"""What a file documents of consent, into the ledger, a batch at a time, in the caller's transaction.

Owns the proof that is kept (R22): wording, date and cell as the file has them, file and line. Decisions are
bot.importing.consents', the chain and what may follow what are bot.compliance's.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.bulk import among, ask, columns_of
from bot.compliance.consent import opt_in, opt_out, status
from bot.compliance.consent_bulk import FirstEntry, without_history, write_first
from bot.compliance.proof import Proof
from bot.compliance.signups import NewSignup, sign_up
from bot.importing.consents import Standing, decide, kind_of
from bot.importing.units import CustomerRow, Stated
from bot.models import Consent, Signup, Suppression
from bot.orders.upsert import chunks

SOURCE = "import"
Told: TypeAlias = Sequence[tuple[CustomerRow, str, Stated]]


def suppressed(session: Session, shop_id: int, phone_key: str) -> bool:
    """Whether this number is suppressed in any way."""
    return status(session, shop_id, phone_key).suppression is not None


def write_consents(session: Session, shop_id: int, told: Told, *, now: datetime, file: str) -> None:
    """Write down what the rows (with their phone keys) say. What the ledger knows already is not written again."""
    if not told:
        return
    fresh = without_history(session, shop_id, (phone_key for _, phone_key, _ in told))
    standing = _standing(session, shop_id, [phone_key for _, phone_key, _ in told if phone_key not in fresh])
    first: dict[str, FirstEntry] = {}
    signed: list[tuple[CustomerRow, str, Stated]] = []
    for row, phone_key, stated in told:
        change = decide(stated, standing.get(phone_key, Standing()))
        if change is None:
            continue
        at, details, payload = stated.at or now, _details(row, stated, file), _payload(row, stated)
        new = phone_key in fresh and phone_key not in first
        match change:
            case "opt_in" if new:
                first[phone_key] = FirstEntry(phone_key, "opted_in", kind_of(stated), at, details, payload)
            case "opt_out" if new:
                first[phone_key] = FirstEntry(phone_key, "opted_out", None, at, details, payload)
            case "opt_out" if phone_key in first:  # a repeated number, and the later line takes it back
                first[phone_key] = FirstEntry(phone_key, "opted_out", None, at, details, payload)
            case "opt_in" if phone_key in first:
                pass  # no later line of a file gives back what an earlier one took
            case "sign_up":
                signed.append((row, phone_key, stated))
            case "opt_in":
                kind = kind_of(stated)
                opt_in(
                    session,
                    shop_id,
                    phone_key,
                    kind=kind,
                    source=SOURCE,
                    at=at,
                    details=details,
                    payload=payload,
                )
            case "opt_out":
                opt_out(session, shop_id, phone_key, source=SOURCE, at=at, details=details, payload=payload)
    write_first(session, shop_id, list(first.values()), source=SOURCE)
    for row, phone_key, stated in signed:
        if phone_key not in first:
            _sign_up(session, shop_id, row, phone_key, stated, now, file)


def _sign_up(
    session: Session, shop_id: int, row: CustomerRow, phone_key: str, stated: Stated, now: datetime, file: str
) -> None:
    """Keep the sign-up; `winback consent ask` asks for the YES. One that waits already is not taken again."""
    if session.get(Signup, (shop_id, phone_key)) is not None:
        return
    proof = Proof(medium="file", wording=stated.wording, phone=row.phone, address=stated.address)
    new = NewSignup(kind_of(stated), "import", proof)
    sign_up(
        session, shop_id, phone_key, new, double=True, at=stated.at or now, origin=_details(row, stated, file)
    )


def _standing(session: Session, shop_id: int, phone_keys: Sequence[str]) -> dict[str, Standing]:
    given: dict[str, tuple[str, str]] = {}
    stopped: dict[str, str] = {}
    for part in chunks(phone_keys):
        consents = ask(session, _consents, shop_id=shop_id, among=part)
        given |= {phone_key: (kind, source) for phone_key, kind, source in consents}
        suppressions = ask(session, _suppressions, shop_id=shop_id, among=part)
        stopped |= {phone_key: kind for phone_key, kind in suppressions}  # noqa: C416  rows, not pairs
    nothing = (None, None)
    return {
        key: Standing(given.get(key, nothing)[0], given.get(key, nothing)[1], stopped.get(key))
        for key in phone_keys
    }


@functools.cache
def _consents(dialect: str) -> Any:
    c = columns_of(Consent)
    return select(c.phone_key, c.kind, c.source).where(
        c.shop_id == bindparam("shop_id"), among(dialect, c.phone_key)
    )


@functools.cache
def _suppressions(dialect: str) -> Any:
    c = columns_of(Suppression)
    return select(c.phone_key, c.kind).where(c.shop_id == bindparam("shop_id"), among(dialect, c.phone_key))


def _details(row: CustomerRow, stated: Stated, file: str) -> dict[str, Any]:
    details: dict[str, Any] = {"file": file, "line": row.line, "dated": stated.at is not None}
    if stated.wording:
        details["wording"] = stated.wording
    if stated.says == "no":
        details["why"] = "an earlier file said yes, this one says no"
    return details


def _payload(row: CustomerRow, stated: Stated) -> dict[str, Any]:
    payload: dict[str, Any] = {"phone": row.phone, "cell": stated.cell}
    if stated.address:
        payload["address"] = stated.address
    return payload
