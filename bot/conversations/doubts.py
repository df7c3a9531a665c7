"""Opt-outs that only the model saw, and texts that may be one: into the ledger, before any other text can leave (I2).

Owns these two entries. What the rules see is obeyed when the text is stored (bot.conversations.obeying); what is said to
whom afterwards is the turn's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.compliance.scope import scope_of_stop
from bot.conversations import holders
from bot.conversations.subjects import Subject
from bot.models import Inbound
from nlu.interpretation import Interpretation

DOUBT = "perhaps an opt-out"
"""What a conversation is handed over with whose last text may be one."""


def opt_out_by_model(
    session: Session, subject: Subject, rows: Sequence[Inbound], reading: Interpretation, now: datetime
) -> bool:
    """The opt-out, in force. False: it was already."""
    words, shop_id = rows[-1].body, subject.shop.id
    first = consent.opt_out(
        session,
        shop_id,
        subject.customer.phone_key,
        source="model",
        at=now,
        scope=scope_of_stop(session, shop_id, subject.conversation.id, words),
        details={"inbound": rows[-1].id, "confidence": round(reading.confidence, 3)},
        payload={"words": words[:500]},
    )
    for row in rows:
        row.opt_out = "model"
    return first


def doubt(
    session: Session, subject: Subject, rows: Sequence[Inbound], reading: Interpretation, now: datetime
) -> None:
    """Perhaps an opt-out: marketing stops, and a person decides. The bot says nothing meanwhile."""
    consent.hold(
        session,
        subject.shop.id,
        subject.customer.phone_key,
        source="model",
        at=now,
        details={"inbound": rows[-1].id, "why": list(reading.why)[:3]},
        payload={"words": rows[-1].body[:500]},
    )
    holders.hand_off(subject.conversation, DOUBT, None, now)
