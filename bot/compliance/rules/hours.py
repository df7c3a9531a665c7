"""Which hours: the law's in every place where the customer may be, and the flow's own inside them.

Owns the question to bot.compliance.windows. Server time is never an answer (R48).
"""

from __future__ import annotations

from datetime import datetime

from bot.compliance.book import book
from bot.compliance.facts import Kind, SendFacts, in_exchange
from bot.compliance.rules.verdict import RuleVerdict, allow, defer, deny
from bot.compliance.windows import next_opening, shut_at, window_at


def hours(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R23, R24, R40-R49: inside the hours of every place where the customer may be, consent or no consent."""
    if in_exchange(facts, kind, now):
        return allow("hours", "it answers the customer, or is a compliance text (R43, R44)")
    if facts.place is None or not facts.place.zones:
        return deny("hours", "where the customer is can't be told: a ZIP or a zone is needed (R48)")
    window = window_name(facts, kind)
    if window is not None and window not in book().send_windows:
        return deny("hours", f"no send window is called {window}")
    if window_at(facts.place, now, window) is not None:
        return allow("hours", "inside the hours of every place where the customer may be")
    opening = next_opening(facts.place, now, window)
    if opening is None:
        return deny("hours", "send window and legal hours never meet within 14 days")
    clock = shut_at(facts.place, now, window) or "an hour that comes twice"
    return defer("hours", f"outside the hours where the customer may be: it is {clock}", opening)


def window_name(facts: SendFacts, kind: Kind) -> str | None:
    """A flow's send window binds its marketing, not a person's text."""
    return facts.send_window if kind == "marketing" else None
