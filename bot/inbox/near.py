"""The shop's fact that may answer what the customer asked last, for whoever writes to them.

Owns the choice of the text and the words of the fact. What is near is the reader's to say (`nlu.answers`), and nothing here
reaches a customer: a person takes it into their text or leaves it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox import Actor
from bot.inbox.entries import Heard, Said, reading_of
from bot.inbox.talk import Talk
from bot.models import Inbound, ShopFact
from bot.teaching.wordings import SHARED

SLOTS = ("near_fact", "fact")
"""Of a reading: a fact that may answer it, and one that surely does and that nobody said while people hold."""
_NEVER_LEFT = frozenset({"denied", "withheld", "expired", "refused", "lost", "superseded"})


@dataclass(frozen=True, slots=True)
class Near:
    """A fact for this text. `key` names it; `answer` is in the customer's language where the shop has one in it."""

    inbound_id: int
    key: str
    answer: str


def nearest(session: Session, actor: Actor, talk: Talk) -> Near | None:
    """For the newest text that nobody has answered; None: the bot speaks, somebody answered, or no fact is near."""
    if talk.holder == "bot":
        return None
    heard = _unanswered(talk)
    return near_text(session, actor, talk.conversation_id, heard, talk.language) if heard else None


def near_text(
    session: Session, actor: Actor, conversation_id: int, inbound_id: int, language: str
) -> Near | None:
    """The fact near this text; None when it has none, or the shop has taken it away meanwhile."""
    stored = session.execute(
        select(Inbound.reading).where(
            Inbound.shop_id == actor.shop_id,
            Inbound.conversation_id == conversation_id,
            Inbound.id == inbound_id,
        )
    ).scalar_one_or_none()
    reading = reading_of(stored)
    if reading is None:
        return None
    key = next((str(reading.slots[slot]) for slot in SLOTS if slot in reading.slots), None)
    if key is None:
        return None
    spoken = reading.language or language
    answers = {
        row.language: row.answer
        for row in session.execute(
            select(ShopFact.language, ShopFact.answer).where(
                ShopFact.shop_id == actor.shop_id,
                ShopFact.key == key,
                ShopFact.language.in_({spoken, SHARED}),
            )
        )
    }
    answer = answers.get(spoken) or answers.get(SHARED)
    return Near(inbound_id, key, answer) if answer else None


def _unanswered(talk: Talk) -> int | None:
    """The newest text with a fact near it, since anybody answered. What the bot says when it hands over is no answer."""
    met = bot_spoke = False
    for each in reversed(talk.entries):
        match each:
            case Said() if each.verdict.status not in _NEVER_LEFT:
                if each.author != "bot" or met:
                    return None
                bot_spoke = True
            case Heard():
                met = True
                names = {name for name, _ in each.reading.slots} if each.reading else set[str]()
                if "near_fact" in names or ("fact" in names and not bot_spoke):
                    return each.id
            case _:
                pass
    return None
