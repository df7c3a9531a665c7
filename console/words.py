"""Times, spans, events and effects in words, for people who have never seen the code.

Owns the wording of what the engine did. Every event and effect has its line here; mypy finds the one that has none.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from flows.effects import (
    AddTag,
    Effect,
    Finish,
    HandOff,
    HoldMarketing,
    RequestCoupon,
    RunFlow,
    SendText,
    SetFact,
    StartTimer,
)
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    HandedBack,
    NotSent,
    OptedIn,
    OptedOut,
    Ordered,
    Replied,
    SignedUp,
    Started,
    Stopped,
    TimerFired,
)
from flows.zones import zone_named

SPANS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

SOURCES = {
    "carrier_word": "a carrier's word",
    "rule": "an opt-out rule",
    "model": "the reader",
    "provider": "the carrier",
    "start": "START",
    "join": "JOIN",
    "repeated": "had opted out before",
    "signup": "a sign-up and YES",
    "staff": "staff",
    "api": "the shop's programs",
    "import": "an import",
    "own_phone": "a word from the shop's own phone",
    "lookup": "a look-up of reassigned numbers",
    "erasure": "an erasure",
    "flow": "a flow",
    "demo": "the demo",
    "hold": "a doubt that nobody settled",
}


def clock(moment: datetime, zone: str) -> str:
    """`2:05 pm`, where `zone` is."""
    local = moment.astimezone(zone_named(zone))
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def day(moment: datetime, zone: str) -> str:
    """`Wed, Mar 11`."""
    local = moment.astimezone(zone_named(zone))
    return f"{local:%a}, {local:%b} {local.day}"


def when(moment: datetime, zone: str, now: datetime) -> str:
    """`5:00 pm` today, `Sat, Mar 14, 10:00 am` on another day."""
    same = moment.astimezone(zone_named(zone)).date() == now.astimezone(zone_named(zone)).date()
    return clock(moment, zone) if same else f"{day(moment, zone)}, {clock(moment, zone)}"


def span(seconds: float) -> str:
    """`4 days`, `1 hour`, `90 minutes`: in the largest unit that loses nothing worth saying."""
    for name, length in SPANS:
        count = round(seconds / length)
        if seconds >= length * 0.95 and (abs(seconds - count * length) < length * 0.05 or count >= 3):
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "no time"


def ago(seconds: float) -> str:
    """`3 hours ago`, or `just now` within a minute."""
    return "just now" if seconds < 60 else f"{span(seconds)} ago"


def zone_name(zone: str) -> str:
    """`Los Angeles` for America/Los_Angeles."""
    return zone.rpartition("/")[2].replace("_", " ")


def event_words(event: Event) -> str:
    """What happened."""
    match event:
        case Started():
            return "Enrolled"
        case Replied():
            return f"Reply: {intent_words(event.reading.intent)}"
        case TimerFired():
            return "No answer in time"
        case Ordered():
            return f"Ordered for {event.total_cents / 100:,.2f}"
        case CouponReady():
            return "The code is there"
        case CouponUnavailable():
            return f"No code: {event.why}"
        case NotSent():
            return f"Text not sent: {event.why}"
        case OptedOut():
            return f"Opted out, by {SOURCES.get(event.source, event.source)}"
        case OptedIn():
            return f"Opted in, by {SOURCES.get(event.source, event.source)}"
        case SignedUp():
            return "Signed up, and is asked to confirm it"
        case HandedBack():
            return "Given back to the bot"
        case Stopped():
            return f"Stopped: {event.why}"
        case _:
            assert_never(event)


def effect_words(effect: Effect, zone: str, now: datetime) -> str | None:
    """What was decided; None for a text, which is shown with its verdict."""
    match effect:
        case SendText():
            return None
        case StartTimer(until=datetime() as until):
            return f"Waits until {when(until, zone, now)}"
        case StartTimer():
            return f"Waits {span(effect.after_seconds or 0)} for an answer"
        case RequestCoupon():
            worth = f"{effect.percent}%" if effect.percent else f"{(effect.amount_cents or 0) / 100:,.2f}"
            return f"Asks for a code of {worth}, good for {span(effect.valid_for_seconds)}"
        case HandOff():
            return f"Hands over to a person: {effect.reason}"
        case SetFact():
            return f"Notes {effect.name.replace('_', ' ')}: {effect.value}"
        case AddTag():
            return f"Tags the customer: {effect.tag}"
        case HoldMarketing():
            return f"No marketing until a person has looked: {effect.why.replace('_', ' ')}"
        case RunFlow():
            return f"Begins {effect.flow}"
        case Finish():
            return f"Ends: {effect.outcome.replace('_', ' ')}"
        case _:
            assert_never(effect)


def intent_words(intent: str) -> str:
    """`already bought` for already_bought."""
    return intent.replace("_", " ")


def node_words(node: str) -> str:
    """A node's name; a built-in one without its prefix."""
    return node.removeprefix("courtesy.").replace("_", " ")
