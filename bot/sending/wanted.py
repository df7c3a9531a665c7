"""Whether a text that was written is still wanted: nobody took over since, and nothing newer was said.

Owns the question that comes before the gate's. The gate asks whether a text may leave; this, whether it still answers
to how things stand.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.conversations.hearers import OUTDATED
from bot.conversations.journal import answers_keyword
from bot.models import Conversation, Outbound

FENCED = "a person took over"


def unwanted(session: Session, row: Outbound, conversation: Conversation) -> str | None:
    """Why a bot's text is no longer wanted: a person took over since, or the customer has said something newer."""
    if row.author != "bot":
        return None
    if row.fence != conversation.fence and not _owed(session, row):
        return FENCED
    notice = (row.effect or {}).get("notice")
    prompted = (row.effect or {}).get("prompted_by")
    if prompted and not notice and row.read_inbound_id != conversation.last_inbound_id:
        return OUTDATED
    return None


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
