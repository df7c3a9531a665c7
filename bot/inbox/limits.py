"""What a role may give away, and what things are worth in the words of a screen.

Owns the limit's sentence. The figures are a shop's setting (bot.shops.AgentLimits).
"""

from __future__ import annotations

from typing import assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox import Actor
from bot.models import Shop
from bot.offers.worth import Worth, kind_of
from bot.shops import AgentLimits, ShopSettings
from flows.names import money_words


def limits_of(session: Session, shop_id: int) -> tuple[AgentLimits, str]:
    """What an agent may give at this shop, and in which currency."""
    shop = session.execute(select(Shop.settings, Shop.currency).where(Shop.id == shop_id)).one()
    return ShopSettings.model_validate(shop.settings).agent_limits, shop.currency


def over_limit(actor: Actor, worth: Worth, limits: AgentLimits, currency: str) -> str | None:
    """Why this offer or code is more than the actor may give; None: it is not. An owner gives what they like; what nobody
    set a limit for, or nobody knows the worth of, is theirs alone."""
    if actor.role == "owner":
        return None
    kind, most = kind_of(worth), None
    match kind:
        case "percent":
            if (worth.percent or 0) <= limits.percent:
                return None
            most = f"{limits.percent}%"
        case "amount":
            if (worth.amount_cents or 0) <= limits.amount_cents:
                return None
            most = money_words(limits.amount_cents, currency)
        case "free_shipping" | "gift" | "points":
            if kind in limits.also:
                return None
        case None:
            return f"nobody has said what it is worth, so {actor.role}s do not give it: ask an owner"
        case _:
            assert_never(kind)
    if most is None:
        return f"{actor.role}s give no {_PLURAL[kind]} here: ask an owner"
    return f"{worth_words(worth, currency)} is more than {actor.role}s may give here ({most}): ask an owner"


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


_PLURAL = {"free_shipping": "free shipping", "gift": "gifts", "points": "points"}
