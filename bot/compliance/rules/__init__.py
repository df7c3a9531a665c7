"""The gate's rules, one function each: given the facts and the kind, allow, defer or deny, and why.

Owns their order. Each looks alone, so that a receipt shows all of them; bot.compliance.gate puts them together.
A fact that is missing where a rule needs it denies.
"""

from __future__ import annotations

from bot.compliance.rules.content import content, parts
from bot.compliance.rules.goodwill import breaker, freshness, let_go, refunded, rhythm
from bot.compliance.rules.hours import hours, window_name
from bot.compliance.rules.often import day_cap, flow_cap, law_cap, month_cap, week_cap
from bot.compliance.rules.people import owed, put_off, returned
from bot.compliance.rules.proof import came_back, reverify
from bot.compliance.rules.standing import consent, country, number, shop, suppression
from bot.compliance.rules.talk import answers, confirmation, holder, holdout, loop, matter, pause, unread
from bot.compliance.rules.verdict import Rule, RuleVerdict

__all__ = ["RULES", "Rule", "RuleVerdict", "window_name"]

RULES: tuple[Rule, ...] = (
    shop,
    number,
    country,
    suppression,
    consent,
    reverify,
    came_back,
    holdout,
    holder,
    matter,
    owed,
    returned,
    put_off,
    refunded,
    let_go,
    rhythm,
    breaker,
    freshness,
    loop,
    answers,
    confirmation,
    pause,
    unread,
    content,
    parts,
    law_cap,
    day_cap,
    week_cap,
    month_cap,
    flow_cap,
    hours,
)
"""In the order in which a reason is named: the first that denies gives the answer's why."""
