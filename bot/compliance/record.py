"""One number's record in the ledger, for people and scripts: what stands, and every entry with its proof.

Owns the reading and the words. Changes nothing. Evidence files are named, not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.consent import Fault, Standing, status, verify_chain
from bot.models import ConsentPayload, LedgerEntry, Signup

_STANDS = {
    "opted_out": "opted out: nothing is sent, for ever, unless they text START or sign a new consent",
    "no_marketing": "opted out of marketing: only what they ask is answered",
    "held": "held: a doubt that a person has to settle; after 7 days it becomes an opt-out",
    "wrong_number": "wrong number: nothing is sent until a person confirms whose it is",
    "blocked": "consent is there, but Twilio still blocks the number: they have to text START to yours",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One link. `proof` is the personal part; None: there was none, or it was erased."""

    seq: int
    at: datetime
    act: str
    source: str
    details: Mapping[str, Any]
    proof: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that the ledger knows of one number."""

    standing: Standing
    signed_up_at: datetime | None
    """A sign-up that waits for a YES."""
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types; times in ISO 8601 UTC."""
        given, stopped = self.standing.consent, self.standing.suppression
        return {
            "may_get_marketing": given is not None and stopped is None,
            "consent": {"kind": given.kind, "at": given.at.isoformat()} if given else None,
            "suppression": {
                "kind": stopped.kind,
                "source": stopped.source,
                "since": stopped.since.isoformat(),
                "provider_needs_start": stopped.provider_blocks,
            }
            if stopped
            else None,
            "waits_for_yes_since": self.signed_up_at.isoformat() if self.signed_up_at else None,
            "chain": [f"link {fault.seq}: {fault.what}" for fault in self.faults] or "whole",
            "entries": [
                {
                    "seq": each.seq,
                    "at": each.at.isoformat(),
                    "act": each.act,
                    "source": each.source,
                    "details": dict(each.details),
                    "proof": dict(each.proof) if each.proof is not None else None,
                }
                for each in self.entries
            ],
        }

    def lines(self) -> list[str]:
        """For people."""
        given, stopped = self.standing.consent, self.standing.suppression
        said = [
            f"Consent:      {given.kind}, since {given.at:%Y-%m-%d}"
            if given
            else "Consent:      none on record"
        ]
        if stopped:
            said.append(
                f"Suppression:  {_STANDS[stopped.kind]} (since {stopped.since:%Y-%m-%d}, by {stopped.source})"
            )
            if stopped.provider_blocks and stopped.kind != "blocked":
                said.append("              Twilio blocks the number as well, until they text START")
        if self.signed_up_at:
            said.append(f"Signed up:    {self.signed_up_at:%Y-%m-%d %H:%M} UTC, and has not said YES yet")
        said += [_line(each) for each in self.entries] or ["No entries."]
        said += [f"FAULT in link {fault.seq}: {fault.what}" for fault in self.faults]
        return said if self.faults or not self.entries else [*said, "The chain is whole."]


def record_of(session: Session, shop_id: int, phone_key: str) -> Record:
    """The record of one number, its chain checked."""
    rows = session.execute(
        select(LedgerEntry, ConsentPayload.payload)
        .outerjoin(ConsentPayload, ConsentPayload.ledger_id == LedgerEntry.id)
        .where(LedgerEntry.shop_id == shop_id, LedgerEntry.phone_key == phone_key)
        .order_by(LedgerEntry.seq)
    )
    entries = tuple(
        Entry(each.seq, each.at, each.act, each.source, each.details, _shown(payload))
        for each, payload in rows
    )
    waits = session.get(Signup, (shop_id, phone_key))
    return Record(
        status(session, shop_id, phone_key),
        waits.at if waits else None,
        entries,
        tuple(verify_chain(session, shop_id, phone_key)),
    )


def _shown(payload: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if payload is None:
        return None
    shown = {name: value for name, value in payload.items() if name != "phone"}
    if isinstance(shown.get("evidence"), dict):
        shown["evidence"] = {name: value for name, value in shown["evidence"].items() if name != "base64"}
    return shown


def _line(entry: Entry) -> str:
    proof = entry.proof or {}
    more = [str(entry.details[name]) for name in ("kind", "scope", "medium", "why") if name in entry.details]
    if "by" in entry.details:
        more.append(f"entered by {entry.details['by']}")
    if "wording_version" in entry.details:
        more.append(f"wording {entry.details['wording_version']}")
    elif "wording" in entry.details:
        more.append("wording kept")
    more += [f"«{proof[name]}»" for name in ("reason", "words") if proof.get(name)]
    if isinstance(proof.get("evidence"), dict):
        more.append(f"file {proof['evidence']['name']}")
    return f"{entry.seq:>4}  {entry.at:%Y-%m-%d %H:%M}  {entry.act.replace('_', ' ')} by {entry.source}: " + (
        ", ".join(more) or "no more is known"
    )
