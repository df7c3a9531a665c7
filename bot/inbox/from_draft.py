"""The bot drafts, a person sends: the bot's own withheld text leaves with the person's words.

Owns the mode of a conversation, and what becomes of the withheld rows: sent by a person, and given back when that is undone.
The bot's passage goes on as if it had said it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.conversations import drafts, holders
from bot.inbox import Actor, Done, Gone, NotAllowed
from bot.inbox.deeds import begin, note, record, shown
from bot.inbox.drafting import bots_draft
from bot.models import Conversation, Journal, Outbound, Timer
from flows.segments import measure

TOGETHER = "said together with another"
FORM = "form"
"""Under this name the effect of a bot's text that a person sent keeps the form that sent it (its own key is the turn's)."""


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
    rows = _of_its_turn(session, conversation, draft_of)
    asked = next((row for row in rows if row.id == draft_of), None)
    if asked is None or not _waits(asked):
        return []
    return [row for row in rows if _waits(row)]


def sent_before(session: Session, conversation: Conversation, draft_of: int) -> Outbound | None:
    """The text of that turn which a person has made theirs; None: nobody has."""
    rows = _of_its_turn(session, conversation, draft_of)
    return next((row for row in rows if row.author == "staff"), None)


def promote(session: Session, drafted: list[Outbound], words: Outbound, form: str) -> Outbound:
    """The bot's own row leaves with the person's words: its code goes live and its wait begins when it has left (I11).

    Of several in one turn it is the one with the offer, else the last; the others were said together with it.
    """
    text = next((row for row in drafted if (row.effect or {}).get("offer")), drafted[-1])
    for row in drafted:
        if row is not text:
            row.status, row.why = "superseded", TOGETHER
            session.execute(
                update(Timer)
                .where(
                    Timer.shop_id == row.shop_id,
                    Timer.outbound_id == row.id,
                    Timer.status == "armed",
                    Timer.due_at.is_(None),
                )
                .values(outbound_id=text.id)
            )
    text.author, text.staff_id, text.status, text.why = "staff", words.staff_id, "ready", None
    text.effect = {**(text.effect or {}), FORM: form}
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


def give_back(session: Session, conversation: Conversation, text: Outbound, now: datetime) -> None:
    """A person has taken it back: it is the bot's again, in the bot's words, and waits as its draft. So do those that were
    said together with it, the wait that hangs on it, and the code that it brings."""
    rows = [
        row
        for row in _of_its_turn(session, conversation, text.id)
        if row is text or (row.status == "superseded" and row.why == TOGETHER)
    ]
    holders.owe(conversation, text.answers_since)
    shown(conversation)
    said = _as_written(session, text)
    effect = {name: value for name, value in (text.effect or {}).items() if name != FORM}
    text.author, text.staff_id, text.answers_since, text.effect = "bot", None, None, effect
    text.kind = "answer" if effect.get("prompted_by") else "marketing"
    text.body = said.get(text.ordinal) or text.body
    size = measure(text.body)
    text.encoding, text.parts = size.encoding, size.parts
    text.language = effect.get("language") or text.language
    for row in rows:
        row.status, row.why = "withheld", drafts.DRAFTED
    if bots_draft(session, conversation.shop_id, conversation.id) is None:
        body = "\n\n".join(row.body for row in rows)
        drafts.offer(session, conversation, rows[-1].id, body, now)


def _of_its_turn(session: Session, conversation: Conversation, outbound_id: int) -> list[Outbound]:
    """Every text of the turn that wrote that one, in order; empty when no turn of this conversation did."""
    asked = select(Outbound.enrolment_id, Outbound.turn).where(
        Outbound.shop_id == conversation.shop_id,
        Outbound.conversation_id == conversation.id,
        Outbound.id == outbound_id,
    )
    turn = session.execute(asked).one_or_none()
    if turn is None or turn.enrolment_id is None:
        return []
    rows = session.execute(
        select(Outbound)
        .where(
            Outbound.shop_id == conversation.shop_id,
            Outbound.conversation_id == conversation.id,
            Outbound.enrolment_id == turn.enrolment_id,
            Outbound.turn == turn.turn,
        )
        .order_by(Outbound.ordinal, Outbound.id)
        .execution_options(populate_existing=True)
    ).scalars()
    return list(rows)


def _waits(row: Outbound) -> bool:
    return row.author == "bot" and row.status == "withheld"


def _as_written(session: Session, text: Outbound) -> dict[int, str]:
    """What the turn wrote, by ordinal."""
    entry = session.execute(
        select(Journal.effects, Journal.texts).where(
            Journal.shop_id == text.shop_id,
            Journal.enrolment_id == text.enrolment_id,
            Journal.turn == text.turn,
            Journal.superseded == 0,
        )
    ).one_or_none()
    if entry is None:
        return {}
    texts = [each for each in entry.effects if each["type"] == "SendText"]
    return {each["ordinal"]: body for each, body in zip(texts, entry.texts, strict=False)}
