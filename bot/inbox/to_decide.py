"""The rows behind the list of what only a person can decide: doubts, wrong numbers, unknown texts, held flows, questions,
corrections.

Owns the reading, each kind by an index of its own. Writes nothing; the list and its deeds are bot.inbox.deciding's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, assert_never, get_args

from sqlalchemy import Select, String, cast, func, null, select
from sqlalchemy.orm import Session

from bot.compliance.holds import UNDECIDED
from bot.conversations.rows import fixed
from bot.models import Conversation, Customer, Flow, Inbound, OpenQuestion, Outbound, Suppression, TaughtLine
from bot.phones import mask
from bot.teaching.questions import ASK_AFTER

Kind: TypeAlias = Literal["held", "wrong_number", "unknown", "flow", "question", "correction"]
_Rows: TypeAlias = Select[*tuple[Any, ...]]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide. `key`: what its deed takes (a conversation's number, a text's public id, a row's number)."""

    kind: Kind
    key: str
    conversation_id: int | None
    who: str
    words: str
    """What was said, or sent; of a flow, why it is held."""
    since: datetime
    ends_at: datetime | None
    """When it decides itself: a doubt becomes an opt-out (R145). None: it waits."""


def count(session: Session, shop_id: int, kind: Kind) -> int:
    """How many of this kind there are."""
    rows = _rows(shop_id, kind).order_by(None).subquery()
    return session.execute(select(func.count()).select_from(rows)).scalar_one()


def items(session: Session, shop_id: int, kind: Kind, limit: int) -> list[Item]:
    """The oldest of this kind."""
    rows: Sequence[Any] = session.execute(_rows(shop_id, kind).limit(limit)).all()
    return [_item(kind, row) for row in rows]


def doubt(session: Session, shop_id: int, conversation_id: int) -> Literal["held", "wrong_number"] | None:
    """What is in doubt about the customer of this conversation; None: nothing that a person has to decide."""
    kinds: tuple[Literal["held"], Literal["wrong_number"]] = ("held", "wrong_number")
    for kind in kinds:
        theirs = _suppressed(shop_id, kind).where(Conversation.id == conversation_id).order_by(None)
        if session.execute(theirs).first() is not None:
            return kind
    return None


def _item(kind: Kind, row: Any) -> Item:
    name = " ".join(part for part in (row.first_name, row.last_name) if part) or (
        "several customers" if kind == "question" else mask(row.phone)
    )
    return Item(
        kind=kind,
        key=str(row.key),
        conversation_id=row.conversation_id,
        who=name,
        words=row.words or "",
        since=row.since,
        ends_at=row.since + UNDECIDED if kind == "held" else None,
    )


def _rows(shop_id: int, kind: Kind) -> _Rows:
    match kind:
        case "held" | "wrong_number":
            return _suppressed(shop_id, kind)
        case "unknown":
            return (
                select(
                    Outbound.public_id.label("key"),
                    Outbound.conversation_id,
                    *_WHO,
                    Outbound.body.label("words"),
                    func.coalesce(
                        Outbound.attempted_at, Outbound.created_at, type_=Outbound.created_at.type
                    ).label("since"),
                )
                .join(Conversation, _same(Outbound.shop_id, Outbound.conversation_id))
                .join(Customer, _THEIRS)
                .where(Outbound.shop_id == shop_id, Outbound.status == fixed("unknown"))
                .order_by(Outbound.attempted_at, Outbound.id)
            )
        case "flow":
            return (
                select(
                    Flow.id.label("key"),
                    null().label("conversation_id"),
                    Flow.name.label("first_name"),
                    null().label("last_name"),
                    null().label("phone"),
                    Flow.held_why.label("words"),
                    Flow.held_at.label("since"),
                )
                .where(Flow.shop_id == shop_id, Flow.held_at.is_not(None))
                .order_by(Flow.held_at, Flow.id)
            )
        case "question":
            words = OpenQuestion.text + " (" + cast(OpenQuestion.count, String) + " times)"
            return (
                select(
                    OpenQuestion.id.label("key"),
                    null().label("conversation_id"),
                    null().label("first_name"),
                    null().label("last_name"),
                    null().label("phone"),
                    words.label("words"),
                    OpenQuestion.last_at.label("since"),
                )
                .where(
                    OpenQuestion.shop_id == shop_id,
                    OpenQuestion.state == "open",
                    OpenQuestion.count >= ASK_AFTER,
                )
                .order_by(OpenQuestion.last_at, OpenQuestion.id)
            )
        case "correction":
            return (
                select(
                    TaughtLine.id.label("key"),
                    Conversation.id.label("conversation_id"),
                    *_WHO,
                    (TaughtLine.text + " = " + TaughtLine.intent).label("words"),
                    TaughtLine.at.label("since"),
                )
                .outerjoin(
                    Customer,
                    (Customer.shop_id == TaughtLine.shop_id) & (Customer.id == TaughtLine.customer_id),
                )
                .outerjoin(Conversation, _THEIRS)
                .where(TaughtLine.shop_id == shop_id, TaughtLine.state == "waiting")
                .order_by(TaughtLine.at, TaughtLine.id)
            )
        case _:
            assert_never(kind)


def _suppressed(shop_id: int, kind: Literal["held", "wrong_number"]) -> _Rows:
    """Numbers that a doubt stands against, with the last words that were heard from them. A number that is confirmed to
    be somebody else's is decided."""
    return (
        select(
            Conversation.id.label("key"),
            Conversation.id.label("conversation_id"),
            *_WHO,
            Inbound.body.label("words"),
            Suppression.since,
        )
        .join(
            Customer,
            (Customer.shop_id == Suppression.shop_id) & (Customer.phone_key == Suppression.phone_key),
        )
        .join(Conversation, _THEIRS)
        .outerjoin(
            Inbound, (Inbound.shop_id == Conversation.shop_id) & (Inbound.id == Conversation.last_inbound_id)
        )
        .where(
            Suppression.shop_id == shop_id, Suppression.kind == fixed(kind), Customer.number_state != "moved"
        )
        .order_by(Suppression.since, Conversation.id)
    )


def _same(shop_id: Any, conversation_id: Any) -> Any:
    return (Conversation.shop_id == shop_id) & (Conversation.id == conversation_id)


_WHO = (Customer.first_name, Customer.last_name, Customer.phone)
_THEIRS = (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id)
