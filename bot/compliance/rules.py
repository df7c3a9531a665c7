"""The gate's rules, one function each: given the facts and the kind, allow, defer or deny, and why.

Owns every single rule. Each looks alone, so that a receipt shows all of them; bot.compliance.gate puts them together.
A fact that is missing where a rule needs it denies.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.compliance.book import book
from bot.compliance.facts import SKEW, Kind, SendFacts, in_exchange, since_inbound
from bot.compliance.windows import cap_24h, next_opening, window_at

CONFIRMATION = timedelta(minutes=5)
"""R5: an opt-out is confirmed within this time or not at all."""
LOOP_LIMIT = 5
"""R103: bot texts to one number in 60 seconds."""
STAFF_MEMORY = timedelta(days=7)
"""How long after a customer's text a person may still come back to it without a consent on record."""
PAUSE_LOOK = timedelta(hours=1)
"""How long a text of a paused shop waits before the gate is asked again: a pause holds, it throws nothing away."""
SOON = timedelta(minutes=1)
"""How long marketing waits for an unread inbound before it looks again."""


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule's answer. `until` only with defer: the first instant at which this rule alone would allow."""

    id: str
    verdict: Literal["allow", "defer", "deny"]
    why: str
    until: datetime | None = None


Rule = Callable[[SendFacts, Kind, datetime], RuleVerdict]


def shop(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A paused shop sends compliance texts only and holds the rest, a shop in test only to its own confirmed phones."""
    match facts.shop_state:
        case "live":
            return _allow("shop", "the shop is live")
        case "paused" if kind == "compliance":
            return _allow("shop", "paused, and this is a compliance text")
        case "paused":
            return _defer("shop", "the shop is paused", now + PAUSE_LOOK)
        case "test" if facts.to_is_confirmed_phone:
            return _allow("shop", "in test, to a confirmed phone")
        case "test":
            return _deny("shop", "the shop is in test and this is not one of its confirmed phones")
        case _:
            return _deny("shop", "the shop's state is not known")


def number(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A number that can't be texted, or that somebody else has now, gets compliance texts at most (R28, R30)."""
    if kind == "compliance":
        return _allow("number", "a compliance text answers whoever has the phone")
    if facts.number_state == "ok":
        return _allow("number", "nothing is wrong with the number")
    if facts.number_state is None:
        return _deny("number", "the state of the number is not known")
    return _deny("number", f"the number is marked {facts.number_state}")


def country(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R105, R156: no legal profile, no text."""
    code = facts.place.country if facts.place else None
    if code in book().profiles:
        return _allow("country", f"there is a profile for {code}")
    return _deny("country", f"no legal profile for {code or 'an unknown country'}")


def suppression(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R1, R11, R30, R60, R62: to a suppressed number compliance texts only, whoever writes."""
    if facts.suppression is None and facts.notice == "opted_out":
        return _deny("suppression", "the customer is back: «you're out» is not true any more")
    if facts.suppression is None:
        return _allow("suppression", "not suppressed")
    if kind == "compliance" and facts.notice == "opted_in":
        return _deny("suppression", f"{facts.suppression} since: «you're in» is not true any more")
    if kind == "compliance":
        return _allow("suppression", f"{facts.suppression}, and this is a compliance text")
    return _deny("suppression", f"the number is suppressed: {facts.suppression}")


def consent(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R20, R155: marketing needs the consent that the country asks for. What the customer asks by text, they may hear."""
    if in_exchange(facts, kind, now):
        return _allow(
            "consent", "it answers the customer's own text" if kind != "compliance" else "none needed"
        )
    given = facts.consent
    if given is not None and given.at > now + SKEW:
        given = None  # a consent of tomorrow is none today
    if kind == "staff":
        if given is not None or since_inbound(facts, now, STAFF_MEMORY):
            return _allow("consent", "there is a consent, or the customer wrote within 7 days")
        return _deny("consent", "no consent, and the customer has not written within 7 days")
    profile = book().profiles.get(facts.place.country or "") if facts.place else None
    if given is None or profile is None:
        return _deny("consent", "no consent on record")
    accepted = profile.marketing_consent
    if given.kind == "express" and facts.policy.accept_express_consent:
        return _allow("consent", "express consent, accepted by the shop's setting")
    if given.kind not in accepted:
        return _deny("consent", f"{given.kind} consent is not enough for marketing in {profile.country}")
    if given.kind == "implied" and now - given.at > timedelta(days=profile.implied_days):
        return _deny("consent", f"implied consent ran out after {profile.implied_days} days")
    return _allow("consent", f"{given.kind} consent of {given.at.date()}")


def holdout(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A control customer gets nothing from a flow, so that the difference can be measured."""
    if kind in ("compliance", "staff") or facts.author != "bot":
        return _allow("holdout", "not a flow's text")
    if facts.arm == "control":
        return _deny("holdout", "a control customer")
    if facts.arm is None and kind == "marketing":
        return _deny("holdout", "the customer's arm is not known")
    return _allow("holdout", "not a control customer")


def holder(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """While a person has the conversation the bot is silent (I6, R165); while it waits for one, no marketing."""
    if kind in ("compliance", "staff"):
        return _allow("holder", f"a {kind} text")
    match facts.holder:
        case "bot":
            return _allow("holder", "the bot holds the conversation")
        case "nobody" if kind == "answer":
            return _allow("holder", "it waits for a person, and this answers the customer")
        case "nobody":
            return _deny("holder", "the conversation waits for a person")
        case "staff":
            return _deny("holder", "a person holds the conversation")
        case _:
            return _deny("holder", "who holds the conversation is not known")


def matter(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """I16: no marketing while a complaint or a question is open."""
    if kind == "marketing" and facts.open_matter is not None:
        return _deny("matter", f"a {facts.open_matter} is open")
    return _allow("matter", "nothing is open" if facts.open_matter is None else "not marketing")


def loop(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R103: two bots that talk to each other stop here, long before the carrier's own limit."""
    if facts.author == "staff":
        return _allow("loop", "written by a person")
    if facts.bot_texts_60s is None:
        return _deny("loop", "how many texts went out in the last minute is not known")
    if facts.bot_texts_60s >= LOOP_LIMIT:
        return _deny("loop", f"{facts.bot_texts_60s} bot texts in the last 60 seconds")
    return _allow("loop", f"{facts.bot_texts_60s} bot texts in the last 60 seconds")


def confirmation(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R5: an opt-out is confirmed within five minutes of its receipt, or not at all."""
    if kind != "compliance" or facts.notice != "opted_out":
        return _allow("confirmation", "no opt-out is confirmed here")
    if since_inbound(facts, now, CONFIRMATION):
        return _allow("confirmation", "within 5 minutes of the opt-out")
    return _deny("confirmation", "later than 5 minutes after the opt-out")


def pause(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A pause that the customer asked for, or that a limit at the provider forces."""
    if kind == "marketing" and facts.paused_until is not None and facts.paused_until > now:
        return _defer("pause", "a pause is running", facts.paused_until)
    return _allow("pause", "no pause")


def unread(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """While a text of the customer is unread, no marketing leaves: it may be their STOP in other words (I2)."""
    if kind != "marketing":
        return _allow("unread", "not marketing")
    if facts.unread_inbound is None:
        return _deny("unread", "whether a text is unread is not known")
    if facts.unread_inbound:
        return _defer("unread", "a text of the customer is not read yet", now + SOON)
    return _allow("unread", "everything is read")


def law_cap(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R42: so many in 24 hours by law, staff's unasked texts among them; the strictest row of all candidate states."""
    if in_exchange(facts, kind, now):
        return _allow("cap.law", f"{kind} texts in an exchange are not counted")
    if facts.marketing_at is None or facts.staff_at is None or facts.place is None:
        return _deny("cap.law", "how many texts went out is not known")
    most = cap_24h(facts.place, now)
    return _capped("cap.law", most, timedelta(days=1), facts.marketing_at + facts.staff_at, now)


def day_cap(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """Goodwill: so many marketing texts in 24 hours, over all flows."""
    return _goodwill("cap.day", facts.policy.marketing_per_day, 1, facts, kind, now)


def week_cap(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """Goodwill: so many in 7 days."""
    return _goodwill("cap.week", facts.policy.marketing_per_7_days, 7, facts, kind, now)


def month_cap(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """Goodwill: so many in 30 days."""
    return _goodwill("cap.month", facts.policy.marketing_per_30_days, 30, facts, kind, now)


def flow_cap(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """The flow's own `at_most`."""
    if kind != "marketing" or facts.at_most is None:
        return _allow("cap.flow", "the flow sets no limit" if kind == "marketing" else "not marketing")
    if facts.flow_at is None:
        return _deny("cap.flow", "how many texts this flow sent is not known")
    return _capped("cap.flow", facts.at_most.texts, timedelta(days=facts.at_most.days), facts.flow_at, now)


def hours(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R23, R24, R40-R49: inside the hours of every place where the customer may be, consent or no consent."""
    if in_exchange(facts, kind, now):
        return _allow("hours", "it answers the customer, or is a compliance text (R43, R44)")
    if facts.place is None or not facts.place.zones:
        return _deny("hours", "where the customer is can't be told: a ZIP or a zone is needed (R48)")
    window = window_name(facts, kind)
    if window is not None and window not in book().send_windows:
        return _deny("hours", f"no send window is called {window}")
    if window_at(facts.place, now, window) is not None:
        return _allow("hours", "inside the hours of every place where the customer may be")
    opening = next_opening(facts.place, now, window)
    if opening is None:
        return _deny("hours", "send window and legal hours never meet within 14 days")
    return _defer("hours", "outside the hours of a place where the customer may be", opening)


def window_name(facts: SendFacts, kind: Kind) -> str | None:
    """A flow's send window binds its marketing, not a person's text."""
    return facts.send_window if kind == "marketing" else None


RULES: tuple[Rule, ...] = (
    shop,
    number,
    country,
    suppression,
    consent,
    holdout,
    holder,
    matter,
    loop,
    confirmation,
    pause,
    unread,
    law_cap,
    day_cap,
    week_cap,
    month_cap,
    flow_cap,
    hours,
)
"""In the order in which a reason is named: the first that denies gives the answer's why."""


def _goodwill(name: str, most: int, days: int, facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    if kind != "marketing":
        return _allow(name, "not marketing")
    if facts.marketing_at is None:
        return _deny(name, "how many marketing texts went out is not known")
    return _capped(name, most, timedelta(days=days), facts.marketing_at, now)


def _capped(
    name: str, most: int, period: timedelta, sent: tuple[datetime, ...], now: datetime
) -> RuleVerdict:
    """At most `most` in any `period`: a text frees its place exactly one period after it left."""
    recent = sorted(at for at in sent if at > now - period)
    why = f"{len(recent)} of {most} in {period.days * 24} hours"
    if len(recent) < most:
        return _allow(name, why)
    if most < 1:
        return _deny(name, "set to none at all")
    return _defer(name, why, recent[-most] + period)


@functools.lru_cache(maxsize=512)
def _allow(rule: str, why: str) -> RuleVerdict:
    return RuleVerdict(rule, "allow", why)


def _deny(rule: str, why: str) -> RuleVerdict:
    return RuleVerdict(rule, "deny", why)


def _defer(rule: str, why: str, until: datetime) -> RuleVerdict:
    return RuleVerdict(rule, "defer", why, until)
