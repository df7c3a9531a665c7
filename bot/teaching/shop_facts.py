"""What a shop has answers for, as its people keep it: listed, written, taken back, and told apart.

Owns these deeds and their faults. Which fact answers a question is `nlu.answers`'s; which questions none answers, and how
often they came, `bot.teaching.questions`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox import Actor, Done, Gone, NotAllowed
from bot.models import OpenQuestion, ShopFact
from bot.staff import audit
from bot.teaching import questions
from bot.teaching.fact_form import KEY, LANGUAGES, LONGEST
from bot.teaching.wordings import Wordings

if TYPE_CHECKING:  # heavy, and only who compares needs it
    from nlu.answers import Meanings

MOST_WORDINGS = 40


@dataclass(frozen=True, slots=True)
class Fact:
    """One answer in one language, and how customers ask for it."""

    key: str
    language: str
    answer: str
    asked_as: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """It cannot be kept, and why: one sentence each, all at once (I14)."""

    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Confused:
    """A wording of one fact that is nearer to another one."""

    key: str
    wording: str
    nearer: str


def listed(session: Session, shop_id: int) -> tuple[Fact, ...]:
    """The shop's facts, by key and language."""
    rows = session.scalars(
        select(ShopFact).where(ShopFact.shop_id == shop_id).order_by(ShopFact.key, ShopFact.language)
    )
    return tuple(Fact(row.key, row.language, row.answer, _lines(row.asked_as)) for row in rows)


def put(
    session: Session, key: str, language: str, answer: str, asked_as: str, actor: Actor, now: datetime
) -> Done | Wrong | NotAllowed:
    """Answer so from the next text on. `asked_as`: how customers ask, one wording a line."""
    if not actor.may("facts.change"):
        return NotAllowed("facts.change")
    words, wordings = " ".join(answer.split()), _lines(asked_as)
    if problems := (*_wrong(key, language, words), *_too_many(wordings)):
        return Wrong(problems)
    row = _row(session, actor.shop_id, key, language)
    asked = "\n".join(wordings)
    if row is None:
        session.add(ShopFact(shop_id=actor.shop_id, key=key, language=language, answer=words, asked_as=asked))
    elif (row.answer, row.asked_as) == (words, asked):
        return Done(changed=False)
    else:
        row.answer, row.asked_as = words, asked
    _record(session, actor, f"fact {key} ({language}) = {words}", now)
    return Done()


def remove(
    session: Session, key: str, language: str, actor: Actor, now: datetime
) -> Done | Gone | NotAllowed:
    """Answer it no more in that language: the question goes to a person."""
    if not actor.may("facts.change"):
        return NotAllowed("facts.change")
    row = _row(session, actor.shop_id, key, language)
    if row is None:
        return Gone()
    session.delete(row)
    _record(session, actor, f"fact {key} ({language}) taken back", now)
    return Done()


def save_question(
    session: Session, question_id: int, key: str, answers: Mapping[str, str], actor: Actor, now: datetime
) -> Done | Wrong | Gone | NotAllowed:
    """Make a fact of what customers asked, with their question among its wordings. `answers` by language: where one is
    left empty, a fact of that key keeps its answer; the question's own language has to have one."""
    if not actor.may("facts.change"):
        return NotAllowed("facts.change")
    asked = session.execute(
        select(OpenQuestion.language).where(
            OpenQuestion.shop_id == actor.shop_id,
            OpenQuestion.id == question_id,
            OpenQuestion.state == "open",
        )
    ).scalar_one_or_none()
    if asked is None:
        return Gone()
    given = {language: " ".join(answer.split()) for language, answer in answers.items()}
    there = _row(session, actor.shop_id, key, asked)
    own = given.get(asked) or (there.answer if there else "")
    others = {language: words for language, words in given.items() if words and language != asked}
    if problems := tuple(
        dict.fromkeys(
            problem
            for language, words in ({asked: own} | others).items()
            for problem in _wrong(key, language, words)
        )
    ):
        return Wrong(problems)
    for language, words in others.items():
        row = _row(session, actor.shop_id, key, language)
        if row is None:
            session.add(
                ShopFact(shop_id=actor.shop_id, key=key, language=language, answer=words, asked_as="")
            )
        else:
            row.answer = words
    questions.save(session, actor.shop_id, question_id, key, own)
    _record(session, actor, f"fact {key} ({', '.join([asked, *others])}) = {own}", now)
    return Done()


def dismiss_question(
    session: Session, question_id: int, actor: Actor, now: datetime
) -> Done | Gone | NotAllowed:
    """Ask people about it no more."""
    if not actor.may("facts.change"):
        return NotAllowed("facts.change")
    if not questions.dismiss(session, actor.shop_id, question_id):
        return Gone()
    _record(session, actor, f"question {question_id} dismissed", now)
    return Done()


def reopen_question(
    session: Session, question_id: int, actor: Actor, now: datetime
) -> Done | Gone | NotAllowed:
    """Ask people about a dismissed one after all."""
    if not actor.may("facts.change"):
        return NotAllowed("facts.change")
    if not questions.reopen(session, actor.shop_id, question_id):
        return Gone()
    _record(session, actor, f"question {question_id} asked again", now)
    return Done()


def confused(wordings: Wordings, model: Meanings | None) -> tuple[Confused, ...]:
    """Facts that nobody can tell apart: wordings of one that are nearer to another, in any language. Asks the model of
    every wording: outside any transaction."""
    from nlu.answers import judge

    found: dict[Confused, None] = {}
    for language in LANGUAGES:
        spoken = wordings.spoken(language)
        for key, text in spoken.items():
            for line in text.splitlines():
                ranking = judge(line, spoken, model).ranking
                if ranking and ranking[0].key != key:
                    found[Confused(key, line, ranking[0].key)] = None
    return tuple(found)


def _wrong(key: str, language: str, answer: str) -> tuple[str, ...]:
    problems = []
    if not KEY.fullmatch(key):
        problems.append("A name has small letters, digits and _ and begins with a letter, as in gift_cards.")
    if language not in LANGUAGES:
        problems.append(f"Facts are kept in {' and '.join(LANGUAGES)}.")
    if not 1 <= len(answer) <= LONGEST:
        problems.append(f"The answer ({language}) has {len(answer)} characters: give it 1 to {LONGEST}.")
    return tuple(problems)


def _too_many(wordings: tuple[str, ...]) -> tuple[str, ...]:
    problems = []
    if len(wordings) > MOST_WORDINGS:
        problems.append(f"{len(wordings)} wordings are too many: {MOST_WORDINGS} are enough.")
    if any(len(each) > questions.LONGEST for each in wordings):
        problems.append(f"A wording has {questions.LONGEST} characters at most.")
    return tuple(problems)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for each in text.splitlines() if (line := " ".join(each.split()))))


def _row(session: Session, shop_id: int, key: str, language: str) -> ShopFact | None:
    return session.execute(
        select(ShopFact).where(
            ShopFact.shop_id == shop_id, ShopFact.key == key, ShopFact.language == language
        )
    ).scalar_one_or_none()


def _record(session: Session, actor: Actor, what: str, now: datetime) -> None:
    details = {"what": what}
    audit.record(session, actor.by, "fact changed", shop_id=actor.shop_id, at=now, details=details)
