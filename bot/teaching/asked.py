"""Which texts of a batch of turns are questions that no fact answers, and counting them once they had their turn.

Owns the finding. The encoder is asked before the transaction of the turns; what is written, `bot.teaching.questions` owns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db import Database
from bot.models import Conversation, Inbound
from bot.teaching import questions
from nlu.answers import same_question
from nlu.interpretation import Interpretation
from nlu.reader import shared_model


@dataclass(frozen=True, slots=True)
class Found:
    """A question, by the inbound row that it came in."""

    inbound_id: int
    question: questions.Unanswered


def unanswered(
    database: Database, readings: Mapping[int, Mapping[tuple[int, ...], Interpretation]]
) -> list[Found]:
    """The questions among these readings, and which kept one each repeats. None of them: nothing is asked of anybody."""
    wanted = {
        rows[0]: reading
        for each in readings.values()
        for rows, reading in each.items()
        if len(rows) == 1
        and reading.intent == "question"
        and reading.understood
        and reading.opt_out == "none"
        and "fact" not in reading.slots
    }
    if not wanted:
        return []
    with database.read() as session:
        rows = session.execute(
            select(Inbound.id, Inbound.shop_id, Inbound.body, Conversation.customer_id)
            .join(
                Conversation,
                (Conversation.shop_id == Inbound.shop_id) & (Conversation.id == Inbound.conversation_id),
            )
            .where(Inbound.id.in_(wanted), Inbound.body != "")
            .order_by(Inbound.id)
        ).all()
        known = questions.known(session, sorted({row.shop_id for row in rows}))
    model = shared_model()
    return [
        Found(
            row.id,
            questions.Unanswered(
                row.shop_id,
                row.customer_id,
                wanted[row.id].language or "en",
                row.body,
                same_question(questions.masked(row.body), known[row.shop_id], model),
            ),
        )
        for row in rows
    ]


def count_turned(session: Session, found: list[Found], now: datetime) -> None:
    """Count those that had their turn, in its transaction: a text that has not settled is read again."""
    turned = set(
        session.scalars(
            select(Inbound.id).where(
                Inbound.id.in_([each.inbound_id for each in found]), Inbound.turned_at.is_not(None)
            )
        )
    )
    questions.count(session, [each.question for each in found if each.inbound_id in turned], now)
