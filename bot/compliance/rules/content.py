"""Whether the words may leave: nothing stands against them, and they cost no more parts than they may.

Owns the weighing of what was found. The looking is bot.compliance.content's; what leaves is looked at again at dispatch,
with the customer's real data in it, because a product's name may be a word that carriers refuse (R126).
"""

from __future__ import annotations

from datetime import datetime

from bot.compliance.facts import Kind, SendFacts
from bot.compliance.rules.verdict import RuleVerdict, allow, deny

MOST_PARTS = 10
"""R135: whoever writes and whatever asked for it. Marketing has the shop's own limit."""


def content(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R125, R126, R128: no public shortener, no foreign link, no word of SHAFT that the shop has not looked at."""
    if kind == "compliance":
        return allow("content", "a built-in text, looked at when it was published")
    if facts.content is None:
        return deny("content", "nobody has looked at the words")
    if facts.content:
        return deny("content", "in the words: " + ", ".join(facts.content[:5]))
    return allow("content", "nothing stands against the words")


def parts(facts: SendFacts, kind: Kind, now: datetime) -> RuleVerdict:
    """R135, R136: so many parts at most, counted with the customer's real data in the text."""
    if kind == "compliance":
        return allow("parts", "a built-in text")
    if facts.parts is None:
        return deny("parts", "how many parts it costs is not known")
    most = facts.policy.marketing_parts if kind == "marketing" else MOST_PARTS
    why = f"{facts.parts} of {most} parts"
    return allow("parts", why) if facts.parts <= most else deny("parts", f"{why}: too long")
