"""Somebody signs up elsewhere than by text: into the ledger, and what we owe them by text is left for the front desk.

Owns the way from a sign-up to the question, or to the confirmation. What the sign-up is worth is bot.compliance.signups';
whether the text may leave, the gate's. Works in the caller's transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from bot.compliance.signups import IN_DAYS, MOST_QUESTIONS, NewSignup, Outcome, mark_asked, sign_up
from bot.conversations.customers import Party, conversation_of, find_or_make
from bot.conversations.desk import front_desk
from bot.conversations.signals import signal
from bot.conversations.subjects import subject_of
from bot.keys import Keys
from bot.models import Conversation, Customer, LedgerEntry, Shop, Signup, Suppression
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
    if party.erased:
        return _of_nobody(session, party, new, now)
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


def _of_nobody(session: Session, party: Party, new: NewSignup, now: datetime) -> Outcome:
    """An erased number was typed, by whomever: nothing of them comes back before the phone itself texts START. That then
    confirms this sign-up, of which the words stay, and nothing that leads to a person (R153)."""
    bare = replace(new.proof, phone=None, address=None, agent=None, words=None, reason=None, evidence=None)
    waits = replace(new, proof=bare)
    outcome = sign_up(session, party.shop_id, party.phone_key, waits, double=True, at=now)
    return "known" if outcome == "known" else "needs_start"


def ask(session: Session, party: Party, settings: ShopSettings, now: datetime, *, source: str) -> None:
    """Have the front desk ask whoever signed up to confirm it."""
    mark_asked(session, party.shop_id, party.phone_key, at=now, hours=settings.confirm_within_hours)
    _tell_desk(session, party, SignedUp(source), now)


def waiting(session: Session, shop_id: int, now: datetime) -> int:
    """How many signed up and have not been asked."""
    return session.execute(select(func.count()).select_from(_waiting(shop_id, now).subquery())).scalar_one()


def ask_waiting(session: Session, shop_id: int, now: datetime, *, most: int) -> int:
    """Ask so many of those who signed up elsewhere, the oldest sign-up first; gives how many."""
    settings = ShopSettings.model_validate(session.get_one(Shop, shop_id).settings)
    rows = session.execute(_waiting(shop_id, now).order_by(Signup.at).limit(most)).all()
    for row in rows:
        conversation = conversation_of(session, shop_id, row.customer_id, now)
        party = Party(shop_id, row.customer_id, conversation, row.phone_key)
        ask(session, party, settings, now, source=row.source)
    return len(rows)


def _waiting(shop_id: int, now: datetime) -> Select[str, str, int]:
    """Sign-ups of files that nobody asked about, of numbers that may be asked. Who used the page was asked there and then,
    or had been too often."""
    return (
        select(Signup.phone_key, Signup.source, Customer.id.label("customer_id"))
        .join(Customer, (Customer.shop_id == Signup.shop_id) & (Customer.phone_key == Signup.phone_key))
        .outerjoin(
            Suppression,
            (Suppression.shop_id == Signup.shop_id) & (Suppression.phone_key == Signup.phone_key),
        )
        .where(
            Signup.shop_id == shop_id,
            Signup.asked_at.is_(None),
            Signup.until > now,
            Signup.source != "signup",
            _asked_seldom(now),
            Suppression.phone_key.is_(None),
            Customer.phone.is_not(None),
            Customer.number_state == "ok",
            Customer.country.in_(_MAY_BE_ASKED),
        )
    )


def _asked_seldom(now: datetime) -> ColumnElement[bool]:
    """Each sign-up brings one question at most; so whoever signed up too often to be asked on the page is not asked here."""
    times = select(func.count(LedgerEntry.id)).where(
        LedgerEntry.shop_id == Signup.shop_id,
        LedgerEntry.phone_key == Signup.phone_key,
        LedgerEntry.act == "signed_up",
        LedgerEntry.at > now - IN_DAYS,
    )
    return times.scalar_subquery() <= MOST_QUESTIONS


_MAY_BE_ASKED = ("US", "PR", "VI", "GU", "AS", "MP")
"""R150, R155: later than the sign-up itself, a text that asks for consent needs one, but for the US and its territories."""


def _tell_desk(session: Session, party: Party, event: SignedUp | OptedIn, now: datetime) -> None:
    conversation = session.execute(
        select(Conversation).where(Conversation.id == party.conversation_id).with_for_update()
    ).scalar_one()
    desk = front_desk(session, subject_of(session, conversation), now)
    key = f"{type(event).__name__.lower()}:{party.conversation_id}:{now.isoformat()}"
    signal(session, party.shop_id, party.conversation_id, desk.id, key, event, now)
