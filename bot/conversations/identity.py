"""«Who is this?»: marketing waits until an answer shows that whoever has the phone knows the shop (R30).

Owns the open matter `identity`: what opens it, and which reply ends it. What is said is the flow's (courtesy `who`), and
that marketing waits while a matter is open, the gate's. Silence ends nothing.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.conversations.rows import store
from bot.models import Conversation
from nlu.interpretation import Interpretation

MATTER = "identity"
FITTING = frozenset(
    {
        "reorder",
        "coupon",
        "question",
        "order_issue",
        "already_bought",
        "churn_reason",
        "rhythm",
    }
)
"""What only somebody says who knows what the shop is to them. «Thanks», a thumb or anything unclear shows nothing; nor do
«yes», «no» and «not now»: a stranger says them as well, of whether they know us."""


def weigh(session: Session, conversation: Conversation, reading: Interpretation) -> None:
    """Open the matter, or end it. Another matter that is open stays with the bot: it stops marketing as well."""
    if reading.slots.get("asks") == "who":
        if conversation.open_matter is None or conversation.holder != "bot":  # people see to the other one
            store(session, conversation, open_matter=MATTER)
    elif conversation.open_matter == MATTER and reading.understood and reading.intent in FITTING:
        store(session, conversation, open_matter=None)
