"""Which texts of a batch of turns are questions that no fact answers, and counting them once they had their turn.

Owns the finding. The encoder is asked before the transaction of the turns; what is written, `bot.teaching.questions` owns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.db import Database
from bot.models import Conversation, Customer, Inbound, Shop
from bot.teaching import questions
from bot.teaching.questions import Unanswered
from nlu.answers import same_question
from nlu.interpretation import Interpretation
from nlu.reader import shared_model


def unanswered(
    database: Database, readings: Mapping[int, Mapping[tuple[int, ...], Interpretation]]
) -> list[Unanswered]:
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
        rows = session.execute(_ASKED, {"rows": list(wanted)}).all()
        known = questions.known(session, sorted({row.shop_id for row in rows}))
    model, found = shared_model(), []
    for row in rows:
        kept, language = known[row.shop_id], wanted[row.id].language or row.language
        like = same_question(questions.masked(row.body), kept, model)
        found.append(Unanswered(row.id, row.shop_id, row.customer_id, language, row.body, like))
        if like is None:  # the next of this batch may ask the same
            kept[-row.id] = questions.masked(row.body)
    return found


def count_turned(
    session: Session, found: Sequence[Unanswered], turned: AbstractSet[int], now: datetime
) -> None:
    """Count those that had their turn in this transaction (`turned`): a text that has not settled is read again, and one
    that another worker took meanwhile is counted there."""
    questions.count(session, [each for each in found if each.inbound_id in turned], now)


# Built once: building a statement costs SQLAlchemy about as much as running it.
_ASKED = (
    select(
        Inbound.id,
        Inbound.shop_id,
        Inbound.body,
        Conversation.customer_id,
        func.coalesce(Conversation.language, Customer.language, Shop.language).label("language"),
    )
    .join(
        Conversation,
        (Conversation.shop_id == Inbound.shop_id) & (Conversation.id == Inbound.conversation_id),
    )
    .join(Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id))
    .join(Shop, Shop.id == Inbound.shop_id)
    .where(Inbound.id.in_(bindparam("rows", expanding=True)), Inbound.body != "")
    .order_by(Inbound.id)
)
