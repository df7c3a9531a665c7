"""What a role may give away, and what things are worth in the words of a screen.

Owns the limit's sentence. Pure; the figures are a shop's setting (bot.shops.AgentLimits).
"""

from __future__ import annotations

from bot.inbox import Actor
from bot.offers.worth import Worth
from bot.shops import AgentLimits
from flows.names import money_words


def over_limit(actor: Actor, percent: int | None, limits: AgentLimits) -> str | None:
    """Why a discount is more than the actor may give; None: it is not. An owner gives what they like."""
    if actor.role == "owner" or not percent or percent <= limits.percent:
        return None
    return f"{percent}% is more than {actor.role}s may give here ({limits.percent}%): ask an owner"


def worth_words(worth: Worth, currency: str) -> str:
    """15%, $5, free shipping: what it is, in the fewest words of a screen."""
    if worth.percent:
        return f"{worth.percent}%"
    if worth.amount_cents:
        return money_words(worth.amount_cents, currency)
    if worth.gift:
        return f"gift {worth.gift}"
    if worth.points:
        return f"{worth.points} points"
    return "free shipping" if worth.free_shipping else "unknown worth"
