"""How often is too often: the law's cap, the shop's goodwill, the flow's own limit.

Owns the counting of what left. A text frees its place one period after it left; a cap that is reached waits.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.compliance.facts import Kind, SendFacts, in_exchange
from bot.compliance.rules.verdict import RuleVerdict, allow, defer, deny
from bot.compliance.windows import cap_24h


def law_cap(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R42: so many in 24 hours by law, staff's unasked texts among them; the strictest row of all candidate states."""
    if in_exchange(facts, kind, now):
        return allow("cap.law", f"{kind} texts in an exchange are not counted")
    if facts.marketing_at is None or facts.staff_at is None or facts.place is None:
        return deny("cap.law", "how many texts went out is not known")
    most = cap_24h(facts.place, now)
    return within("cap.law", most, timedelta(days=1), facts.marketing_at + facts.staff_at, now)


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
        return allow("cap.flow", "the flow sets no limit" if kind == "marketing" else "not marketing")
    if facts.flow_at is None:
        return deny("cap.flow", "how many texts this flow sent is not known")
    return within("cap.flow", facts.at_most.texts, timedelta(days=facts.at_most.days), facts.flow_at, now)


def _goodwill(name: str, most: int, days: int, facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    if kind != "marketing":
        return allow(name, "not marketing")
    if facts.marketing_at is None:
        return deny(name, "how many marketing texts went out is not known")
    return within(name, most, timedelta(days=days), facts.marketing_at, now)


def within(name: str, most: int, period: timedelta, sent: tuple[datetime, ...], now: datetime) -> RuleVerdict:
    """At most `most` in any `period`: a text frees its place exactly one period after it left."""
    recent = sorted(at for at in sent if at > now - period)
    why = f"{len(recent)} of {most} in {period.days * 24} hours"
    if len(recent) < most:
        return allow(name, why)
    if most < 1:
        return deny(name, "set to none at all")
    return defer(name, why, recent[-most] + period)
