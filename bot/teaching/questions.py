"""Questions that customers ask and no fact of the shop answers: counted by likeness, so that staff save a fact for the third.

Owns the table. What likeness is, `nlu.answers` knows; it is asked outside of any transaction, and only of questions without
a fact. A kept text has no numbers and no names; it belongs to the customer who asked first, and goes when they are erased.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.models import Customer, OpenQuestion, ShopFact

ASK_AFTER = 3
"""So many times the same question, and staff are asked to save a fact."""
MOST = 200
"""Open questions that a shop keeps; the one that was asked longest ago makes room."""
LONGEST = 300

State: TypeAlias = Literal["open", "saved", "dismissed"]

_DIGITS = re.compile(r"\d")
_CONTACT = re.compile(r"\S+@\S+|https?://\S+")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Open:
    """One question as staff see it. `count`: how often it came; `last_at`: domain time."""

    id: int
    language: str
    text: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question of a customer for which no fact was found. `like`: the id of an open one that asks the same."""

    shop_id: int
    customer_id: int
    language: str
    text: str
    like: int | None


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text without addresses, digits and these names: `#` for each digit, `…` for the rest."""
    hidden = {word.casefold() for name in names for word in _WORD.findall(name) if len(word) > 1}
    plain = _DIGITS.sub("#", _CONTACT.sub("…", " ".join(text.split())))
    return _WORD.sub(lambda word: "…" if word.group().casefold() in hidden else word.group(), plain)[:LONGEST]


def known(session: Session, shop_ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """What is open or dismissed, by shop: id -> text. A dismissed one is counted on and not shown."""
    rows = session.execute(
        select(OpenQuestion.shop_id, OpenQuestion.id, OpenQuestion.text).where(
            OpenQuestion.shop_id.in_(shop_ids), OpenQuestion.state != "saved"
        )
    ).all()
    found: dict[int, dict[int, str]] = {shop: {} for shop in shop_ids}
    for shop_id, its_id, text in rows:
        found[shop_id][its_id] = text
    return found


def count(session: Session, asked: Sequence[Unanswered], now: datetime) -> None:
    """Count them, in the caller's transaction. No model is asked here."""
    for each in asked:
        if each.like is not None:
            done = session.execute(
                update(OpenQuestion)
                .where(OpenQuestion.shop_id == each.shop_id, OpenQuestion.id == each.like)
                .values(count=OpenQuestion.count + 1, last_at=now)
            )
            if done.rowcount:  # type: ignore[attr-defined]
                continue
        name = session.scalar(
            select(Customer.first_name).where(
                Customer.shop_id == each.shop_id, Customer.id == each.customer_id
            )
        )
        session.add(
            OpenQuestion(
                shop_id=each.shop_id,
                language=each.language,
                text=masked(each.text, [name] if name else ()),
                count=1,
                last_at=now,
                state="open",
                customer_id=each.customer_id,
            )
        )
        session.flush()
        _make_room(session, each.shop_id)


def asked_for(session: Session, shop_id: int, *, at_least: int = ASK_AFTER) -> list[Open]:
    """What staff are asked to save a fact for, the most asked first."""
    rows = session.scalars(
        select(OpenQuestion)
        .where(OpenQuestion.shop_id == shop_id, OpenQuestion.state == "open", OpenQuestion.count >= at_least)
        .order_by(OpenQuestion.count.desc(), OpenQuestion.last_at.desc(), OpenQuestion.id)
    )
    return [Open(row.id, row.language, row.text, row.count, row.last_at) for row in rows]


def save(session: Session, shop_id: int, question_id: int, key: str, answer: str) -> bool:
    """Make a fact of it, with the question among its wordings. False: there is no such open question."""
    row = _open(session, shop_id, question_id)
    if row is None:
        return False
    fact = session.execute(
        select(ShopFact).where(
            ShopFact.shop_id == shop_id, ShopFact.key == key, ShopFact.language == row.language
        )
    ).scalar_one_or_none()
    if fact is None:
        fact = ShopFact(shop_id=shop_id, key=key, language=row.language, answer=answer, asked_as="")
        session.add(fact)
    fact.answer = answer
    fact.asked_as = "\n".join(part for part in (fact.asked_as, row.text) if part)
    row.state = "saved"
    return True


def dismiss(session: Session, shop_id: int, question_id: int) -> bool:
    """Ask staff about it no more. False: there is no such open question."""
    row = _open(session, shop_id, question_id)
    if row is not None:
        row.state = "dismissed"
    return row is not None


def forget(session: Session, shop_id: int, customer_id: int) -> int:
    """Take this customer's words out; gives how many questions went with them."""
    gone = session.execute(
        delete(OpenQuestion).where(OpenQuestion.shop_id == shop_id, OpenQuestion.customer_id == customer_id)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _open(session: Session, shop_id: int, question_id: int) -> OpenQuestion | None:
    return session.execute(
        select(OpenQuestion).where(
            OpenQuestion.shop_id == shop_id, OpenQuestion.id == question_id, OpenQuestion.state == "open"
        )
    ).scalar_one_or_none()


def _make_room(session: Session, shop_id: int) -> None:
    there = session.scalar(select(func.count()).where(OpenQuestion.shop_id == shop_id)) or 0
    if there <= MOST:
        return
    oldest = (
        select(OpenQuestion.id)
        .where(OpenQuestion.shop_id == shop_id)
        .order_by(OpenQuestion.last_at)
        .limit(there - MOST)
    )
    session.execute(delete(OpenQuestion).where(OpenQuestion.id.in_(oldest.scalar_subquery())))
