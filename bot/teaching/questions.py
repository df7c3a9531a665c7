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
    """A question of a customer for which no fact was found, by the inbound row that it came in. `like`: the id of a kept one
    that asks the same; a negative one: the row of a text of the same batch that does."""

    inbound_id: int
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
    made: dict[int, int] = {}
    for each in asked:
        like = made.get(each.like) if each.like is not None and each.like < 0 else each.like
        kept = masked(each.text, _names(session, each))
        its_id = _counted(session, each, kept, like, now)
        if its_id is None:
            row = OpenQuestion(
                shop_id=each.shop_id,
                language=each.language,
                text=kept,
                count=1,
                last_at=now,
                state="open",
                customer_id=each.customer_id,
            )
            session.add(row)
            session.flush()
            its_id = row.id
            _make_room(session, each.shop_id)
        made[-each.inbound_id] = its_id


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
    fact.asked_as = "\n".join(dict.fromkeys([*fact.asked_as.splitlines(), row.text]))
    row.state = "saved"
    return True


def answer_of(session: Session, shop_id: int, question_id: int, key: str) -> str | None:
    """What the fact of this key says in the question's language; None: there is no such fact."""
    return session.scalar(
        select(ShopFact.answer)
        .join(
            OpenQuestion,
            (OpenQuestion.shop_id == ShopFact.shop_id) & (OpenQuestion.language == ShopFact.language),
        )
        .where(ShopFact.shop_id == shop_id, ShopFact.key == key, OpenQuestion.id == question_id)
    )


def dismiss(session: Session, shop_id: int, question_id: int) -> bool:
    """Ask staff about it no more. False: there is no such open question."""
    row = _open(session, shop_id, question_id)
    if row is not None:
        row.state = "dismissed"
    return row is not None


def reopen(session: Session, shop_id: int, question_id: int) -> bool:
    """Ask staff about a dismissed one after all. False: there is no such dismissed question."""
    row = _in_state(session, shop_id, question_id, "dismissed")
    if row is not None:
        row.state = "open"
    return row is not None


def _counted(session: Session, asked: Unanswered, kept: str, like: int | None, now: datetime) -> int | None:
    """The row that counts this question from now on: the one that is like it, or that has the same words, which another
    worker may have kept meanwhile. None: there is none."""
    same = (OpenQuestion.language == asked.language, OpenQuestion.text == kept)
    for which in (OpenQuestion.id == like,) if like is not None else (), same:
        if not which:
            continue
        its_id = session.scalar(
            select(OpenQuestion.id)
            .where(OpenQuestion.shop_id == asked.shop_id, OpenQuestion.state != "saved", *which)
            .limit(1)
        )
        if its_id is not None:
            session.execute(
                update(OpenQuestion)
                .where(OpenQuestion.id == its_id)
                .values(count=OpenQuestion.count + 1, last_at=now)
            )
            return its_id
    return None


def _names(session: Session, asked: Unanswered) -> list[str]:
    of = (Customer.shop_id == asked.shop_id, Customer.id == asked.customer_id)
    row = session.execute(select(Customer.first_name, Customer.last_name).where(*of)).one_or_none()
    return [name for name in row or () if name]


def _open(session: Session, shop_id: int, question_id: int) -> OpenQuestion | None:
    return _in_state(session, shop_id, question_id, "open")


def _in_state(session: Session, shop_id: int, question_id: int, state: str) -> OpenQuestion | None:
    return session.execute(
        select(OpenQuestion).where(
            OpenQuestion.shop_id == shop_id, OpenQuestion.id == question_id, OpenQuestion.state == state
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
