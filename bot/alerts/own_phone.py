"""A text to a person's own confirmed phone, and their answer from there: «Ana: we have it, 10 am» goes to Ana.

Owns both ways. The notice is a text of the shop's in the person's own conversation, through the gate, which keeps it out of
the night; it says by which name to answer. An answer is written as if it had been typed in the inbox (bot.inbox.replying):
same lock, same gate, same record, and whoever answers hears what became of it. Which text is such an answer, says
bot.conversations.own_answers.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.alerts.outcomes import Delivered, Delivery, Never
from bot.clock import domain_now
from bot.compose import App
from bot.conversations import own_answers
from bot.conversations.customers import find_or_make
from bot.conversations.own_answers import KEY
from bot.conversations.rows import insert_once
from bot.inbox import Actor, Gone, HeldBy, NotAllowed, TooLate
from bot.inbox.replying import NewerText, WouldBeDenied, WouldWait, Writing, Written, write
from bot.inbox.wording import Unsayable
from bot.models import (
    ConfirmedPhone,
    Conversation,
    Customer,
    Inbound,
    Notice,
    Notification,
    Outbound,
    Shop,
    Staff,
)
from bot.staff.roles import role_named
from flows.render import day_words
from flows.segments import measure, tidy
from flows.zones import zone_named

EXPIRES = timedelta(hours=12)
QUOTED = 80
"""Characters of the customer's text that a notice shows."""


def tell(app: App, shop_id: int, notice_id: int, phone_id: int) -> Delivery:
    """Write the text of this notice to that confirmed phone."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        row: Any = session.execute(
            select(Notification, ConfirmedPhone)
            .join(
                Notice, (Notice.shop_id == Notification.shop_id) & (Notice.notification_id == Notification.id)
            )
            .join(ConfirmedPhone, ConfirmedPhone.shop_id == Notice.shop_id)
            .where(Notice.shop_id == shop_id, Notice.id == notice_id, ConfirmedPhone.id == phone_id)
        ).one_or_none()
        if row is None or row[1].confirmed_at is None:
            return Never("the phone is not confirmed any more")
        matter, phone = row
        party = find_or_make(session, app.keys, shop_id, phone.phone, now)
        words, about = _words(session, shop_id, matter, party.conversation_id, now)
        _write(session, shop_id, party.conversation_id, f"{KEY}{notice_id}", words, about, now)
    app.bell.ring("sends")
    return Delivered()


def hand_on(app: App, shop_id: int, inbound_id: int) -> Delivery:
    """Write what was answered to the customer it is for, and tell whoever answered what became of it."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        found: Any = session.execute(
            select(Inbound, Customer.phone)
            .join(
                Conversation,
                (Conversation.shop_id == Inbound.shop_id) & (Conversation.id == Inbound.conversation_id),
            )
            .join(
                Customer,
                (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id),
            )
            .where(Inbound.shop_id == shop_id, Inbound.id == inbound_id)
        ).one_or_none()
        if found is None:
            return Never("there is no such text any more")
        inbound, phone = found
        together = session.scalars(
            select(Inbound.body)
            .where(
                Inbound.shop_id == shop_id,
                Inbound.conversation_id == inbound.conversation_id,
                Inbound.id >= inbound.id,
                Inbound.turned_at == inbound.turned_at,
            )
            .order_by(Inbound.id)
        )
        said = own_answers.parted(list(together))
        its = said and own_answers.about(
            session, shop_id, inbound.conversation_id, said[0], inbound.received_at
        )
        actor = _actor(session, shop_id, phone)
        if said is None or not its or actor is None:
            return Never("nobody to answer, or nobody who may")
        outcome = write(
            session,
            app,
            its["conversation"],
            said[1],
            actor,
            its["seen"],
            now,
            form=f"phone:{inbound_id}",
            wait=True,
        )
        if isinstance(outcome, Written) and outcome.again:
            return Delivered()
        shop = session.get_one(Shop, shop_id)
        words, seen = _said(its["name"], outcome, shop.zone, now)
        about = {**its, "seen": seen or its["seen"]}
        _write(session, shop_id, inbound.conversation_id, f"{KEY}said:{inbound_id}", words, about, now)
    app.bell.ring("sends")
    return Delivered()


def _words(
    session: Session, shop_id: int, matter: Notification, here: int, now: datetime
) -> tuple[str, dict[str, Any] | None]:
    row = session.execute(
        select(
            Customer.first_name,
            Customer.last_name,
            Customer.phone,
            Conversation.last_inbound_id,
            Inbound.body,
        )
        .select_from(Conversation)
        .join(
            Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id)
        )
        .outerjoin(
            Inbound, (Inbound.shop_id == Conversation.shop_id) & (Inbound.id == Conversation.last_inbound_id)
        )
        .where(Conversation.shop_id == shop_id, Conversation.id == (matter.conversation_id or 0))
    ).one_or_none()
    if row is None:
        return f"Winback: {matter.line}.", None
    name = _name(session, shop_id, here, row.first_name or (row.phone or "")[-4:] or "Somebody", matter, now)
    quoted = " ".join((row.body or "").split())
    quote = f' "{quoted[:QUOTED]}{"..." if len(quoted) > QUOTED else ""}"' if quoted else ""
    about = {
        "name": name,
        "conversation": matter.conversation_id,
        "seen": row.last_inbound_id,
        "notification": matter.id,
    }
    return f"{name} {matter.line}.{quote} Answer here: {name}: your words", about


def _name(session: Session, shop_id: int, here: int, name: str, matter: Notification, now: datetime) -> str:
    """By which name to answer: a second Ana is «Ana 2»."""
    name = " ".join(name.replace(":", " ").split())[:24]
    taken = {
        each["name"].casefold(): each["conversation"]
        for each in reversed(own_answers.lately(session, shop_id, here, now))
    }
    for number in range(1, 50):
        called = name if number == 1 else f"{name} {number}"
        if taken.get(called.casefold(), matter.conversation_id) == matter.conversation_id:
            return called
    return name


def _actor(session: Session, shop_id: int, phone: str | None) -> Actor | None:
    """Who answers: whose phone it is; where nobody said, the shop's first owner."""
    its = session.execute(
        select(ConfirmedPhone.staff_id).where(
            ConfirmedPhone.shop_id == shop_id,
            ConfirmedPhone.phone == phone,
            ConfirmedPhone.confirmed_at.is_not(None),
        )
    ).one_or_none()
    if its is None:
        return None
    asked = select(Staff).where(Staff.shop_id == shop_id, Staff.active.is_(True)).order_by(Staff.id).limit(1)
    wanted = Staff.id == its[0] if its[0] is not None else Staff.role == "owner"
    row = session.execute(asked.where(wanted)).scalar_one_or_none()
    role = role_named(row.role) if row else None
    return Actor(shop_id, row.id, row.name, role) if row and role else None


def _said(name: str, outcome: Writing, zone: str, now: datetime) -> tuple[str, int | None]:
    """What whoever answered is told, and the last text of the customer that they have seen with it."""
    match outcome:
        case Written(leaves_at=at) if at - now < timedelta(minutes=2):
            return f"Sent to {name}.", None
        case Written(leaves_at=at):
            local = at.astimezone(zone_named(zone))
            return f"Goes to {name} on {day_words(at, now, zone, 'en')} at {local:%H:%M}.", None
        case NewerText(texts=texts):
            newer = " / ".join(" ".join(each.body.split())[:QUOTED] for each in texts[-2:])
            return f'Not sent: {name} wrote since: "{newer}" Answer again: {name}: your words', texts[-1].id
        case WouldBeDenied(words=why) | WouldWait(words=why) | Unsayable(why=why) | TooLate(why=why):
            return f"Not sent to {name}: {why}", None
        case HeldBy(name=colleague):
            return f"Not sent: {colleague} speaks with {name}.", None
        case Gone() | NotAllowed():
            return f"Not sent to {name}: you may not.", None
        case _:
            assert_never(outcome)


def _write(
    session: Session,
    shop_id: int,
    conversation_id: int,
    key: str,
    words: str,
    about: dict[str, Any] | None,
    now: datetime,
) -> None:
    """A text to the person's own phone; once, by its key."""
    body = tidy(words)
    size = measure(body)
    fence, read = session.execute(
        select(Conversation.fence, Conversation.last_inbound_id).where(
            Conversation.shop_id == shop_id, Conversation.id == conversation_id
        )
    ).one()
    values = {
        "shop_id": shop_id,
        "public_id": uuid.uuid4().hex,
        "conversation_id": conversation_id,
        "key": key,
        "author": "staff",
        "effect": {"about": about} if about else None,
        "body": body,
        "language": "en",
        "encoding": size.encoding,
        "parts": size.parts,
        "kind": "staff",
        "status": "ready",
        "fence": fence,
        "read_inbound_id": read,
        "due_at": now,
        "expires_at": now + EXPIRES,
        "ordinal": 0,
        "attempts": 0,
        "created_at": now,
    }
    insert_once(session, Outbound, values)
