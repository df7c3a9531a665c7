"""What is forgotten of an erased customer, table by table, a batch at a time.

Owns which columns carry something personal. Rows stay where something else points to them or counts them, without what
was said: texts, turns, links. Only what came up to the erasure is touched: who comes back afterwards is a new customer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from bot.conversations import pictures
from bot.conversations.rows import insert_once
from bot.models import (
    Base,
    Cart,
    Click,
    ConsentPayload,
    Conversation,
    Enrolment,
    Inbound,
    Journal,
    LedgerEntry,
    Link,
    OpenQuestion,
    Order,
    OrderLine,
    Outbound,
    ProviderCopy,
    Sender,
    Shop,
    ShopFact,
    ShopHead,
    StatusReport,
    TaughtLine,
)

BATCH = 100
"""Rows a transaction: on SQLite webhooks wait for it."""
NOTHING: Mapping[str, Any] = {"erased": True}
"""What stands where an event or its facts stood: a replay says «erased»."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Whose data go, in plain values. `asked_at`: up to when (domain time)."""

    erasure_id: int
    shop_id: int
    phone_key: str
    customer_id: int | None
    asked_at: datetime


Find: TypeAlias = Callable[[Session, Erased, int], list[int]]
"""The next BATCH ids after that one. Only reads: some of it can't be found over an index, and nobody waits for it."""
Clear: TypeAlias = Callable[[Session, Erased, list[int]], int | None]
"""Empties these rows; gives how many things that were, where it is not one a row. May be done twice."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """One table's part."""

    name: str
    find: Find
    clear: Clear


def _received(session: Session, erased: Erased, after: int) -> list[int]:
    theirs = Inbound.conversation_id.in_(_theirs(erased))
    return _next(session, Inbound, erased, after, theirs, Inbound.received_at <= erased.asked_at)


def _clear_received(session: Session, erased: Erased, ids: list[int]) -> None:
    rows = session.execute(
        select(Inbound.account, Inbound.provider_id).where(Inbound.id.in_(ids), Inbound.kind != "call")
    ).all()
    for account, provider_id in rows:
        expect_copy(session, erased, account, provider_id)
    _empty(session, Inbound, ids, {"body": "", "media": [], "reading": None})


def _customer(_session: Session, erased: Erased, after: int) -> list[int]:
    return [erased.customer_id] if erased.customer_id is not None and erased.customer_id > after else []


def _clear_pictures(session: Session, erased: Erased, ids: list[int]) -> int:
    return sum(pictures.forget(session, erased.shop_id, customer_id) for customer_id in ids)


def _sent(session: Session, erased: Erased, after: int) -> list[int]:
    theirs = Outbound.conversation_id.in_(_theirs(erased))
    return _next(session, Outbound, erased, after, theirs, Outbound.created_at <= erased.asked_at)


def _clear_sent(session: Session, erased: Erased, ids: list[int]) -> None:
    copies_of_sent(session, erased, ids)
    _empty(session, Outbound, ids, {"body": "", "effect": None})


def copies_of_sent(session: Session, erased: Erased, ids: Sequence[int]) -> int:
    """Ask for the copies of these texts, and forget what the carriers' reports on them say; gives how many are new.

    A row does not tell its account: with several, each is asked, and all but one have never heard of it.
    """
    rows = session.execute(select(Outbound.public_id, Outbound.provider_id).where(Outbound.id.in_(ids))).all()
    accounts = session.scalars(
        select(Sender.account).where(Sender.shop_id == erased.shop_id).distinct()
    ).all()
    names = [row.provider_id for row in rows if row.provider_id]
    session.execute(
        update(StatusReport)
        .where(StatusReport.outbound_public_id.in_([row.public_id for row in rows]))
        .values(raw={})
    )
    return sum(expect_copy(session, erased, account, name) for account in accounts for name in names)


def expect_copy(session: Session, erased: Erased, account: str, provider_id: str) -> bool:
    """Have the provider asked to delete this text. False: it is on the list already."""
    values = {
        "shop_id": erased.shop_id,
        "erasure_id": erased.erasure_id,
        "account": account,
        "provider_id": provider_id,
        "status": "waiting",
        "tries": 0,
        "next_try_at": erased.asked_at.replace(year=2000),  # real time, and long ago: at the next run
    }
    return insert_once(session, ProviderCopy, values) is not None


def _turns(session: Session, erased: Erased, after: int) -> list[int]:
    theirs = Journal.enrolment_id.in_(_passages(erased))
    return _next(session, Journal, erased, after, theirs, Journal.at <= erased.asked_at)


def _clear_turns(session: Session, _erased: Erased, ids: list[int]) -> None:
    empty: dict[str, Any] = {
        "event": dict(NOTHING),
        "facts": dict(NOTHING),
        "effects": [],
        "texts": [],
        "state": None,
    }
    _empty(session, Journal, ids, empty)


def _states(session: Session, erased: Erased, after: int) -> list[int]:
    theirs = Enrolment.id.in_(_passages(erased))
    return _next(session, Enrolment, erased, after, theirs, Enrolment.started_at <= erased.asked_at)


def _clear_states(session: Session, _erased: Erased, ids: list[int]) -> None:
    """What was collected of them (names, wishes) lies in the engine's state."""
    for row in session.scalars(select(Enrolment).where(Enrolment.id.in_(ids))):
        row.state = {**row.state, "values": {}}
    session.flush()


def _taught(session: Session, erased: Erased, after: int) -> list[int]:
    """Their words that became lines for the reader."""
    return _next(session, TaughtLine, erased, after, TaughtLine.customer_id == erased.customer_id)


def _clear_taught(session: Session, erased: Erased, ids: list[int]) -> None:
    """The weights in force are fitted anew without them within a minute (bot.teaching.refit)."""
    session.execute(delete(TaughtLine).where(TaughtLine.id.in_(ids)))
    session.execute(
        update(ShopHead).where(ShopHead.shop_id == erased.shop_id).values(changed_at=erased.asked_at)
    )


def _asked(session: Session, erased: Erased, after: int) -> list[int]:
    """Their words that stand for a question without an answer."""
    return _next(session, OpenQuestion, erased, after, OpenQuestion.customer_id == erased.customer_id)


def _clear_asked(session: Session, erased: Erased, ids: list[int]) -> None:
    """The facts that were made of them stay, for they are the shop's words; how this customer asked goes."""
    asked = select(OpenQuestion.language, OpenQuestion.text).where(OpenQuestion.id.in_(ids))
    for language, text in session.execute(asked).all():
        facts = select(ShopFact).where(ShopFact.shop_id == erased.shop_id, ShopFact.language == language)
        for fact in session.scalars(facts):
            if text in fact.asked_as.splitlines():
                fact.asked_as = "\n".join(each for each in fact.asked_as.splitlines() if each != text)
    session.flush()
    session.execute(delete(OpenQuestion).where(OpenQuestion.id.in_(ids)))


def _links(session: Session, erased: Erased, after: int) -> list[int]:
    theirs = Link.customer_id == erased.customer_id
    return _next(session, Link, erased, after, theirs, Link.created_at <= erased.asked_at)


def _clear_links(session: Session, erased: Erased, ids: list[int]) -> None:
    """An old link leads to the shop's front door from now on."""
    front = select(Shop.site_url).where(Shop.id == erased.shop_id).scalar_subquery()
    visits = (Click.shop_id == erased.shop_id, Click.link_id.in_(ids))
    session.execute(update(Click).where(*visits).values(agent="", choice=None))
    _empty(session, Link, ids, {"target": front, "purpose": "shop", "products": None})


def _carts(session: Session, erased: Erased, after: int) -> list[int]:
    """All of them: a platform's clock may be ahead of ours."""
    return _next(session, Cart, erased, after, Cart.customer_id == erased.customer_id)


def _clear_carts(session: Session, _erased: Erased, ids: list[int]) -> None:
    """What they nearly bought is nobody's business any more."""
    session.execute(delete(Cart).where(Cart.id.in_(ids)))


def _order_lines(session: Session, erased: Erased, after: int) -> list[int]:
    orders = select(Order.id).where(
        Order.shop_id == erased.shop_id,
        Order.customer_id == erased.customer_id,
        Order.placed_at <= erased.asked_at,
    )
    return _next(session, OrderLine, erased, after, OrderLine.order_id.in_(orders))


def _clear_order_lines(session: Session, _erased: Erased, ids: list[int]) -> None:
    """What they bought. That they bought, and for how much, stays in the shop's figures."""
    session.execute(delete(OrderLine).where(OrderLine.id.in_(ids)))


def _proofs(session: Session, erased: Erased, after: int) -> list[int]:
    theirs = LedgerEntry.phone_key == erased.phone_key
    said = (
        LedgerEntry.payload_hash != ""
    )  # of its own accord a link has no personal half; then there is nothing to clear
    return _next(session, LedgerEntry, erased, after, theirs, said, LedgerEntry.at <= erased.asked_at)


def _clear_proofs(session: Session, _erased: Erased, ids: list[int]) -> None:
    """The personal half of the ledger, salts included: the chain still checks, and no way leads back to the words."""
    session.execute(delete(ConsentPayload).where(ConsentPayload.ledger_id.in_(ids)))


FORGETTING: tuple[Forgotten, ...] = (
    Forgotten("pictures", _customer, _clear_pictures),
    Forgotten("texts received", _received, _clear_received),
    Forgotten("texts sent", _sent, _clear_sent),
    Forgotten("turns", _turns, _clear_turns),
    Forgotten("passages", _states, _clear_states),
    Forgotten("taught lines", _taught, _clear_taught),
    Forgotten("open questions", _asked, _clear_asked),
    Forgotten("links", _links, _clear_links),
    Forgotten("carts", _carts, _clear_carts),
    Forgotten("order lines", _order_lines, _clear_order_lines),
    Forgotten("proofs' personal halves", _proofs, _clear_proofs),
)
"""In this order. Signals are not among them: what waits for a turn says that something happened, and nothing of anybody."""


def _theirs(erased: Erased) -> Any:
    return select(Conversation.id).where(
        Conversation.shop_id == erased.shop_id, Conversation.customer_id == erased.customer_id
    )


def _passages(erased: Erased) -> Any:
    return select(Enrolment.id).where(
        Enrolment.shop_id == erased.shop_id, Enrolment.customer_id == erased.customer_id
    )


def _next(
    session: Session, table: type[Base], erased: Erased, after: int, *where: ColumnElement[bool]
) -> list[int]:
    c = table.__table__.c
    rows = session.scalars(
        select(c.id).where(c.shop_id == erased.shop_id, c.id > after, *where).order_by(c.id).limit(BATCH)
    )
    return list(rows)


def _empty(session: Session, table: type[Base], ids: Sequence[int], values: Mapping[str, Any]) -> None:
    session.execute(
        update(table)
        .where(table.__table__.c.id.in_(ids))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
