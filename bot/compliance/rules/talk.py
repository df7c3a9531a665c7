"""Whether this moment of the conversation is the bot's to speak: who holds it, what is open or unread, how it runs.

Owns what depends on the conversation. Knows neither law nor hours.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.compliance.facts import Kind, SendFacts, asks_to_confirm, since_inbound
from bot.compliance.rules.verdict import RuleVerdict, allow, defer, deny

CONFIRMATION = timedelta(minutes=5)
"""R5: an opt-out is confirmed within this time or not at all."""
LOOP_LIMIT = 5
"""R103: bot texts to one number in 60 seconds."""
RALLY, RALLY_TIME = 12, timedelta(minutes=10)
"""R103: so many answers in such a time are no talk with a person: nobody reads and types so fast for so long."""
SAME_WORDS = 5
"""R103: the very same words so often within an hour are a machine's: «I'm driving, I'll text you later»."""
SOON = timedelta(minutes=1)
"""How long marketing waits for an unread inbound before it looks again."""


def holdout(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A control customer gets nothing from a flow, so that the difference can be measured."""
    if kind in ("compliance", "staff") or facts.author != "bot" or asks_to_confirm(facts):
        return allow("holdout", "not a flow's text")
    if facts.arm == "control":
        return deny("holdout", "a control customer")
    if facts.arm is None and kind == "marketing":
        return deny("holdout", "the customer's arm is not known")
    return allow("holdout", "not a control customer")


def holder(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """While a person has the conversation the bot is silent (I6, R165); while it waits for one, no marketing."""
    if kind in ("compliance", "staff"):
        return allow("holder", f"a {kind} text")
    match facts.holder:
        case "bot":
            return allow("holder", "the bot holds the conversation")
        case "nobody" if kind == "answer":
            return allow("holder", "it waits for a person, and this answers the customer")
        case "nobody":
            return deny("holder", "the conversation waits for a person")
        case "staff":
            return deny("holder", "a person holds the conversation")
        case _:
            return deny("holder", "who holds the conversation is not known")


def matter(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """I16, R30: no marketing while a complaint or a question is open, or while they have only asked who we are."""
    if kind == "marketing" and facts.open_matter == "identity":
        return deny("matter", "they asked who this is, and nothing since shows that they know the shop")
    if kind == "marketing" and facts.open_matter is not None:
        return deny("matter", f"a {facts.open_matter} is open")
    return allow("matter", "nothing is open" if facts.open_matter is None else "not marketing")


def loop(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R103: two bots that talk to each other stop here, long before the carrier's own limit."""
    if facts.author == "staff":
        return allow("loop", "written by a person")
    if facts.bot_texts_60s is None:
        return deny("loop", "how many texts went out in the last minute is not known")
    if facts.bot_texts_60s >= LOOP_LIMIT:
        return deny("loop", f"{facts.bot_texts_60s} bot texts in the last 60 seconds")
    return allow("loop", f"{facts.bot_texts_60s} bot texts in the last 60 seconds")


def answers(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R103: whoever answers every answer is a machine, however slow; and nobody needs so many. Then a person takes over."""
    if kind != "answer":
        return allow("answers", "no answer of the bot")
    if facts.answers_at is None or facts.same_words is None:
        return deny("answers", "how the last day's talk went is not known")
    day, most = (
        len([at for at in facts.answers_at if at > now - timedelta(days=1)]),
        facts.policy.answers_per_day,
    )
    if day >= most:
        return deny("answers", f"{day} of {most} answers in 24 hours")
    rally = len([at for at in facts.answers_at if at > now - RALLY_TIME])
    if rally >= RALLY:
        return deny("answers", f"{rally} answers in 10 minutes: two machines talk")
    if facts.same_words >= SAME_WORDS:
        return deny("answers", f"the same words {facts.same_words} times in an hour: a machine's")
    return allow("answers", f"{day} of {most} answers in 24 hours")


def confirmation(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R5: an opt-out is confirmed within five minutes of its receipt, or not at all."""
    if kind != "compliance" or facts.notice != "opted_out":
        return allow("confirmation", "no opt-out is confirmed here")
    if since_inbound(facts, now, CONFIRMATION):
        return allow("confirmation", "within 5 minutes of the opt-out")
    return deny("confirmation", "later than 5 minutes after the opt-out")


def pause(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A pause that the customer asked for, or that a limit at the provider forces."""
    if kind == "marketing" and facts.paused_until is not None and facts.paused_until > now:
        return defer("pause", "a pause is running", facts.paused_until)
    return allow("pause", "no pause")


def unread(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """While a text of the customer is unread, no marketing leaves: it may be their STOP in other words (I2)."""
    if kind != "marketing":
        return allow("unread", "not marketing")
    if facts.unread_inbound is None:
        return deny("unread", "whether a text is unread is not known")
    if facts.unread_inbound:
        return defer("unread", "a text of the customer is not read yet", now + SOON)
    return allow("unread", "everything is read")
