"""What a row says of consent to texts, and what that may change.

Owns two decisions, both pure: reading the cells, and whether they lead to an opt-in, an opt-out or nothing. An import never
lifts a suppression (R12); a «no» is no opt-out by itself, for most who are «no» were never asked, except where an
earlier import said «yes».
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from bot.compliance.consent import STRENGTH, ConsentKind
from bot.importing.columns import Columns, plain
from bot.importing.dates import parse_when
from bot.importing.plan import Reading
from bot.importing.units import Stated
from bot.importing.values import BadCell, parse_yes

_IN = frozenset(
    {
        "subscribed",
        "opted in",
        "opt in",
        "optin",
        "opted",
        "accepted",
        "accepts",
        "agreed",
        "granted",
        "given",
        "consented",
        "active",
        "enabled",
        "confirmed",
        "confirmed opt in",
        "single opt in",
        "double opt in",
        "explicitly subscribed",
    }
)
_OUT = frozenset(
    {
        "unsubscribed",
        "opted out",
        "opt out",
        "optout",
        "out",
        "stop",
        "stopped",
        "revoked",
        "withdrawn",
        "removed",
        "suppressed",
        "blocked",
        "do not text",
        "cancelled",
        "canceled",
        "declined",
    }
)

_UNCONFIRMED = frozenset(
    {"unconfirmed", "not confirmed", "pending", "pending confirmation", "awaiting confirmation", "to confirm"}
)

Change: TypeAlias = Literal["opt_in", "opt_out", "sign_up"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a number stands before the import: its consent in force, and its suppression."""

    consent_kind: str | None = None
    consent_source: str | None = None
    suppression: str | None = None


def read_consent(columns: Columns, cells: Sequence[str], how: Reading) -> Stated | None:
    """What the row says. An opt-out in any of its columns wins; a word that is neither yes nor no counts as no."""
    out = columns.get(cells, "sms_opt_out")
    if out and parse_yes(out) is not False:
        return Stated("out", out, at=_when(out, how) or _when(columns.get(cells, "consent_at"), how))
    cell = columns.get(cells, "sms_consent")
    if not cell:
        return None
    at = _when(columns.get(cells, "consent_at"), how)
    word = plain(cell)
    if word in _OUT:
        return Stated("out", cell, at=at)
    if word in _IN or parse_yes(cell):
        wording = columns.get(cells, "consent_wording") or how.wording
        return Stated("yes", cell, at, wording, columns.get(cells, "consent_address") or None)
    if word in _UNCONFIRMED:
        wording = columns.get(cells, "consent_wording") or how.wording
        return Stated("unconfirmed", cell, at, wording, columns.get(cells, "consent_address") or None)
    return Stated("no", cell, at=at)


def kind_of(stated: Stated) -> ConsentKind:
    """written where the wording that was agreed to is known, which is what R20 asks to be shown; express otherwise."""
    return "written" if stated.wording else "express"


def decide(stated: Stated | None, standing: Standing) -> Change | None:
    """What to write for a number that stands like this."""
    if stated is None:
        return None
    if stated.says == "out":
        return None if standing.suppression == "opted_out" else "opt_out"
    if standing.suppression:
        return None
    if stated.says == "yes":
        stronger = STRENGTH[kind_of(stated)] > STRENGTH.get(standing.consent_kind or "", -1)
        return "opt_in" if stronger else None
    if stated.says == "unconfirmed":  # counts for nothing until they say YES by text (R52)
        return None if standing.consent_kind else "sign_up"
    withdrawn = standing.consent_kind is not None and standing.consent_source == "import"
    return "opt_out" if withdrawn else None


def _when(cell: str, how: Reading) -> datetime | None:
    try:
        at = parse_when(cell, how.zone, how.date_order) if cell else None
    except BadCell:
        return None
    return at if at is None or at <= how.latest else None
