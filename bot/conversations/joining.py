"""Somebody signs up elsewhere than by text: into the ledger, and what we owe them by text is left for the front desk.

Owns the way from a sign-up to the question, or to the confirmation. What the sign-up is worth is bot.compliance.signups';
whether the text may leave, the gate's. Works in the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.compliance.signups import NewSignup, Outcome, mark_asked, sign_up
from bot.conversations.customers import Party, find_or_make
from bot.conversations.desk import front_desk
from bot.conversations.signals import signal
from bot.conversations.subjects import subject_of
from bot.keys import Keys
from bot.models import Conversation, Customer
from bot.shops import ShopSettings
from flows.events import OptedIn, SignedUp


def join(
    session: Session,
    keys: Keys,
    shop_id: int,
    phone: str,
    new: NewSignup,
    settings: ShopSettings,
    now: datetime,
    *,
    language: str | None = None,
) -> Outcome:
    """Take a sign-up of this number (E.164) and leave what follows for the next turn. The caller rings the bell."""
    party = find_or_make(session, keys, shop_id, phone, now)
    if language is not None:
        session.execute(
            update(Customer)
            .where(Customer.id == party.customer_id, Customer.language.is_(None))
            .values(language=language)
        )
    outcome = sign_up(session, shop_id, party.phone_key, new, double=settings.double_opt_in, at=now)
    match outcome:
        case "asked":
            ask(session, party, settings, now, source=new.source)
        case "consented":
            _tell_desk(session, party, OptedIn(new.source, confirm=True), now)
        case "known" | "needs_start" | "waits":
            pass
    return outcome


def ask(session: Session, party: Party, settings: ShopSettings, now: datetime, *, source: str) -> None:
    """Have the front desk ask whoever signed up to confirm it."""
    mark_asked(session, party.shop_id, party.phone_key, at=now, hours=settings.confirm_within_hours)
    _tell_desk(session, party, SignedUp(source), now)


def _tell_desk(session: Session, party: Party, event: SignedUp | OptedIn, now: datetime) -> None:
    conversation = session.execute(
        select(Conversation).where(Conversation.id == party.conversation_id).with_for_update()
    ).scalar_one()
    desk = front_desk(session, subject_of(session, conversation), now)
    key = f"{type(event).__name__.lower()}:{party.conversation_id}:{now.isoformat()}"
    signal(session, party.shop_id, party.conversation_id, desk.id, key, event, now)
