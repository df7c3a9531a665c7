"""Erasing a customer: what identifies them goes, what proves how they were treated stays under a keyed hash (R153).

Owns the order. The first transaction ends everything that is under way, empties the profile and suppresses the number
(R152: a person who wants to be forgotten is put on the list instead of being found again by the next import). From then
on nothing can be said to them. The rest follows in small transactions (bot.privacy.forgetting), the provider's copies by
an errand (bot.privacy.provider_copies). Killed in between, the row in `erasures` says what is left, and the clock goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.alerts.forgetting import forget as forget_notices
from bot.clock import domain_now
from bot.compliance import consent
from bot.compose import App
from bot.conversations.rows import insert_once
from bot.models import (
    Audit,
    ConfirmedPhone,
    Conversation,
    Customer,
    Draft,
    Enrolment,
    Erasure,
    Inbound,
    LedgerEntry,
    Note,
    Outbound,
    Promise,
    ReadMark,
    Sender,
    Signal,
    Signup,
    StrayText,
    Timer,
    Watch,
)
from bot.privacy.forgetting import FORGETTING, Erased

KEPT = frozenset({"id", "shop_id", "phone_key", "created_at", "erased_at", "country", "number_state"})
"""Columns of a customer that stay: the key, and what says nothing of a person. Order figures are the shop's books."""
_BOOKS = frozenset({"orders_count", "spent_cents", "first_order_at", "last_order_at", "refunded_order_at"})
_EMPTY: Mapping[str, Any] = {"attributes": {}}
"""What a column that can't be empty becomes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An erasure that is noted and in force. `new`: not before."""

    erasure_id: int
    new: bool


def erase(app: App, shop_id: int, phone: str, *, by: str) -> Erasure | None:
    """Erase this number (E.164) at this shop, all of it that lies here. None: nothing is known of it.

    Twice is once. What the provider has is asked for afterwards.
    """
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        key = app.keys.phone_key(shop_id, phone)
        asked = ask(session, shop_id, key, now, by=by, phone=phone)
    if asked is None:
        return None
    carry_out(app, asked.erasure_id)
    with app.database.read() as session:
        return session.get_one(Erasure, asked.erasure_id)


def ask(
    session: Session, shop_id: int, phone_key: str, now: datetime, *, by: str, phone: str
) -> Asked | None:
    """Put it into force, in the caller's transaction. None: neither a customer nor the ledger knows this number."""
    conversation, customer = _locked(session, shop_id, phone_key)
    session.execute(delete(Signup).where(Signup.shop_id == shop_id, Signup.phone_key == phone_key))
    if customer is None and not _in_ledger(session, shop_id, phone_key):
        return None
    there = session.execute(
        select(Erasure).where(Erasure.shop_id == shop_id, Erasure.phone_key == phone_key).with_for_update()
    ).scalar_one_or_none()
    if there is not None and (customer is None or customer.erased_at is not None):
        return Asked(there.id, new=False)
    customer_id = customer.id if customer else None
    if there is None:
        key = {"shop_id": shop_id, "phone_key": phone_key}
        made = insert_once(
            session, Erasure, {**key, "customer_id": customer_id, "asked_at": now, "counts": {}}
        )
        if made is None:
            raise RuntimeError("two erasures of one number at once: run it again")
        erasure_id = made
    else:  # they came back since, and want to be forgotten again
        there.asked_at, there.finished_at, there.customer_id = now, None, customer_id
        erasure_id = there.id
    consent.opt_out(session, shop_id, phone_key, source="erasure", at=now, details={"erasure": erasure_id})
    if phone:  # without one, every bare tombstone of every shop would be meant
        _forget_strays(session, shop_id, phone)
    session.execute(
        delete(ConfirmedPhone).where(ConfirmedPhone.shop_id == shop_id, ConfirmedPhone.phone == phone)
    )
    if customer is not None:
        _end(session, customer, conversation, now)
        _empty(customer, now)
    details = {"erasure": erasure_id, "phone_key": phone_key}
    session.add(Audit(shop_id=shop_id, actor=by[:100], action="customer erased", details=details, at=now))
    return Asked(erasure_id, new=True)


def carry_out(app: App, erasure_id: int) -> None:
    """Forget what is left of it, a small transaction at a time. May be killed anywhere and called again."""
    with app.database.read() as session:
        row = session.get_one(Erasure, erasure_id)
        erased = Erased(row.id, row.shop_id, row.phone_key, row.customer_id, row.asked_at)
        finished, counts = row.finished_at, Counter[str](row.counts)
    if finished is not None:
        return
    for part in FORGETTING:
        after = 0
        while True:
            with app.database.read() as session:
                ids = part.find(session, erased, after)
            if not ids:
                break
            after = ids[-1]
            with app.database.write() as session:
                done = part.clear(session, erased, ids)
                counts[part.name] += len(ids) if done is None else done
                _count(session, erased, counts)
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        session.execute(
            update(Erasure)
            .where(Erasure.id == erasure_id, Erasure.asked_at == erased.asked_at)
            .values(finished_at=now)
        )


def carry_on(app: App) -> int:
    """Finish what was begun and killed; gives how many."""
    with app.database.read() as session:
        found = list(session.scalars(select(Erasure.id).where(Erasure.finished_at.is_(None)).limit(20)))
    for erasure_id in found:
        carry_out(app, erasure_id)
    return len(found)


def _count(session: Session, erased: Erased, counts: Counter[str]) -> None:
    told = {name: number for name, number in counts.items() if number}
    session.execute(update(Erasure).where(Erasure.id == erased.erasure_id).values(counts=told))


def _forget_strays(session: Session, shop_id: int, phone: str) -> None:
    """Those to no other shop's number, in the provider accounts that this shop uses. What was sent to another shop is that
    shop's (I13), and goes when its time is over."""
    accounts = select(Sender.account).where(Sender.shop_id == shop_id)
    others = select(Sender.number).where(Sender.shop_id != shop_id)
    session.execute(
        delete(StrayText)
        .where(
            StrayText.from_number == phone,
            StrayText.account.in_(accounts),
            StrayText.to_number.not_in(others),
        )
        .execution_options(synchronize_session=False)
    )


def _in_ledger(session: Session, shop_id: int, phone_key: str) -> bool:
    return (
        session.execute(
            select(LedgerEntry.id)
            .where(LedgerEntry.shop_id == shop_id, LedgerEntry.phone_key == phone_key)
            .limit(1)
        ).first()
        is not None
    )


def _locked(session: Session, shop_id: int, phone_key: str) -> tuple[Conversation | None, Customer | None]:
    """The conversation first, as everybody locks: that is what orders an erasure against turns and claims."""
    whose = select(Customer.id).where(Customer.shop_id == shop_id, Customer.phone_key == phone_key)
    conversation = session.execute(
        select(Conversation)
        .where(Conversation.shop_id == shop_id, Conversation.customer_id.in_(whose))
        .with_for_update()
    ).scalar_one_or_none()
    customer = session.execute(
        select(Customer).where(Customer.shop_id == shop_id, Customer.phone_key == phone_key).with_for_update()
    ).scalar_one_or_none()
    return conversation, customer


def _end(session: Session, customer: Customer, conversation: Conversation | None, now: datetime) -> None:
    """Conversations under way end, and nothing of theirs waits any more."""
    session.execute(
        update(Enrolment)
        .where(
            Enrolment.shop_id == customer.shop_id,
            Enrolment.customer_id == customer.id,
            Enrolment.status == "active",
        )
        .values(status="ended", outcome="erased", ended_at=now)
    )
    if conversation is None:
        return
    mine = conversation.id
    session.execute(
        update(Timer).where(Timer.conversation_id == mine, Timer.status == "armed").values(status="stale")
    )
    session.execute(
        update(Signal).where(Signal.conversation_id == mine, Signal.taken_at.is_(None)).values(taken_at=now)
    )
    session.execute(
        update(Inbound)
        .where(Inbound.conversation_id == mine, Inbound.turned_at.is_(None))
        .values(turned_at=now)
    )
    session.execute(
        update(Outbound)
        .where(Outbound.conversation_id == mine, Outbound.status == "ready")
        .values(status="withheld", why="erased", lease_until=None)
    )
    session.execute(  # a listing would find it by number and words, and both go
        update(Outbound)
        .where(Outbound.conversation_id == mine, Outbound.status == "unknown")
        .values(status="lost", why="erased before it was known")
    )
    _forget_work(session, conversation)
    conversation.holder, conversation.staff_id, conversation.holder_reason = "bot", None, None
    conversation.held_since = conversation.open_matter = conversation.language = None
    conversation.floor_enrolment_id = conversation.work_due_at = None
    conversation.fence += 1
    conversation.version += 1


def _forget_work(session: Session, conversation: Conversation) -> None:
    """What colleagues wrote of them, began to write to them and promised them; and whose they were to answer."""
    forget_notices(session, conversation.shop_id, conversation.id)
    for table in (Note, Draft, Promise, ReadMark, Watch):
        session.execute(
            delete(table).where(
                table.shop_id == conversation.shop_id, table.conversation_id == conversation.id
            )
        )
    conversation.assignee_id = conversation.team = conversation.owed_since = None
    conversation.snoozed_until = conversation.closed_at = conversation.return_at = None
    conversation.returned_at = conversation.marketing_paused_until = None
    conversation.bot_drafts = False


def _empty(customer: Customer, now: datetime) -> None:
    for column in Customer.__table__.columns:
        if column.name not in KEPT | _BOOKS:
            setattr(customer, column.name, _EMPTY.get(column.name))
    customer.erased_at = now
