"""Whether a text that was written is still wanted: nobody took over since, and nothing newer was said.

Owns the question that comes before the gate's. The gate asks whether a text may leave; this, whether it still answers
to how things stand.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversations.hearers import OUTDATED
from bot.conversations.journal import answers_keyword
from bot.models import Conversation, Coupon, MendedCode, Outbound
from bot.models.mending import TELLS

FENCED = "a person took over"
SPENT = "the code that it tells of is used or void"
NEXT_LOOK = timedelta(hours=1)
"""How long a text that waits for a better moment waits before the gate is asked again."""


def unwanted(session: Session, row: Outbound, conversation: Conversation) -> str | None:
    """Why a text is no longer wanted: the bot's, when a person took over since, or the customer has said something newer;
    one that tells of a mended code, when that code is worth nothing any more."""
    if _tells_of_a_code(row):
        return None if _still_works(session, row) else SPENT
    if row.author != "bot":
        return None
    if row.fence != conversation.fence and not _owed(session, row):
        return FENCED
    notice = (row.effect or {}).get("notice")
    prompted = (row.effect or {}).get("prompted_by")
    if prompted and not notice and row.read_inbound_id != conversation.last_inbound_id:
        return OUTDATED
    return None


def next_look(row: Outbound, now: datetime) -> datetime | None:
    """When to ask the gate again after a no that lies in the moment; None: that no is the end of the text.

    What tells of a mended code waits for as long as that code lasts: their old one is void already, and those who
    complained of it, whom a person has, are the last who should never hear.
    """
    if not _tells_of_a_code(row):
        return None
    return min(now + NEXT_LOOK, row.expires_at) if row.expires_at is not None else now + NEXT_LOOK


def _tells_of_a_code(row: Outbound) -> bool:
    return row.author == "api" and row.key.startswith(TELLS)


def _still_works(session: Session, row: Outbound) -> bool:
    mending_id, coupon_id = row.key.removeprefix(TELLS).split(":")
    theirs = (
        select(Coupon.status)
        .join(
            MendedCode,
            (MendedCode.shop_id == Coupon.shop_id)
            & (func.coalesce(MendedCode.by_coupon_id, MendedCode.coupon_id) == Coupon.id),
        )
        .where(
            MendedCode.shop_id == row.shop_id,
            MendedCode.mending_id == int(mending_id),
            MendedCode.coupon_id == int(coupon_id),
        )
    )
    return session.execute(theirs).scalar_one_or_none() == "live"


def _owed(session: Session, row: Outbound) -> bool:
    """What the law wants from the shop, not from the bot: whoever speaks for the shop by now, it leaves. That is the one
    confirmation of an opt-out (R5), and the answer to the word HELP (R122)."""
    match (row.effect or {}).get("notice"):
        case "opted_out":
            return True
        case "help":
            return answers_keyword(session, row, "HELP")
        case _:
            return False
