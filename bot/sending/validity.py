"""For how long the provider may go on trying a text: never past the end of the hours in which it may arrive (R95).

Decides and touches nothing. A text that a carrier holds overnight is as unlawful in the morning as one sent at night.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.compliance.facts import SendFacts
from bot.compliance.gate import Allow, Decision, Defer
from bot.compliance.rhythm import fit_ends, next_welcome
from bot.compliance.rules import window_name
from bot.compliance.windows import window_at

LONGEST_VALIDITY = 36_000
"""Seconds; Twilio's maximum (R95)."""

ANSWER_VALIDITY = 3_600
"""An answer that the carrier could not deliver within the hour has lost its point."""

CALL = timedelta(seconds=20)
"""The provider counts from when it has the text: a call may take as long as its timeout after the gate was asked."""


def with_validity(decision: Decision, facts: SendFacts, now: datetime) -> tuple[Decision, int | None]:
    """The gate's answer, and the seconds that the provider may take where it may leave.

    With the window about to close there is no such time: then it waits for the next one.
    """
    if not isinstance(decision, Allow):
        return decision, None
    if decision.kind in ("answer", "compliance") or facts.place is None:
        return decision, ANSWER_VALIDITY
    window = window_name(facts, decision.kind)
    span = window_at(facts.place, now, window)
    if span is None:  # a person's text in an exchange
        return decision, ANSWER_VALIDITY
    wish = facts.rhythm if decision.kind == "marketing" else None
    closes = min(span.closes, fit_ends(wish, facts.place.zones, now)) if wish else span.closes
    seconds = int((closes - CALL - now).total_seconds())
    opening = next_welcome(facts.place, closes, window, wish) if seconds < 1 else None
    if opening is not None:
        why = "the window closes before it could arrive"
        return Defer(opening, "hours", why, decision.kind, decision.rules), None
    return decision, max(1, min(LONGEST_VALIDITY, seconds))
