"""What the gate would say of a person's text that is not written yet: asked while it is being typed, and before it is.

Owns the question. The answer is the gate's own, on facts of this moment: dispatch asks again, and that answer counts.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.compliance.gate import Decision
from bot.conversations.subjects import Subject
from bot.models import Outbound
from bot.sending.permission import ask
from bot.sending.standing import standing_unwritten


def forecast(session: Session, subject: Subject, row: Outbound, at: datetime, *, link_url: str) -> Decision:
    """What the gate would say at `at` of this text, which the session does not know. `link_url`: where short links lead."""
    return ask(session, subject, row, standing_unwritten(session, subject, at), at, link_url=link_url).answer
