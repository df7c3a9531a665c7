"""Whether this shop may text this number at all: the shop, the number, the country, suppression, consent.

Owns what holds whatever was said today. Looks at no conversation, no clock hand and no count.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.compliance.book import book
from bot.compliance.facts import SKEW, Kind, SendFacts, asks_to_confirm, in_exchange, since_inbound
from bot.compliance.rules.verdict import RuleVerdict, allow, defer, deny

STAFF_MEMORY = timedelta(days=7)
"""How long after a customer's text a person may still come back to it without a consent on record."""
PAUSE_LOOK = timedelta(hours=1)
"""How long a text of a paused shop waits before the gate is asked again: a pause holds, it throws nothing away."""


def shop(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A paused shop sends compliance texts only and holds the rest, a shop in test only to its own confirmed phones."""
    match facts.shop_state:
        case "live":
            return allow("shop", "the shop is live")
        case "paused" if kind == "compliance":
            return allow("shop", "paused, and this is a compliance text")
        case "paused":
            return defer("shop", "the shop is paused", now + PAUSE_LOOK)
        case "test" if facts.to_is_confirmed_phone:
            return allow("shop", "in test, to a confirmed phone")
        case "test":
            return deny("shop", "the shop is in test and this is not one of its confirmed phones")
        case _:
            return deny("shop", "the shop's state is not known")


def number(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A number that can't be texted, or that somebody else has now, gets compliance texts at most (R28, R30).

    Who wrote from it a moment ago can be texted after all, and is answered, whoever they are (I16).
    """
    if kind == "compliance":
        return allow("number", "a compliance text answers whoever has the phone")
    if facts.number_state == "ok":
        return allow("number", "nothing is wrong with the number")
    if facts.number_state is None:
        return deny("number", "the state of the number is not known")
    # (that a page was filled in says nothing of whose the number is)
    if in_exchange(facts, kind, now) and not asks_to_confirm(facts):
        return allow("number", f"marked {facts.number_state}, and somebody just wrote from it")
    return deny("number", f"the number is marked {facts.number_state}")


def country(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R105, R156: no legal profile, no text."""
    code = facts.place.country if facts.place else None
    if code in book().profiles:
        return allow("country", f"there is a profile for {code}")
    return deny("country", f"no legal profile for {code or 'an unknown country'}")


def suppression(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R1, R5, R8, R9, R11, R30, R60, R62: to a suppressed number compliance texts only, whoever writes; and the answer to
    what somebody asks who opted out of marketing alone.

    Help is such a text where they sent the word HELP; what we only take for a call for help («what», «who is this?») is
    a text like any other, and an opt-out ends those.
    """
    if facts.suppression is None and facts.notice == "opted_out":
        return deny("suppression", "the customer is back: «you're out» is not true any more")
    if facts.suppression is None:
        return allow("suppression", "not suppressed")
    if kind == "compliance" and facts.notice == "opted_in":
        return deny("suppression", f"{facts.suppression} since: «you're in» is not true any more")
    if facts.suppression == "no_marketing" and in_exchange(facts, kind, now):
        return allow("suppression", "opted out of marketing, and this answers what they asked")
    if kind == "compliance" and facts.notice == "help" and not facts.help_by_word:
        return deny("suppression", f"{facts.suppression}, and nothing shows that they sent the word HELP")
    if kind == "compliance":
        return allow("suppression", f"{facts.suppression}, and this is a compliance text")
    return deny("suppression", f"the number is suppressed: {facts.suppression}")


def _question(facts: SendFacts) -> RuleVerdict:
    """R150, R155: later than the sign-up itself, a text that asks for consent needs one; only US law says nothing of it."""
    if facts.signed_up_at is None:
        return deny("consent", "no sign-up waits for an answer")
    if facts.place is None or facts.place.country != "US":
        return deny("consent", "outside the US a text that asks for consent needs one already")
    return allow("consent", f"asks to confirm the sign-up of {facts.signed_up_at.date()}")


def consent(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R20, R150, R155: marketing needs the consent that the country asks for. What the customer asks by text, they may hear."""
    if in_exchange(facts, kind, now):
        return allow(
            "consent", "it answers the customer's own text" if kind != "compliance" else "none needed"
        )
    given = facts.consent
    if given is not None and given.at > now + SKEW:
        given = None  # a consent of tomorrow is none today
    if asks_to_confirm(facts):
        return _question(facts)
    if kind == "staff":
        if given is not None or since_inbound(facts, now, STAFF_MEMORY):
            return allow("consent", "there is a consent, or the customer wrote within 7 days")
        return deny("consent", "no consent, and the customer has not written within 7 days")
    profile = book().profiles.get(facts.place.country or "") if facts.place else None
    if given is None or profile is None:
        return deny("consent", "no consent on record")
    accepted = profile.marketing_consent
    if given.kind == "express" and facts.policy.accept_express_consent:
        return allow("consent", "express consent, accepted by the shop's setting")
    if given.kind not in accepted:
        return deny("consent", f"{given.kind} consent is not enough for marketing in {profile.country}")
    end = profile.runs_out(given.kind, given.at, facts.last_order_at)
    if end is not None and now > end:
        return deny("consent", f"{given.kind} consent ran out on {end.date()}")
    return allow("consent", f"{given.kind} consent of {given.at.date()}")
