"""What there is to decide, card by card: whose it is, the words, why a person is asked, and what one may choose.

Owns the reading of that page and its words. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox import Actor, NotAllowed, deciding
from bot.inbox.to_decide import KINDS, Item, Kind
from bot.models import OpenQuestion, ShopFact, ShopHead, Staff, TaughtLine
from bot.staff.roles import Permission
from console import words
from console.inbox.times import Times
from console.meanings import meaning

NAMES: Final[dict[Kind, str]] = {
    "held": "Perhaps opt-outs",
    "wrong_number": "Wrong numbers",
    "unknown": "Texts of unknown fate",
    "flow": "Flows on hold",
    "question": "Questions",
    "correction": "Corrections",
}
MAY: Final[dict[Kind, Permission]] = {
    "held": "inbox.settle",
    "wrong_number": "inbox.settle",
    "unknown": "inbox.settle",
    "flow": "flows.change",
    "question": "facts.change",
    "correction": "lines.review",
}
LIMIT = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `value` is what the form sends as `choice`."""

    value: str
    words: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a question's form needs: its own language, what the shop's facts are called, and a name to begin with."""

    language: str
    count: int
    keys: tuple[str, ...]
    suggested: str


@dataclass(frozen=True, slots=True)
class Card:
    """One thing to decide. `endpoint` and `at` make the address of its form; `may`: whether this person decides it."""

    id: str
    kind: Kind
    who: str
    quote: str
    ours: bool
    """Whether the quote is the shop's text, not the customer's."""
    why: str
    since: str
    ends: str
    conversation: int | None
    endpoint: str
    at: Mapping[str, Any]
    choices: tuple[Choice, ...]
    may: bool
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Tab:
    """A kind, and how many there are of it."""

    kind: str
    name: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What the reader has learnt: the version in force, and whether something is still to be learnt."""

    words: str
    due: bool


@dataclass(frozen=True, slots=True)
class ToDecide:
    """The page's values."""

    tabs: tuple[Tab, ...]
    cards: tuple[Card, ...]
    head: Head | None
    more: int


def to_decide(session: Session, actor: Actor, times: Times, kind: Kind | None) -> ToDecide | NotAllowed:
    """The list as it reads, of one kind or of all."""
    found = deciding.page(session, actor, times.now, kind, LIMIT)
    if isinstance(found, NotAllowed):
        return found
    about = _details(session, actor.shop_id, found.items)
    total = sum(found.counts.values())
    tabs = [Tab("", "All", total, kind is None)]
    tabs += [Tab(each, NAMES[each], found.counts[each], kind == each) for each in KINDS]
    shown = total if kind is None else found.counts[kind]
    taught = kind == "correction" or (kind is None and found.counts["correction"] > 0)
    return ToDecide(
        tabs=tuple(tab for tab in tabs if tab.count or tab.current or not tab.kind),
        cards=tuple(_card(item, about, actor, times) for item in found.items),
        head=_head(session, actor.shop_id, times) if taught else None,
        more=max(0, shown - len(found.items)),
    )


@dataclass(frozen=True, slots=True)
class _Details:
    """What the list's items leave out: who corrected, and of questions language and count."""

    by: Mapping[str, str]
    asked: Mapping[str, tuple[str, str, int]]
    keys: tuple[str, ...]


def _details(session: Session, shop_id: int, items: tuple[Item, ...]) -> _Details:
    lines = [int(each.key) for each in items if each.kind == "correction"]
    asked = [int(each.key) for each in items if each.kind == "question"]
    by = session.execute(
        select(TaughtLine.id, Staff.name)
        .join(Staff, (Staff.shop_id == TaughtLine.shop_id) & (Staff.id == TaughtLine.staff_id))
        .where(TaughtLine.shop_id == shop_id, TaughtLine.id.in_(lines))
    ).all()
    rows = session.scalars(
        select(OpenQuestion).where(OpenQuestion.shop_id == shop_id, OpenQuestion.id.in_(asked))
    ).all()
    keys = session.scalars(
        select(ShopFact.key).where(ShopFact.shop_id == shop_id).distinct().order_by(ShopFact.key)
    ).all()
    return _Details(
        {str(row.id): row.name for row in by},
        {str(row.id): (row.text, row.language, row.count) for row in rows},
        tuple(keys),
    )


def _card(item: Item, about: _Details, actor: Actor, times: Times) -> Card:
    quote, why, choices, question = item.words, "", tuple[Choice, ...](), None
    match item.kind:
        case "held":
            endpoint, name = "work.settle_doubt", "conversation"
            why = "These words may ask for no more texts. Nothing of marketing leaves until somebody decides."
            choices = (Choice("stop", "Opt them out"), Choice("go", "They want our texts"))
        case "wrong_number":
            endpoint, name = "work.settle_number", "conversation"
            why = "Somebody else may have this number now. Nothing leaves to it until somebody decides."
            choices = (Choice("wrong", "It is a wrong number"), Choice("theirs", "It is their number"))
        case "unknown":
            endpoint, name = "work.settle_text", "text"
            why = "The connection broke while this text was handed over, and the provider cannot say what became of it."
            choices = (Choice("sent", "It arrived"), Choice("lost", "It did not"))
        case "flow":
            endpoint, name = "work.resume_flow", "flow"
            quote = f"Held: {quote}"
            why = "Its texts wait and nobody new is texted by it; who asks is answered. Read what it says before you let it go on."
            choices = (Choice("resume", "Let it go on"),)
        case "question":
            endpoint, name = "work.answer_question", "question"
            quote, language, count = about.asked.get(item.key, (item.words, "en", 0))
            why = f"Asked {count} times, and no fact answers it. Numbers and names are left out."
            question = Question(language, count, about.keys, _suggested(quote))
        case "correction":
            endpoint, name = "work.review", "line"
            quote, _, intent = item.words.rpartition(" = ")
            whose = about.by.get(item.key, "Somebody")
            why = f"{whose} says that this means: {meaning(intent)}."
            choices = (Choice("take", "Take it"), Choice("refuse", "Refuse it"))
        case _:
            assert_never(item.kind)
    return Card(
        id=f"{item.kind}-{item.key}",
        kind=item.kind,
        who=""
        if item.kind == "question"
        else item.who.replace("_", " ")
        if item.kind == "flow"
        else item.who,
        quote=quote,
        ours=item.kind == "unknown",
        why=why,
        since=times.when(item.since),
        ends=f"Without a decision it is an opt-out {times.when(item.ends_at)}." if item.ends_at else "",
        conversation=item.conversation_id,
        endpoint=endpoint,
        at={name: item.key},
        choices=choices,
        may=actor.may(MAY[item.kind]),
        question=question,
    )


def _suggested(question: str) -> str:
    """The longest words of a question, as a fact's name: `gift_cards`."""
    plain = "".join(each if each.isascii() and (each.isalpha() or each == " ") else " " for each in question)
    asked = list(dict.fromkeys(plain.lower().split()))
    # of words as long as one another the later ones: what is asked about stands last
    longest = sorted((each for each in reversed(asked) if len(each) > 3), key=len, reverse=True)[:2]
    return "_".join(each for each in asked if each in longest)[:40]


def _head(session: Session, shop_id: int, times: Times) -> Head:
    row = session.execute(
        select(ShopHead.version, ShopHead.fitted_at, ShopHead.changed_at).where(ShopHead.shop_id == shop_id)
    ).one_or_none()
    if row is None or row.version is None:
        said = "Nothing that this shop taught is in force: the reader reads as it came."
    else:
        ago = words.ago((times.now - row.fitted_at).total_seconds()) if row.fitted_at else "some time ago"
        said = f"In force: version {row.version.removeprefix('own-')}, learnt {ago}."
    due = row is not None and row.changed_at is not None
    return Head(said + (" What changed since is learnt within a minute." if due else ""), due)
