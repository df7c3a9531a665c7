"""What must hold of the gate's answer to any text: no fault, or the faults in words.

Owns the promises; the cases are benchmarks.gate_cases's, the hours benchmarks.gate_oracle's. Nothing here asks the
program what it thinks of itself.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from benchmarks.gate_oracle import is_open, law
from bot.compliance.facts import SendFacts
from bot.compliance.gate import Allow, Decision, Defer, Deny, may_send

# What each kind of text cannot do without: None in any of these must never end in Allow.
ALL = ("shop_state", "place", "bot_texts_60s")
NEEDED = {
    "marketing": (
        *(*ALL, "number_state", "holder", "arm", "unread_inbound", "marketing_at", "staff_at", "consent"),
        *("opener", "last_order_refunded", "silent_texts", "orders_known_at", "proof_at", "content", "parts"),
    ),
    "answer": (*ALL, "number_state", "holder", "content", "parts"),
    "staff": ("shop_state", "place", "number_state", "content", "parts"),
    "compliance": ALL,
}
# What people who had the conversation want; None in any of them: they want nothing.
WISHES = ("returned_at", "marketing_paused_until", "owed_since")
# Where a kind has no need of it after all: by author, or by what else the facts say.
EASED = {"bot_texts_60s": "staff", "arm": "api staff"}


def faults(decision: Decision, facts: SendFacts, now: datetime, dice: random.Random) -> Iterator[str]:
    """Everything that the gate's answer breaks; nothing: all is well."""
    yield from _of_hours(decision, facts, now)
    yield from _of_people(decision, facts, now)
    if isinstance(decision, Defer):
        yield from _of_defer(decision, facts, now)
    if not isinstance(decision, Allow):
        return
    yield from _of_allow(decision, facts, now)
    for name in NEEDED[decision.kind]:
        if getattr(facts, name) is None and not _eased(name, facts):
            yield f"allowed without {name}"
    name = dice.choice(NEEDED[decision.kind])
    if not _eased(name, facts):
        missing: dict[str, Any] = {name: None}
        without = may_send(dataclasses.replace(facts, **missing), now)
        if isinstance(without, Allow):
            yield f"still allowed once {name} is missing"


def _of_hours(decision: Decision, facts: SendFacts, now: datetime) -> Iterator[str]:
    """For marketing the gate's rule of hours says what the oracle says, whatever the other rules say."""
    if decision.kind == "marketing" and facts.place is not None:
        said = next(rule.verdict for rule in decision.rules if rule.id == "hours") == "allow"
        if said != is_open(facts.place, now, facts.send_window):
            yield f"hours: the gate says {said}"


def _of_people(decision: Decision, facts: SendFacts, now: datetime) -> Iterator[str]:
    """Their wishes make marketing wait, and do nothing else: nothing is denied for them, and no other text feels them."""
    named = ", ".join(name for name in WISHES if getattr(facts, name) is not None)
    if not named:
        return
    nothing: dict[str, Any] = dict.fromkeys(WISHES)
    without = may_send(dataclasses.replace(facts, **nothing), now)
    quiet = _quiet_until(facts, now)
    wanted = decision.kind == "marketing" and (facts.owed_since is not None or now < quiet)
    if isinstance(decision, Deny) != isinstance(without, Deny):
        yield f"{named}: changed whether it is denied"
    if wanted and isinstance(decision, Allow):
        yield f"{named}: allowed all the same"
    if wanted and isinstance(decision, Defer) and decision.until < max(quiet, _until(without) or quiet):
        yield f"{named}: put off for too short a time"
    if not wanted and (type(without), _until(without)) != (type(decision), _until(decision)):
        yield f"{named}: held up a text that they do not concern"


def _quiet_until(facts: SendFacts, now: datetime) -> datetime:
    """Until when nothing of marketing follows: a day after people gave the conversation back, or the day that they named."""
    returned = now if facts.returned_at is None else facts.returned_at + timedelta(hours=24)
    return max(returned, facts.marketing_paused_until or now)


def _until(decision: Decision) -> datetime | None:
    return decision.until if isinstance(decision, Defer) else None


def _of_defer(decision: Defer, facts: SendFacts, now: datetime) -> Iterator[str]:
    window = facts.send_window if decision.kind == "marketing" else None
    if decision.until <= now:
        yield "put off into the past"
    if facts.place is None or not is_open(facts.place, decision.until, window):
        yield "put off to an instant outside a window"
    if decision.kind == "marketing":
        yield from _of_caps(facts, decision.until)


def _of_allow(decision: Allow, facts: SendFacts, now: datetime) -> Iterator[str]:
    fresh = facts.inbound_at is not None and -1 <= (now - facts.inbound_at) / timedelta(minutes=1) <= 15
    exchange = decision.kind in ("answer", "compliance") or (decision.kind == "staff" and fresh)
    if facts.place is None or facts.place.country not in law()["profiles"]:
        yield "allowed to a country without a profile"
    if (
        facts.suppression
        and decision.kind != "compliance"
        and not (facts.suppression == "no_marketing" and exchange)
    ):
        yield "allowed to a suppressed number"
    if facts.suppression and facts.notice == "help" and facts.help_by_word is not True:
        yield "help to a suppressed number that did not send the word"
    if exchange:
        return
    window = facts.send_window if decision.kind == "marketing" else None
    if facts.place is None or not is_open(facts.place, now, window):
        yield "allowed outside a window"
    if _sent(facts.marketing_at, now, 1) + _sent(facts.staff_at, now, 1) >= 3:
        yield "allowed above the law's cap"
    if decision.kind == "marketing":
        yield from _of_caps(facts, now)
        if not _consented(facts, now):
            yield "allowed without consent"
        if facts.open_matter is not None or facts.unread_inbound or facts.holder != "bot":
            yield "an offer where the customer waits for something else"
        if facts.paused_until is not None and facts.paused_until > now:
            yield "allowed within a pause"


def _of_caps(facts: SendFacts, at: datetime) -> Iterator[str]:
    policy = facts.policy
    caps = [
        (1, policy.marketing_per_day),
        (7, policy.marketing_per_7_days),
        (30, policy.marketing_per_30_days),
    ]
    for days, most in caps:
        if _sent(facts.marketing_at, at, days) >= most:
            yield f"above the cap of {days} days"
    if facts.at_most is not None and _sent(facts.flow_at, at, facts.at_most.days) >= facts.at_most.texts:
        yield "above the flow's own cap"


def _consented(facts: SendFacts, now: datetime) -> bool:
    given, country = facts.consent, facts.place.country if facts.place else None
    if facts.notice == "confirm" and facts.signed_up_at is not None and country == "US":
        return True  # it asks who signed up; elsewhere asking needs a consent like any text
    if given is None or given.at > now + timedelta(minutes=1) or country is None:
        return False
    ordered = facts.last_order_at or given.at
    match given.kind:
        case "written":
            return True
        case "express":
            return country != "US"
        case "implied":
            inquired = now - given.at <= timedelta(days=180)
            return country == "CA" and (inquired or now - ordered <= timedelta(days=730))
        case "soft":
            lasts = {"GB": 730, "FR": 730, "ES": 730, "IE": 365}.get(country, -1)
            return now - ordered <= timedelta(days=lasts)
    return False


def _sent(times: tuple[datetime, ...] | None, at: datetime, days: int) -> int:
    return sum(1 for each in times or () if at - each < timedelta(days=days))


def _eased(name: str, facts: SendFacts) -> bool:
    if name == "orders_known_at" and facts.opener is False:
        return True
    return facts.author in EASED.get(name, "").split() or (name == "consent" and facts.notice == "confirm")
