"""What no law asks and every customer does: nobody is pressed who stays silent, has just bought, or sent it all back.

Owns the rules by which a shop keeps its welcome. They concern marketing alone: whoever asks is answered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.compliance.facts import Kind, SendFacts
from bot.compliance.rules.verdict import RuleVerdict, allow, defer, deny

FRESH_LOOK = timedelta(hours=1)
"""How long an opener waits for order data before the gate is asked again."""


def freshness(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """No opener while nobody knows what was bought lately: else «come back» reaches somebody the day after buying."""
    if kind != "marketing":
        return allow("freshness", "not marketing")
    if facts.opener is None:
        return deny("freshness", "whether this is the first text of a passage is not known")
    if not facts.opener:
        return allow("freshness", "not the first text of a passage")
    days, heard = facts.policy.order_data_days, facts.orders_known_at
    if not stale(heard, days, now):
        return allow(
            "freshness", "orders were heard of lately" if days else "the shop waits for no order data"
        )
    why = f"no order heard of since {heard:%b %d}" if heard else "no order was ever heard of"
    return defer("freshness", why, now + FRESH_LOOK)


def stale(orders_known_at: datetime | None, days: int | None, now: datetime) -> bool:
    """Whether order data is too old to open on. `days`: the shop's setting; None: it waits for none."""
    return days is not None and (orders_known_at is None or now - orders_known_at > timedelta(days=days))


def refunded(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """Who had the last order wholly refunded is not asked to order again."""
    if kind != "marketing":
        return allow("refunded", "not marketing")
    if facts.last_order_refunded is None:
        return deny("refunded", "whether the last order was refunded is not known")
    if facts.last_order_refunded:
        return deny("refunded", "the customer's last order was wholly refunded")
    return allow("refunded", "the last order was not refunded")


def let_go(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """So many texts in a row without answer, click or order are an answer too."""
    if kind != "marketing":
        return allow("let_go", "not marketing")
    if facts.silent_texts is None:
        return deny("let_go", "how many texts in a row met silence is not known")
    most = facts.policy.silent_texts
    why = f"{facts.silent_texts} of {most} in a row without answer, click or order"
    return deny("let_go", why) if facts.silent_texts >= most else allow("let_go", why)
