"""What was said by another road than a text: to a person, by e-mail, on the phone, to the shop's own programs (R3).

Owns the way from such a word to the ledger, and to the flows, who hear of a stop as if it had been texted. Keyed by the
phone: somebody whom the shop has never texted can opt out, too. Works in the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.compliance.consent import ConsentKind, HoldKind
from bot.compliance.proof import Proof
from bot.keys import Keys
from bot.models import Conversation, Customer


def stop(
    session: Session, keys: Keys, shop_id: int, phone: str, *, source: str, proof: Proof, at: datetime
) -> bool:
    """Opt this number (E.164) out of everything, for ever. False: it was already, and nothing was written (I10).

    Nothing is texted to confirm it: whoever said it elsewhere was answered there (R5).
    """
    # they need nothing of this room, and load slowly: a command that only shows should not wait for them
    from bot.conversations.signals import signal
    from flows.events import OptedOut

    phone_key = keys.phone_key(shop_id, phone)
    stopped = consent.opt_out(
        session, shop_id, phone_key, source=source, at=at, details=proof.details(), payload=proof.payload()
    )
    if not stopped:
        return False
    conversation = _locked(session, shop_id, phone_key)
    if conversation is not None:
        key = f"opted-out:{source}:{phone_key[:16]}:{at.isoformat()}"
        signal(session, shop_id, conversation, None, key, OptedOut(source, confirm=False), at)
    return True


def admit(
    session: Session, keys: Keys, shop_id: int, phone: str, *, kind: ConsentKind, proof: Proof, at: datetime
) -> bool:
    """Record a consent that a person of the shop has seen (R12: it may end an opt-out). False: it adds nothing."""
    return consent.opt_in(
        session,
        shop_id,
        keys.phone_key(shop_id, phone),
        source="staff",
        kind=kind,
        at=at,
        details=proof.details(),
        payload=proof.payload(),
    )


def doubt(
    session: Session, keys: Keys, shop_id: int, phone: str, *, kind: HoldKind, proof: Proof, at: datetime
) -> bool:
    """Hold marketing until the doubt is settled. False: something as strong stands already.

    Under the conversation's lock, as a claim is: none that did not see the doubt commits after it.
    """
    phone_key = keys.phone_key(shop_id, phone)
    _locked(session, shop_id, phone_key)
    return consent.hold(
        session,
        shop_id,
        phone_key,
        source="staff",
        kind=kind,
        at=at,
        details=proof.details(),
        payload=proof.payload(),
    )


def settle(session: Session, keys: Keys, shop_id: int, phone: str, *, proof: Proof, at: datetime) -> bool:
    """End a hold in the customer's favour (R30: a person confirms). False: there is none, or it is an opt-out."""
    return consent.release(
        session,
        shop_id,
        keys.phone_key(shop_id, phone),
        source="staff",
        at=at,
        details=proof.details(),
        payload=proof.payload(),
    )


def _locked(session: Session, shop_id: int, phone_key: str) -> int | None:
    """The conversation with this number, locked; None: there is none."""
    return session.execute(
        select(Conversation.id)
        .join(
            Customer, (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id)
        )
        .where(Customer.shop_id == shop_id, Customer.phone_key == phone_key)
        .with_for_update(of=Conversation)
    ).scalar_one_or_none()
