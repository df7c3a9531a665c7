"""The bot drafts, a person sends: the bot's own withheld text leaves with the person's words.

Owns the mode of a conversation, and what becomes of the withheld rows. The bot's passage goes on as if it had said it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.inbox import Actor, Done, Gone, NotAllowed
from bot.inbox.deeds import begin, note, record
from bot.models import Conversation, Outbound, Timer


def bot_drafts(
    session: Session, conversation_id: int, on: bool, actor: Actor, now: datetime
) -> Done | Gone | NotAllowed:
    """From now on the bot writes its answers down here, and a person sends them; or it sends them itself again."""
    conversation = begin(session, conversation_id, actor)
    if not isinstance(conversation, Conversation):
        return conversation
    if conversation.bot_drafts == on:
        return Done(changed=False)
    conversation.bot_drafts = on
    said = "The bot drafts, a person sends." if on else "The bot sends its answers itself again."
    note(session, conversation, actor.staff_id, "drafts", said, now)
    record(session, actor, "bot drafts", conversation.id, now, on=on)
    return Done()


def waiting(session: Session, conversation: Conversation, draft_of: int) -> list[Outbound]:
    """The withheld texts of the turn to which that one belongs, if they still wait for somebody to send them."""
    row = session.execute(
        select(Outbound)
        .where(
            Outbound.shop_id == conversation.shop_id,
            Outbound.conversation_id == conversation.id,
            Outbound.id == draft_of,
        )
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None or row.author != "bot" or row.status != "withheld":
        return []
    rows = session.execute(
        select(Outbound)
        .where(
            Outbound.shop_id == conversation.shop_id,
            Outbound.conversation_id == conversation.id,
            Outbound.enrolment_id == row.enrolment_id,
            Outbound.turn == row.turn,
            Outbound.status == "withheld",
            Outbound.author == "bot",
        )
        .order_by(Outbound.ordinal)
    ).scalars()
    return list(rows)


def promote(session: Session, drafted: list[Outbound], words: Outbound) -> Outbound:
    """The bot's own row leaves with the person's words: its code goes live and its wait begins when it has left (I11).

    Of several in one turn it is the one with the offer, else the last; the others were said together with it.
    """
    text = next((row for row in drafted if (row.effect or {}).get("offer")), drafted[-1])
    for row in drafted:
        if row is not text:
            row.status, row.why = "superseded", "said together with another"
            session.execute(
                update(Timer)
                .where(Timer.outbound_id == row.id, Timer.status == "armed", Timer.due_at.is_(None))
                .values(outbound_id=text.id)
            )
    text.author, text.staff_id, text.status, text.why = "staff", words.staff_id, "ready", None
    for name in (
        "body",
        "encoding",
        "parts",
        "kind",
        "fence",
        "answers_since",
        "due_at",
        "read_inbound_id",
        "language",
    ):
        setattr(text, name, getattr(words, name))
    return text
