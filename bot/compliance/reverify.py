"""Old lists: whose number nothing has shown to be theirs for too long, and what a look-up said of them (R28, R29).

Owns who is to be looked up, and what each answer changes. Asks no service itself: a list goes out and comes back as a file.
What is too old is the shop's setting; that marketing waits meanwhile is the gate's (bot.compliance.rules.proof).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.keys import Keys
from bot.models import Consent, Conversation, Customer, LedgerEntry, Suppression

Answer: TypeAlias = Literal["yes", "no", "no data"]
"""Whether the number has got another owner since the date that was asked about. Only «no» is a safe harbour."""

ANSWERS: dict[str, Answer] = {
    "yes": "yes",
    "true": "yes",
    "reassigned": "yes",
    "no": "no",
    "false": "no",
    "not reassigned": "no",
    "no data": "no data",
    "no data available": "no data",
    "nodata": "no data",
    "unknown": "no data",
}
"""How the services write it, in small letters with blanks for underscores."""


@dataclass(frozen=True, slots=True)
class Old:
    """A number to look up. `last_sign`: what the service is asked about; None: nothing dated is known of it."""

    phone: str
    last_sign: datetime | None


@dataclass(slots=True)
class Told:
    """What came of the answers."""

    renewed: int = 0
    moved: int = 0
    no_data: int = 0
    nobody: int = 0
    """Numbers of no customer here."""
    known: int = 0
    """Answers that were read before, or that something newer contradicts."""


def old_ones(session: Session, shop_id: int, before: datetime) -> Iterator[Old]:
    """Everybody with a consent in force and no sign since `before` that the number is theirs, by number."""
    signs = (Customer.last_order_at, Customer.clicked_at, Customer.proven_at, Conversation.last_inbound_at)
    rows = session.execute(
        select(Customer.phone, Consent.at, Consent.dated, *signs)
        .join(Consent, (Consent.shop_id == Customer.shop_id) & (Consent.phone_key == Customer.phone_key))
        .outerjoin(
            Suppression,
            (Suppression.shop_id == Customer.shop_id) & (Suppression.phone_key == Customer.phone_key),
        )
        .outerjoin(
            Conversation,
            (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
        )
        .where(
            Customer.shop_id == shop_id,
            Customer.phone.is_not(None),
            Customer.number_state == "ok",
            Suppression.phone_key.is_(None),
            or_(Consent.at < before, Consent.dated.is_(False)),
            *(or_(sign.is_(None), sign < before) for sign in signs),
        )
        .order_by(Customer.phone)
        .execution_options(yield_per=1000)
    )
    for phone, at, dated, *others in rows:
        known = [each for each in (at if dated is not False else None, *others) if each is not None]
        yield Old(str(phone), max(known, default=None))


def take_answers(
    session: Session,
    keys: Keys,
    shop_id: int,
    answers: Iterable[tuple[str, Answer]],
    *,
    asked: datetime,
    file: str,
    sha256: str,
    at: datetime,
    told: Told,
) -> None:
    """Write down what the service said of these numbers (E.164) on the day `asked`; counts into `told`.

    «yes»: the number has moved on, nothing but compliance texts goes there, and whoever consented no longer has it. «no»:
    it was theirs on that day. «no data» proves nothing and changes nothing. The same file (`sha256`, hex) twice is once,
    whatever day the second reading gives it: an old answer must not grow young.
    """
    for phone, answer in answers:
        key = keys.phone_key(shop_id, phone)
        found = session.execute(
            select(Customer.id, Customer.number_state, Customer.proven_at, Conversation.last_inbound_at)
            .outerjoin(
                Conversation,
                (Conversation.shop_id == Customer.shop_id) & (Conversation.customer_id == Customer.id),
            )
            .where(Customer.shop_id == shop_id, Customer.phone_key == key)
        ).one_or_none()
        if found is None:
            told.nobody += 1
            continue
        details = {"answer": answer, "asked": asked.date().isoformat(), "file": file, "file_sha256": sha256}
        mine = update(Customer).where(Customer.shop_id == shop_id, Customer.id == found.id)
        match answer:
            case "no data":
                told.no_data += 1
            case "no" if found.proven_at is not None and found.proven_at >= asked:
                told.known += 1
            case "no" if _read_before(session, shop_id, key, sha256):
                told.known += 1
            case "no":
                session.execute(mine.values(proven_at=asked))
                consent.note(session, shop_id, key, "verified", source="lookup", at=at, details=details)
                told.renewed += 1
            case "yes" if found.number_state == "moved" or _spoke_since(found.last_inbound_at, asked):
                told.known += 1
            case "yes":
                session.execute(mine.values(number_state="moved"))
                consent.note(session, shop_id, key, "moved", source="lookup", at=at, details=details)
                told.moved += 1


def _read_before(session: Session, shop_id: int, phone_key: str, sha256: str) -> bool:
    rows = session.scalars(
        select(LedgerEntry.details).where(
            LedgerEntry.shop_id == shop_id, LedgerEntry.phone_key == phone_key, LedgerEntry.act == "verified"
        )
    )
    return any(details.get("file_sha256") == sha256 for details in rows)


def _spoke_since(inbound: datetime | None, asked: datetime) -> bool:
    """Whoever has the number has texted us after the look-up: that is newer than its answer."""
    return inbound is not None and inbound > asked
