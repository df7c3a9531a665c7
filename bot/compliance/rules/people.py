"""What people who had the conversation want: time after their talk, a pause, and no marketing over an unanswered text.

Owns these three. Who holds the conversation now is bot.compliance.rules.talk's. They concern marketing alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.compliance.facts import Kind, SendFacts
from bot.compliance.rules.verdict import RuleVerdict, allow, defer

AFTER_PEOPLE = timedelta(hours=24)
"""How long nothing of marketing follows a talk with a person."""
OWED_LOOK = timedelta(hours=1)
"""How long marketing waits for a person's answer before it looks again."""


def returned(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """Who has just talked with a person is not met by an offer in the same hour: a day passes first."""
    if kind != "marketing":
        return allow("returned", "not marketing")
    at = facts.returned_at
    if at is None or at + AFTER_PEOPLE <= now:
        return allow("returned", "people have not given the conversation back within 24 hours")
    return defer("returned", f"people gave the conversation back at {at:%b %d %H:%M} UTC", at + AFTER_PEOPLE)


def put_off(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A pause that staff set: for a customer who is away, or who was promised quiet."""
    until = facts.marketing_paused_until
    if kind == "marketing" and until is not None and until > now:
        return defer("put_off", f"staff paused marketing until {until:%b %d, %Y}", until)
    return allow("put_off", "staff paused nothing" if kind == "marketing" else "not marketing")


def owed(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """I16: whoever waits for an answer gets that before any offer, also where the bot only drafts it."""
    if kind == "marketing" and facts.owed_since is not None:
        return defer("owed", "a text of the customer waits for a person's answer", now + OWED_LOOK)
    return allow("owed", "nothing is owed" if kind == "marketing" else "not marketing")
