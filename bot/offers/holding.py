"""Which of a customer's codes counts now, and for which text.

Owns the order among codes that somebody holds. Pure. A better code is promised while the one that it will replace still
works: until its own text has left, every other text, page and answer speaks of the old one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar


class Held(Protocol):
    """What is looked at of a code."""

    status: str
    enrolment_id: int | None
    ends_at: datetime | None


_Code = TypeVar("_Code", bound=Held)

BY_HAND = 0
"""In the place of a passage's number: a person gives it, or speaks of it. Such a code has no passage."""


def held(codes: Iterable[_Code], now: datetime, enrolment_id: int | None = None) -> list[_Code]:
    """Those among a customer's codes (newest first) that they hold or are promised, reserved or live and not over: the
    first is the one to speak of. `enrolment_id`: the passage whose text speaks; the code promised to it comes first,
    then what works already, then what texts of other passages will bring. BY_HAND: a person's text."""
    found = [
        each
        for each in codes
        if each.status in ("reserved", "live") and (each.ends_at is None or each.ends_at > now)
    ]
    return sorted(found, key=lambda each: _place(each, enrolment_id))  # stable: among equals the newest


def _place(code: Held, enrolment_id: int | None) -> int:
    if code.status == "live":
        return 1
    return 0 if enrolment_id is not None and (code.enrolment_id or BY_HAND) == enrolment_id else 2
