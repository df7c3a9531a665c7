"""What a consent is worth today: is the number still its owner's, and have they only just come back?

Owns the age of the proof, and the quiet day after an opt-in. That there is a consent is bot.compliance.rules.standing's.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from bot.compliance.facts import SKEW, Kind, SendFacts, asks_to_confirm
from bot.compliance.rules.verdict import RuleVerdict, allow, defer, deny
from flows.zones import zone_named

THEIR_OWN = ("start", "join", "signup")
"""Opt-ins by the customer's own act, each answered by the one confirmation."""


def reverify(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R28, R29: numbers change hands. Marketing needs a sign that is not too old that the number is still its owner's."""
    if kind != "marketing":
        return allow("reverify", "not marketing")
    if asks_to_confirm(facts):
        return allow("reverify", "it asks whoever has the number")
    days = facts.policy.reverify_after_days
    if days is None:
        return allow("reverify", "the shop's setting asks for no proof")
    if facts.proof_at is None or facts.proof_at > now + SKEW:
        return deny(
            "reverify",
            "nothing shows that the number is still theirs; look it up: `winback consent reverify`",
        )
    if now - facts.proof_at > timedelta(days=days):
        return deny(
            "reverify",
            f"the last sign that the number is theirs is of {facts.proof_at.date()}, more than {days} days ago",
        )
    return allow("reverify", f"last shown to be theirs on {facts.proof_at.date()}")


def came_back(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R12: who has just said START gets the one confirmation, and no offer before the next day where they are."""
    given = facts.consent
    if kind != "marketing" or given is None or given.source not in THEIR_OWN or facts.place is None:
        return allow("came_back", "no opt-in of today")
    days = [_next_day(given.at, zone) for zone in facts.place.zones]
    over = max(days, default=given.at)
    if now < over:
        return defer("came_back", "they opted in today, and hear nothing else till tomorrow", over)
    return allow("came_back", f"opted in on {given.at.date()}")


def _next_day(at: datetime, zone: str) -> datetime:
    local = at.astimezone(zone_named(zone))
    return datetime.combine(local.date() + timedelta(days=1), time(), zone_named(zone)).astimezone(UTC)
