"""The consent ledger: who may be texted, with the proof of it.

Owns opt-out, hold, opt-in and release, and what they make of consent and suppression. Every function works in the
caller's transaction and never commits, so that a STOP is in force in the very commit that stores it (I2). It alone
prevents the text after a STOP that came by another road: by e-mail, by a refusal of the carrier, to another number of
the shop. Decides nothing about sending: bot.compliance.gate does.

Each change is one link of the number's hash chain, and the chain's numbering is the lock: of two transactions that
change the same number at once, one conflicts and looks again. What changes nothing is not written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.chain import Fault, verify_chain
from bot.compliance.facts import ConsentFact
from bot.compliance.standing import KEEP, OPT_OUTS, Change, Standing, SuppressionFact, change, status
from bot.models import ConsentPayload, LedgerEntry

__all__ = [
    "Fault",
    "Standing",
    "SuppressionFact",
    "hold",
    "note",
    "opt_in",
    "opt_out",
    "release",
    "status",
    "verify_chain",
]

ConsentKind: TypeAlias = Literal["written", "express", "implied", "soft"]
HoldKind: TypeAlias = Literal["held", "wrong_number"]
Scope: TypeAlias = Literal["all", "marketing"]

STRENGTH = {"soft": 0, "implied": 1, "express": 2, "written": 3}
LIFTING = frozenset({"start", "join", "signup", "staff"})
"""Sources that may end a suppression: the customer's own act, or a person who has seen a new signed consent. No
import, purchase, API call or model is among them (R12, I2)."""
_OWN_TEXT = frozenset({"start", "join"})


def opt_out(
    session: Session,
    shop_id: int,
    phone_key: str,
    *,
    source: str,
    at: datetime,
    scope: Scope = "all",
    details: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Stop every text but compliance to this number, for ever (R1-R3, R11, R60). True if that changed anything.

    A second opt-out changes nothing and is not recorded: the first is the proof, and it gets the one confirmation
    (R5). A hold becomes an opt-out. Consent ends with it. `scope`: with "marketing" (a shop's own setting, R8) what
    the customer asks may still be answered. The provider's refusal of a number that is known to be blocked there says
    nothing new.
    """

    def decide(standing: Standing) -> Change | None:
        there = standing.suppression.kind if standing.suppression else None
        if there == "opted_out" or (there == "no_marketing" and scope == "marketing"):
            return None
        if there == "blocked" and source == "provider":
            return None
        kind = "opted_out" if scope == "all" else "no_marketing"
        narrow = {} if scope == "all" else {"scope": scope}
        return Change("opted_out", {**(details or {}), **narrow}, suppress=kind, consent=None)

    return change(session, shop_id, phone_key, source, at, payload, decide)


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
    A doubt that nobody settles becomes an opt-out (bot.compliance.holds).
    """

    def decide(standing: Standing) -> Change | None:
        there = standing.suppression.kind if standing.suppression else None
        if there in (*OPT_OUTS, "wrong_number", kind):
            return None
        still = standing.suppression is not None and standing.suppression.provider_blocks
        more = {"provider_blocks": True} if still else {}
        return Change("held", {**(details or {}), "kind": kind, **more}, suppress=kind)

    return change(session, shop_id, phone_key, source, at, payload, decide)


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
    and does not come back, and after an erasure there is no proof of it. A consent that is there already is not recorded again, unless the new one is stronger, or
    later where time wears it out (implied, soft): a file can be imported twice. What the customer texts is always
    recorded, and the consent is of that day: whoever says START hears no offer before the next (R12).

    Where the provider itself blocks the number, only the text START ends that (R50, R60): any other opt-in is recorded
    and the number stays `blocked` until then.
    """

    def decide(standing: Standing) -> Change | None:
        there = standing.suppression.kind if standing.suppression else None
        if there is not None and source not in LIFTING:
            return None
        if there == "wrong_number" and source not in _OWN_TEXT and kind is None:
            return None
        given: str | None = kind
        if given is None and there is not None and there != "wrong_number":
            given = _last_consent(session, shop_id, phone_key)
        again = source in _OWN_TEXT and there is None
        if again and standing.consent is not None:
            given = max(given or "soft", standing.consent.kind, key=STRENGTH.__getitem__)
        stays, more = None, dict(details or {})
        if source != "start" and standing.suppression is not None and standing.suppression.provider_blocks:
            stays, more = "blocked", {**more, "provider_blocks": True}
            if there == "blocked" and given is not None and not _adds(standing.consent, given, at):
                return None
        if given is not None:
            if there is None and not again and not _adds(standing.consent, given, at):
                return None
            return Change("opted_in", {**more, "kind": given}, suppress=stays, consent=given)
        if there is None or there == stays:
            return None
        theirs = None if there == "wrong_number" else KEEP
        return Change("released", {**more, "kind": there}, suppress=stays, consent=theirs)

    return change(session, shop_id, phone_key, source, at, payload, decide)


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

    An opt-out is never released (only `opt_in` lifts it), nor a number that the provider blocks; a consent beneath the
    hold is in force again.
    """

    def decide(standing: Standing) -> Change | None:
        there = standing.suppression
        if there is None or there.kind in (*OPT_OUTS, "blocked"):
            return None
        more = {"provider_blocks": True} if there.provider_blocks else {}
        stays = "blocked" if there.provider_blocks else None
        return Change("released", {**(details or {}), "kind": there.kind, **more}, suppress=stays)

    return change(session, shop_id, phone_key, source, at, payload, decide)


def note(
    session: Session,
    shop_id: int,
    phone_key: str,
    act: Literal["signed_up", "verified", "moved"],
    *,
    source: str,
    at: datetime,
    details: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Add a link that changes nothing of what stands, but for `moved`: whoever consented has the number no more (R28)."""

    def decide(standing: Standing) -> Change:
        return Change(act, details or {}, consent=None if act == "moved" else KEEP)

    change(session, shop_id, phone_key, source, at, payload, decide)


def _adds(there: ConsentFact | None, kind: str, at: datetime) -> bool:
    if there is None or STRENGTH[kind] > STRENGTH[there.kind]:
        return True
    return kind == there.kind and kind in ("implied", "soft") and at > there.at


def _last_consent(session: Session, shop_id: int, phone_key: str) -> str | None:
    """The kind of the last consent in the chain, for a START without words; None without one, after a wrong number, and
    where the proof of it is gone: erased at the customer's wish, or kept for as long as it had to be (R22)."""
    rows = session.execute(
        select(
            LedgerEntry.act,
            LedgerEntry.source,
            LedgerEntry.details,
            LedgerEntry.payload_hash,
            ConsentPayload.ledger_id,
        )
        .outerjoin(ConsentPayload, ConsentPayload.ledger_id == LedgerEntry.id)
        .where(LedgerEntry.shop_id == shop_id, LedgerEntry.phone_key == phone_key)
        .order_by(LedgerEntry.seq.desc())
    )
    for act, source, details, proven, kept in rows:
        if act == "opted_in":
            return None if proven and kept is None else details.get("kind")
        if act == "moved" or (act == "held" and details.get("kind") == "wrong_number"):
            return None
        if act == "opted_out" and source == "erasure":
            return None
    return None
