"""The consent ledger: who may be texted, with the proof of it.

Owns opt-out, hold, opt-in and release, and what they make of consent and suppression. Every function works in the
caller's transaction and never commits, so that a STOP is in force in the very commit that stores it (I2). It alone
prevents the text after a STOP that came by another road: by e-mail, by a refusal of the carrier, to another number of
the shop. Decides nothing about sending: bot.compliance.gate does.

Each change is one link of the number's hash chain, and the chain's numbering is the lock: of two transactions that
change the same number at once, one conflicts and looks again. What changes nothing is not written down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.compliance.chain import Fault, Head, append, head_of, verify_chain
from bot.compliance.facts import ConsentFact
from bot.models import Consent, LedgerEntry, Suppression

__all__ = [
    "Fault",
    "Standing",
    "SuppressionFact",
    "hold",
    "opt_in",
    "opt_out",
    "release",
    "status",
    "verify_chain",
]

ConsentKind: TypeAlias = Literal["written", "express", "implied", "soft"]
HoldKind: TypeAlias = Literal["held", "wrong_number"]

STRENGTH = {"soft": 0, "implied": 1, "express": 2, "written": 3}
LIFTING = frozenset({"start", "join", "signup", "staff"})
"""Sources that may end a suppression: the customer's own act, or a person who has seen a new signed consent. No
import, purchase, API call or model is among them (R12, I2)."""
_OWN_TEXT = frozenset({"start", "join"})
KEEP = "keep"
_TRIES = 8


@dataclass(frozen=True, slots=True)
class SuppressionFact:
    """The suppression in force. `kind`: opted_out, held, wrong_number."""

    kind: str
    source: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says of one number today."""

    consent: ConsentFact | None
    suppression: SuppressionFact | None


@dataclass(frozen=True, slots=True)
class _Change:
    """One link, and what stands after it. `suppress` and `consent`: a kind, None for none, KEEP for what there was."""

    act: str
    details: Mapping[str, Any]
    suppress: str | None = KEEP
    consent: str | None = KEEP


def status(session: Session, shop_id: int, phone_key: str) -> Standing:
    """The consent and the suppression in force, as this transaction sees them."""
    given = session.execute(
        select(Consent.kind, Consent.at).where(Consent.shop_id == shop_id, Consent.phone_key == phone_key)
    ).one_or_none()
    stopped = session.execute(
        select(Suppression.kind, Suppression.source, Suppression.since).where(
            Suppression.shop_id == shop_id, Suppression.phone_key == phone_key
        )
    ).one_or_none()
    return Standing(
        ConsentFact(given.kind, given.at) if given else None,
        SuppressionFact(stopped.kind, stopped.source, stopped.since) if stopped else None,
    )


def opt_out(
    session: Session,
    shop_id: int,
    phone_key: str,
    *,
    source: str,
    at: datetime,
    details: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Stop every text but compliance to this number, for ever (R1-R3, R11, R60). True if that changed anything.

    A second opt-out changes nothing and is not recorded: the first is the proof, and it gets the one confirmation
    (R5). A hold becomes an opt-out. Consent ends with it.
    """

    def decide(standing: Standing) -> _Change | None:
        if standing.suppression and standing.suppression.kind == "opted_out":
            return None
        return _Change("opted_out", details or {}, suppress="opted_out", consent=None)

    return _change(session, shop_id, phone_key, source, at, payload, decide)


def hold(
    session: Session,
    shop_id: int,
    phone_key: str,
    *,
    source: str,
    at: datetime,
    kind: HoldKind = "held",
    details: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Stop marketing until a doubt is settled (R30, R145). True if that changed anything.

    Never weakens what is there: an opt-out stays one, a wrong number stays one. Consent stays on record beneath it.
    """

    def decide(standing: Standing) -> _Change | None:
        there = standing.suppression.kind if standing.suppression else None
        if there in ("opted_out", "wrong_number", kind):
            return None
        return _Change("held", {**(details or {}), "kind": kind}, suppress=kind)

    return _change(session, shop_id, phone_key, source, at, payload, decide)


def opt_in(
    session: Session,
    shop_id: int,
    phone_key: str,
    *,
    source: str,
    at: datetime,
    kind: ConsentKind | None = None,
    details: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Record a consent, and end a suppression if `source` may (LIFTING). True if that changed anything.

    Without `kind` (a bare START) the last consent that this number had comes back; without any it only ends the
    suppression, and an answer may be sent but no marketing. After a wrong number the old consent was somebody else's
    and does not come back. A consent that is there already is not recorded again, unless the new one is stronger, or
    later where time wears it out (implied, soft): a file can be imported twice.
    """

    def decide(standing: Standing) -> _Change | None:
        there = standing.suppression.kind if standing.suppression else None
        if there is not None and source not in LIFTING:
            return None
        if there == "wrong_number" and source not in _OWN_TEXT and kind is None:
            return None
        given: str | None = kind
        if given is None and there is not None and there != "wrong_number":
            given = _last_consent(session, shop_id, phone_key)
        if given is not None:
            if there is None and not _adds(standing.consent, given, at):
                return None
            return _Change("opted_in", {**(details or {}), "kind": given}, suppress=None, consent=given)
        if there is None:
            return None
        theirs = None if there == "wrong_number" else KEEP
        return _Change("released", {**(details or {}), "kind": there}, suppress=None, consent=theirs)

    return _change(session, shop_id, phone_key, source, at, payload, decide)


def release(
    session: Session,
    shop_id: int,
    phone_key: str,
    *,
    source: str,
    at: datetime,
    details: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """End a hold: the doubt is settled in the customer's favour. True if that changed anything.

    An opt-out is never released (only `opt_in` lifts it), and a consent beneath the hold is in force again.
    """

    def decide(standing: Standing) -> _Change | None:
        if standing.suppression is None or standing.suppression.kind == "opted_out":
            return None
        return _Change("released", {**(details or {}), "kind": standing.suppression.kind}, suppress=None)

    return _change(session, shop_id, phone_key, source, at, payload, decide)


def _change(
    session: Session,
    shop_id: int,
    phone_key: str,
    source: str,
    at: datetime,
    payload: Mapping[str, Any] | None,
    decide: Callable[[Standing], _Change | None],
) -> bool:
    """Read, decide, append, put into force; again from the start when another transaction was quicker.

    The head is read before what stands: whoever changes that in between takes our number in the chain.
    """
    if at.tzinfo is None:
        raise ValueError("a ledger entry needs a time with a zone")
    session.flush()
    for attempt in range(_TRIES):
        try:
            with session.begin_nested():
                head = head_of(session, shop_id, phone_key)
                change = decide(status(session, shop_id, phone_key))
                if change is None:
                    return False
                _put(session, shop_id, phone_key, head, change, source, at, payload)
                return True
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _put(
    session: Session,
    shop_id: int,
    phone_key: str,
    head: Head,
    change: _Change,
    source: str,
    at: datetime,
    payload: Mapping[str, Any] | None,
) -> None:
    seq = append(
        session,
        shop_id,
        phone_key,
        head,
        act=change.act,
        source=source,
        at=at,
        details=change.details,
        payload=payload,
    )
    key = {"shop_id": shop_id, "phone_key": phone_key}
    if change.suppress != KEEP:
        session.execute(delete(Suppression).filter_by(**key))
        if change.suppress is not None:
            row = {**key, "kind": change.suppress, "source": source, "since": at, "ledger_seq": seq}
            session.execute(insert(Suppression).values(row))
    if change.consent != KEEP:
        session.execute(delete(Consent).filter_by(**key))
        if change.consent is not None:
            row = {**key, "kind": change.consent, "source": source, "at": at, "ledger_seq": seq}
            session.execute(insert(Consent).values(row))


def _adds(there: ConsentFact | None, kind: str, at: datetime) -> bool:
    if there is None or STRENGTH[kind] > STRENGTH[there.kind]:
        return True
    return kind == there.kind and kind in ("implied", "soft") and at > there.at


def _last_consent(session: Session, shop_id: int, phone_key: str) -> str | None:
    """The kind of the last consent in the chain, for a START without words; None after a wrong number or without one."""
    rows = session.execute(
        select(LedgerEntry.act, LedgerEntry.details)
        .where(LedgerEntry.shop_id == shop_id, LedgerEntry.phone_key == phone_key)
        .order_by(LedgerEntry.seq.desc())
    )
    for act, details in rows:
        if act == "opted_in":
            return details.get("kind")
        if act == "held" and details.get("kind") == "wrong_number":
            return None
    return None
