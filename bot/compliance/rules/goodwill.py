"""What no law asks and every customer does: nobody is pressed who stays silent, has just bought, or sent it all back.

Owns the rules by which a shop keeps its welcome. They concern marketing alone: whoever asks is answered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.compliance.facts import Kind, SendFacts
from bot.compliance.rhythm import next_fit
from bot.compliance.rules.often import within
from bot.compliance.rules.verdict import RuleVerdict, allow, defer, deny
from nlu.rhythm import in_words

FRESH_LOOK = timedelta(hours=1)
"""How long an opener waits for order data before the gate is asked again."""
HELD_LOOK = timedelta(days=1)
"""The same for a text of a flow that is held. Whoever lets the flow go on wakes its texts at once."""
HELD_WHY = "the flow is held: "
"""How the reason of such a text begins: by it they are found again."""


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


def rhythm(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """What customers say of how often, when and about what binds us more than any setting."""
    wish = facts.rhythm
    if kind != "marketing" or wish is None:
        return allow("rhythm", "the customer set no rhythm" if kind == "marketing" else "not marketing")
    said = f" (said on {facts.rhythm_at:%b %d, %Y})" if facts.rhythm_at else ""
    why = f"the customer wants texts {in_words(wish, 'en')}{said}"
    if facts.off_topic is not None:
        return deny("rhythm", f"{why}, and this one names {facts.off_topic}")
    if facts.marketing_at is None or facts.place is None:
        return deny("rhythm", "how many texts went out, or where the customer is, is not known")
    waits = [now]
    if wish.at_most is not None and wish.per_days is not None:
        capped = within("rhythm", wish.at_most, timedelta(days=wish.per_days), facts.marketing_at, now)
        waits += [capped.until] if capped.until is not None else []
    fit = next_fit(wish, facts.place.zones, max(waits))
    if fit is None:
        return deny("rhythm", f"{why}, and no day of two weeks is among them")
    return allow("rhythm", why) if fit == now else defer("rhythm", why, fit)


def breaker(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """A flow that too many opt out of, or whose texts fail too often, waits until a person has looked (R26, R103)."""
    if kind == "marketing" and facts.flow_held is not None:
        return defer("breaker", HELD_WHY + facts.flow_held, now + HELD_LOOK)
    return allow("breaker", "the flow is not held" if kind == "marketing" else "not marketing")
