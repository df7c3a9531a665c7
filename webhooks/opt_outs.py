"""Opt-outs as a shop's programs report them: `{"phone": ...}`, or a list under `opt_outs` (R3, R123).

Owns the shape of the document and what is wrong with one. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.compliance.proof import Medium, Proof
from bot.phones import BadPhone, parse_phone

MOST = 1000
"""Opt-outs in one call."""
_MEDIA: Mapping[str, Medium] = {
    "email": "email",
    "phone": "phone",
    "voicemail": "voicemail",
    "in_person": "in_person",
    "paper": "paper",
    "web": "web",
}


@dataclass(frozen=True, slots=True)
class OptOutIn:
    """One number that opted out elsewhere."""

    given: str
    """As the call wrote it."""
    phone: str
    proof: Proof


def read_opt_outs(document: Any, country: str) -> tuple[list[OptOutIn], list[dict[str, str]]]:
    """Every opt-out that can be read, and beside them what is wrong with the others as `{"field", "message"}`.

    Only the number counts: nobody's opt-out is lost over a detail, nor over another's unreadable number.
    """
    if not isinstance(document, dict):
        return [], [_problem("", "the body is not a JSON object")]
    rows = document.get("opt_outs", [document])
    if not isinstance(rows, list) or not rows:
        return [], [_problem("opt_outs", "a list with at least one entry")]
    if len(rows) > MOST:
        return [], [_problem("opt_outs", f"at most {MOST} in one call")]
    read: list[OptOutIn] = []
    problems: list[dict[str, str]] = []
    for place, row in enumerate(rows):
        field = f"opt_outs.{place}.phone" if "opt_outs" in document else "phone"
        phone = row.get("phone") if isinstance(row, dict) else None
        if not isinstance(phone, str):
            problems.append(_problem(field, "a number is needed, e.g. +14155550123"))
            continue
        try:
            number = parse_phone(phone, country)
        except BadPhone as error:
            problems.append(_problem(field, str(error)))
            continue
        medium, reason = row.get("medium"), row.get("reason")
        said = None if reason is None else str(reason)
        known = _MEDIA.get(str(medium), "api")
        read.append(OptOutIn(phone[:40], number, Proof(medium=known, reason=said, phone=number)))
    return read, problems


def _problem(field: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message}
