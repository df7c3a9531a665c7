"""What the ledger says of a number today, and how a change of it is written: read, decide, append, put into force.

Owns the tables of consent and suppression beside the chain. Which acts there are, and which may follow which, is
bot.compliance.consent. Works in the caller's transaction and never commits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.compliance.chain import Head, append, head_of
from bot.compliance.facts import ConsentFact
from bot.models import Consent, LedgerEntry, Signup, Suppression

KEEP = "keep"
OPT_OUTS = ("opted_out", "no_marketing")
"""Suppressions that the customer wanted: for ever, until they come back themselves."""
_TRIES = 8


@dataclass(frozen=True, slots=True)
class SuppressionFact:
    """The suppression in force. `kind`: opted_out, no_marketing, held, wrong_number, blocked (models.Suppression)."""

    kind: str
    source: str
    since: datetime
    provider_blocks: bool = False
    """Whether the provider itself blocks the number until it texts START (R50, R60)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says of one number today."""

    consent: ConsentFact | None
    suppression: SuppressionFact | None


@dataclass(frozen=True, slots=True)
class Change:
    """One link, and what stands after it. `suppress` and `consent`: a kind, None for none, KEEP for what there was."""

    act: str
    details: Mapping[str, Any]
    suppress: str | None = KEEP
    consent: str | None = KEEP


def status(session: Session, shop_id: int, phone_key: str) -> Standing:
    """The consent and the suppression in force, as this transaction sees them."""
    given = session.execute(
        select(Consent.kind, Consent.at, Consent.source).where(
            Consent.shop_id == shop_id, Consent.phone_key == phone_key
        )
    ).one_or_none()
    stopped = session.execute(
        select(Suppression.kind, Suppression.source, Suppression.since, LedgerEntry.details)
        .outerjoin(
            LedgerEntry,
            (LedgerEntry.shop_id == Suppression.shop_id)
            & (LedgerEntry.phone_key == Suppression.phone_key)
            & (LedgerEntry.seq == Suppression.ledger_seq),
        )
        .where(Suppression.shop_id == shop_id, Suppression.phone_key == phone_key)
    ).one_or_none()
    return Standing(
        ConsentFact(given.kind, given.at, given.source) if given else None,
        SuppressionFact(
            stopped.kind,
            stopped.source,
            stopped.since,
            stopped.source == "provider" or bool((stopped.details or {}).get("provider_blocks")),
        )
        if stopped
        else None,
    )


def change(
    session: Session,
    shop_id: int,
    phone_key: str,
    source: str,
    at: datetime,
    payload: Mapping[str, Any] | None,
    decide: Callable[[Standing], Change | None],
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
                decided = decide(status(session, shop_id, phone_key))
                if decided is None:
                    return False
                _put(session, shop_id, phone_key, head, decided, source, at, payload)
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
    change: Change,
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
    if change.act in ("opted_out", "moved"):  # a sign-up that waited for its YES is taken back with it
        session.execute(delete(Signup).filter_by(**key))
    if change.suppress != KEEP:
        session.execute(delete(Suppression).filter_by(**key))
        if change.suppress is not None:
            row = {**key, "kind": change.suppress, "source": source, "since": at, "ledger_seq": seq}
            session.execute(insert(Suppression).values(row))
    if change.consent != KEEP:
        session.execute(delete(Consent).filter_by(**key))
        if change.consent is not None:
            dated = change.details.get("dated")
            row = {**key, "kind": change.consent, "source": source, "at": at, "ledger_seq": seq}
            session.execute(insert(Consent).values({**row, "dated": dated is not False}))
