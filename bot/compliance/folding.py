"""What a chain of the ledger says of its number, told from the links alone, and whether that is what stands.

Owns the reading of the acts as bot.compliance.consent writes them: a suppression or consent that was put in, taken out or
relabelled beside the ledger is found by it. Changes nothing; how links hang together is bot.compliance.chain's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from bot.models import Consent, Suppression


class Link(Protocol):
    """What counts here of a row of the ledger."""

    seq: int
    act: str
    source: str
    at: datetime
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stands:
    """One suppression or consent: which, of which link, by whom, since when."""

    kind: str
    seq: int
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What the links up to here make of the number."""

    suppression: Stands | None = None
    consent: Stands | None = None


NOTHING = Told()

STANDING = (
    Suppression.kind.label("stopped_kind"),
    Suppression.ledger_seq.label("stopped_seq"),
    Suppression.source.label("stopped_source"),
    Suppression.since.label("stopped_at"),
    Consent.kind.label("given_kind"),
    Consent.ledger_seq.label("given_seq"),
    Consent.source.label("given_source"),
    Consent.at.label("given_at"),
)
"""The columns of what stands, which `differences` reads from a row."""

_THEIR_OWN_TEXT = ("start", "join")
"""Sources of a customer's own text: where it ends a wrong number, the consent of before was somebody else's."""


def after(told: Told, link: Link) -> Told:
    """What stands after this link; an act that changes nothing, or that is not known here, leaves it as it was."""

    def new(kind: object) -> Stands:
        return Stands(str(kind), link.seq, link.source, link.at)

    kind = link.details.get("kind")
    stays = new("blocked") if link.details.get("provider_blocks") else None
    match link.act:
        case "opted_out":
            narrow = link.details.get("scope") == "marketing"
            return Told(suppression=new("no_marketing" if narrow else "opted_out"))
        case "held":
            return replace(told, suppression=new(kind))
        case "opted_in":
            return Told(suppression=stays, consent=new(kind))
        case "released" if kind == "wrong_number" and link.source in _THEIR_OWN_TEXT:
            return Told(suppression=stays)
        case "released":
            return replace(told, suppression=stays)
        case "moved":
            return replace(told, consent=None)
        case _:
            return told


def differences(told: Told, row: Any) -> Iterator[tuple[int, str]]:
    """What stands (STANDING, of `row`) and the chain does not say, and the other way round: link and words."""
    pairs = (
        (told.suppression, row.stopped_kind, row.stopped_seq, row.stopped_source, row.stopped_at),
        (told.consent, row.given_kind, row.given_seq, row.given_source, row.given_at),
    )
    for wanted, kind, seq, source, at in pairs:
        there = Stands(kind, seq, source, at) if kind is not None else None
        if there is None and wanted is not None:
            yield wanted.seq, f"«{_named(wanted)}» is what this link says, and it is not in force"
        elif there is not None and (wanted is None or not _same(there, wanted)):
            yield there.seq, f"«{_named(there)}» stands on a link that does not say so"


def _same(one: Stands, other: Stands) -> bool:
    return (one.kind, one.seq, one.source) == (other.kind, other.seq, other.source) and (
        one.at.astimezone(UTC) == other.at.astimezone(UTC)
    )


def _named(what: Stands) -> str:
    return what.kind.replace("_", " ")
