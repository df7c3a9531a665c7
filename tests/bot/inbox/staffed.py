"""Staff of the cast's shops, and conversations that are with people, for the tests of the inbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.inbox import Actor
from bot.models import Conversation, Customer, Inbound, Outbound, Staff
from bot.staff.roles import Role
from tests.support.cast import ACCOUNT, Cast, Member


def hire(session: Session, shop_id: int, name: str, now: datetime, role: Role = "agent") -> Actor:
    """Somebody who works at this shop."""
    row = Staff(
        shop_id=shop_id,
        name=name,
        email=f"{name.lower()}@{shop_id}.example",
        role=role,
        active=True,
        created_at=now,
        joined_at=now,
    )
    session.add(row)
    session.flush()
    return Actor(shop_id, row.id, name, role)


def change(session: Session, who: Member | int, **columns: Any) -> None:
    """Write these columns of a conversation."""
    number = who if isinstance(who, int) else who.conversation_id
    row = session.get_one(Conversation, number)
    for name, value in columns.items():
        setattr(row, name, value)
    row.version += 1
    session.flush()


def waits(session: Session, who: Member | int, since: datetime, reason: str = "asked for a person") -> None:
    """The bot handed this conversation over."""
    change(session, who, holder="nobody", holder_reason=reason, held_since=since)


def hear(session: Session, who: Member | int, body: str, at: datetime, **columns: Any) -> int:
    """A text of the customer's, stored as `receive` stores it; gives its number."""
    number = who if isinstance(who, int) else who.conversation_id
    conversation = session.get_one(Conversation, number)
    row = Inbound(
        shop_id=conversation.shop_id,
        conversation_id=number,
        account=ACCOUNT,
        provider_id=f"SM{number}-{body[:20]}-{at.timestamp()}",
        sender_number="+12125550100",
        body=body,
        received_at=at,
        settle_at=at,
        **columns,
    )
    session.add(row)
    session.flush()
    conversation.last_inbound_id, conversation.last_inbound_at = row.id, at
    conversation.version += 1
    session.flush()
    return row.id


def say(session: Session, who: Member | int, body: str, at: datetime, **columns: Any) -> int:
    """A text of the shop's that left at once; gives its number."""
    number = who if isinstance(who, int) else who.conversation_id
    conversation = session.get_one(Conversation, number)
    values: dict[str, Any] = {
        "author": "bot",
        "language": "en",
        "encoding": "GSM-7",
        "parts": 1,
        "kind": "answer",
        "status": "sent",
        "fence": conversation.fence,
        "due_at": at,
        "attempted_at": at,
        "created_at": at,
    }
    key = f"{number}:{body[:40]}:{at.timestamp()}"
    row = Outbound(
        shop_id=conversation.shop_id,
        conversation_id=number,
        key=key,
        public_id=f"{abs(hash(key)):032x}"[:32],
        body=body,
        **(values | columns),
    )
    session.add(row)
    session.flush()
    return row.id


def more_customers(session: Session, cast: Cast, names: list[str], now: datetime) -> list[int]:
    """Further customers of Ana's shop, each with a conversation; gives the conversations."""
    found = []
    for place, name in enumerate(names):
        customer = Customer(
            shop_id=cast.shop_id,
            external_id=f"c-{name}",
            phone=f"+1212555{120 + place:04d}",
            phone_key=f"key-{name}",
            first_name=name,
            country="US",
            created_at=now,
        )
        session.add(customer)
        session.flush()
        conversation = Conversation(
            shop_id=cast.shop_id, customer_id=customer.id, created_at=now - timedelta(days=1)
        )
        session.add(conversation)
        session.flush()
        found.append(conversation.id)
    return found
