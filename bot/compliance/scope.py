"""How far an opt-out reaches: everything, unless the shop's own setting, the last text and the words all say otherwise.

Owns the question (R8, R9). A stop in answer to a text that was not marketing stops all; so does one with «all» in it, one
that the provider has carried out already, and any where it is not known what it answers.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.consent import Scope
from bot.models import Outbound, Shop

_LEFT = ("claimed", "sent", "unknown")
_EVERYTHING = ("all", "tod", "every", "any", "ning")
"""In «stop all», «todo», «everything», «anything», «ningún». A word that merely contains one stops everything, too."""


def scope_of_stop(session: Session, shop_id: int, conversation_id: int, words: str) -> Scope:
    """What a stop in these words, said in this conversation now, ends."""
    settings = session.execute(select(Shop.settings).where(Shop.id == shop_id)).scalar_one()
    if settings.get("stop_scope", "all") != "marketing":
        return "all"
    if any(part in words.lower() for part in _EVERYTHING):
        return "all"
    last = session.execute(
        select(Outbound.kind)
        .where(
            Outbound.shop_id == shop_id,
            Outbound.conversation_id == conversation_id,
            Outbound.status.in_(_LEFT),
        )
        .order_by(Outbound.attempted_at.desc(), Outbound.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return "marketing" if last == "marketing" else "all"
